import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash32 } from "../kernels/hash.ts";
import { decodeAttributes, encodeAttributes, type Requirement } from "../snapshot/attributes.ts";
import { decodeTensors, encodeTensors, SnapshotError, type Tensor } from "../snapshot/tensor-file.ts";
import { attributesOf } from "./attributes.ts";

const ITEMS = [
  {
    title: "Brass Lamp, brass shade",
    brand: "Lux",
    tags: ["brass", "new", "brass"],
    attributes: { size: 4.5, handmade: true, restocked: "2024-11-01", box: { depth: 3 } },
  },
  { title: "Rug", brand: "Lux", tags: [], attributes: { size: 1e300, handmade: false, restocked: 0 } },
  { brand: "Rare", attributes: { size: "4", handmade: "yes", restocked: "soon" } },
  {},
];
const REQUIRED: readonly Requirement[] = [
  { kind: "number", field: "attributes.size" },
  { kind: "number", field: "attributes.handmade" },
  { kind: "number", field: "attributes.box.depth" },
  { kind: "time", field: "attributes.restocked" },
  { kind: "name", field: "brand" },
  { kind: "list", field: "tags" },
  { kind: "text", field: "title" },
  { kind: "grams", field: "title" },
];

describe("a field of the catalogue", () => {
  const attributes = attributesOf(ITEMS, REQUIRED);

  test("as a number is NaN where there is none, or none that float32 can hold", () => {
    expect([...(attributes.number.get("attributes.size") ?? [])]).toEqual([4.5, Number.NaN, Number.NaN, Number.NaN]);
    expect([...(attributes.number.get("attributes.handmade") ?? [])]).toEqual([1, 0, Number.NaN, Number.NaN]);
    expect(attributes.number.get("attributes.box.depth")?.[0]).toBe(3);
  });

  test("as a time is epoch milliseconds", () => {
    const times = [...(attributes.time.get("attributes.restocked") ?? [])];
    expect(times).toEqual([Date.UTC(2024, 10, 1), 0, Number.NaN, Number.NaN]);
  });

  test("as a name has a hash always, an index when two items have it", () => {
    const { hash, index, names } = attributes.name.get("brand") ?? {};
    expect([...(hash ?? [])]).toEqual([hash32("Lux"), hash32("Lux"), hash32("Rare"), 0]);
    expect([[...(index ?? [])], names]).toEqual([[0, 0, -1, -1], ["Lux"]]);
  });

  test("as a list has each value once, as a text each word as often as it stands there", () => {
    const list = attributes.list.get("tags");
    expect([...(list?.starts ?? [])]).toEqual([0, 2, 2, 2, 2]);
    expect([...(list?.hashes ?? [])]).toEqual(["brass", "new"].map((tag) => hash32(tag)));
    const text = attributes.text.get("title");
    expect([...(text?.hashes ?? [])]).toEqual(["brass", "lamp", "brass", "shade", "rug"].map((word) => hash32(word)));
    expect([text?.texts, text?.meanLength, text?.documents.get(hash32("brass"))]).toEqual([2, 2.5, 1]);
  });
});

test("attributes read back as they were written", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          title: fc.option(fc.string(), { nil: undefined }),
          brand: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
          tags: fc.array(fc.string(), { maxLength: 4 }),
          attributes: fc.record({ size: fc.anything(), handmade: fc.boolean() }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      (items) => {
        const attributes = attributesOf(items, REQUIRED);
        expect(decodeAttributes(encodeAttributes(attributes), items.length)).toEqual(attributes);
      },
    ),
  );
});

describe("a section of attributes is refused", () => {
  const file = encodeAttributes(attributesOf(ITEMS, REQUIRED));
  const withTensor = (name: string, data: Tensor["data"]) => {
    const tensors = Object.fromEntries(decodeTensors(file));
    return encodeTensors({ ...tensors, [name]: { shape: [data.length], data } });
  };

  test.each([
    ["of another catalogue", file, 5, /Float32Array \[4\], expected Float32Array \[5\]/],
    ["with an index beyond the names", withTensor("name brand index", Int32Array.of(0, 1, 0, 0)), 4, /out of bounds/],
    ["with lists out of order", withTensor("list tags starts", Uint32Array.of(0, 2, 1, 2, 2)), 4, /must ascend/],
    ["with lists beyond the end", withTensor("list tags starts", Uint32Array.of(0, 2, 2, 2, 3)), 4, /must ascend/],
    [
      "with a number that is infinite",
      withTensor("number attributes.size", Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY)),
      4,
      /not finite/,
    ],
    [
      "without what it names",
      encodeTensors({ fields: Object.fromEntries(decodeTensors(file)).fields as Tensor }),
      4,
      /no tensor/,
    ],
    ["without a list of fields", encodeTensors({}), 4, /no tensor fields/],
  ])("%s", (_, bytes, items, message) => {
    expect(() => decodeAttributes(bytes, items)).toThrow(message);
    expect(() => decodeAttributes(bytes, items)).toThrow(SnapshotError);
  });
});
