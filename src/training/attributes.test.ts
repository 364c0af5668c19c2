import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash32 } from "../kernels/hash.ts";
import { decodeAttributes, encodeAttributes, type Requirement } from "../snapshot/attributes.ts";
import type { GramColumn, ListColumn, NameColumn, TextColumn } from "../snapshot/coded-columns.ts";
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
    const brand = attributes.name.get("brand") as NameColumn;
    const items = [0, 1, 2, 3];
    expect(items.map((item) => brand.hashAt(item))).toEqual([hash32("Lux"), hash32("Lux"), hash32("Rare"), 0]);
    expect(items.map((item) => brand.indexAt(item))).toEqual([0, 0, -1, -1]);
    expect(items.map((item) => brand.nameAt(item))).toEqual(["Lux", "Lux", "", ""]);
  });

  test("as a list has each value once, as a text each word as often as it stands there", () => {
    const entries = (column: ListColumn) => Array.from(column.codes, (_, at) => column.hashAt(at));
    const list = attributes.list.get("tags") as ListColumn;
    expect([...list.starts]).toEqual([0, 2, 2, 2, 2]);
    expect(entries(list)).toEqual(["brass", "new"].map((tag) => hash32(tag)));
    const text = attributes.text.get("title") as TextColumn;
    expect(entries(text)).toEqual(["brass", "lamp", "brass", "shade", "rug"].map((word) => hash32(word)));
    expect([text.texts, text.meanLength, text.documents[text.codeOf(hash32("brass"))]]).toEqual([2, 2.5, 1]);
    expect(text.codeOf(hash32("lampshade"))).toBe(-1);
  });

  test("as trigrams has those of each word once, and counts those of the whole text", () => {
    const { text, starts, hashes, counts } = attributes.grams.get("title") as GramColumn;
    const lamp = text.codeOf(hash32("lamp"));
    const found = [...hashes.subarray(starts[lamp], starts[lamp + 1])];
    expect(found).toEqual([" la", "lam", "amp", "mp "].map((gram) => hash32(gram)));
    // brass has 5, lamp 4 and shade 5.
    expect([...counts]).toEqual([14, 3, 0, 0]);
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
    ["of another catalogue", file, 5, /Uint32Array \[5\], expected Uint32Array \[6\]/],
    ["with a code beyond the names", withTensor("name brand codes", Uint16Array.of(0, 3, 0, 0)), 4, /out of bounds/],
    ["with a word beyond the words", withTensor("text title codes", Uint16Array.of(0, 1, 0, 2, 4)), 4, /out of bounds/],
    ["with trigrams of other words", withTensor("grams title starts", Uint32Array.of(0, 5)), 4, /Uint32Array \[2\]/],
    ["with trigrams of other items", withTensor("grams title counts", Uint16Array.of(14, 3)), 4, /Uint16Array \[2\]/],
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
