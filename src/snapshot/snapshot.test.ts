import { describe, expect, test } from "vitest";
import { snapshotParts, testSnapshot } from "../../tests/support/snapshot.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { type RequiredSection, SECTIONS, type SectionName } from "./manifest.ts";
import { decodeSnapshot, readManifest } from "./snapshot.ts";
import { decodeTensors, encodeTensors, SnapshotError, type Tensor } from "./tensor-file.ts";

const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: unknown) => (error instanceof SnapshotError ? error.code : String(error)),
  );

test("tensors read back as they were written, without a copy", () => {
  const file = encodeTensors({
    bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
    floats: { shape: [2, 2], data: Float32Array.of(1.5, -2, 3, 4) },
    doubles: { shape: [1], data: Float64Array.of(Math.PI) },
  });
  const tensors = decodeTensors(file);
  expect([...(tensors.get("floats")?.data ?? [])]).toEqual([1.5, -2, 3, 4]);
  expect(tensors.get("floats")?.shape).toEqual([2, 2]);
  expect(tensors.get("doubles")?.data[0]).toBe(Math.PI);
  expect(tensors.get("doubles")?.data.buffer).toBe(file.buffer);
});

test("a snapshot reads back with every index in place", async () => {
  const snapshot = await testSnapshot(10);
  expect(snapshot.ids.indexOf("sku-7")).toBe(7);
  expect(snapshot.category.nameAt(7)).toBe("rugs");
  expect(snapshot.version).toBe("2026-11-22.1");
});

test("a flipped bit, a cut or a padding is refused in every section", async () => {
  const { manifest, files } = await snapshotParts();
  for (const name of SECTIONS) {
    const whole = files[name];
    const flipped = whole.slice();
    const middle = whole.length >> 1;
    flipped[middle] = (flipped[middle] as number) ^ 1;
    for (const bad of [flipped, whole.slice(0, -1), whole.slice(0, 4), new Uint8Array(whole.length + 1)]) {
      expect(await code(decodeSnapshot(manifest, { ...files, [name]: bad }))).toBe("snapshot_corrupt");
    }
  }
});

test("a section whose hash fits but whose content does not is refused by name", async () => {
  const { manifest, files } = await snapshotParts();
  const refuse = async (name: SectionName, file: Uint8Array<ArrayBuffer>, message: RegExp): Promise<void> => {
    const sections = { ...manifest.sections, [name]: { sha256: await sha256Hex(file), bytes: file.length } };
    await expect(decodeSnapshot({ ...manifest, sections }, { ...files, [name]: file })).rejects.toThrow(message);
  };
  const vectors = (count: number, scale: number) =>
    encodeTensors({
      codes: { shape: [count, 16], data: new Int8Array(count * 16) },
      scales: { shape: [10], data: new Float32Array(10).fill(scale) },
    });
  await refuse("content", vectors(9, 0), /content\.codes: Int8Array \[9,16\], expected Int8Array \[10,16\]/);
  await refuse("behaviour", vectors(10, Number.NaN), /behaviour\.scales: holds a number that is not finite/);
  await refuse("behaviour", vectors(10, -1), /behaviour\.scales: holds a number below 0/);
  await refuse("behaviour", encodeTensors({}), /behaviour: no tensor codes/);
  await refuse("neighbours", new Uint8Array(32), /neighbours: /);
});

describe("an index of 10 items", () => {
  /** The snapshot with one value of a tensor changed, and hashes that fit. */
  async function decodedWith(section: RequiredSection, tensor: string, at: number, ...values: number[]) {
    const { manifest, files } = await snapshotParts(10);
    const tensors = Object.fromEntries(decodeTensors(files[section].slice()));
    const { data } = tensors[tensor] as Tensor;
    data.set(values, at);
    const file = encodeTensors(tensors);
    const sections = { ...manifest.sections, [section]: { sha256: await sha256Hex(file), bytes: file.length } };
    return decodeSnapshot({ ...manifest, sections }, { ...files, [section]: file });
  }

  test.each([
    ["neighbours", "entries", 3, [10, 0, 0], "neighbours.entries: index 10 is out of bounds"],
    ["neighbours", "entries", 3, [0xfe, 0xff, 0xff], "neighbours.entries: index 65534 is out of bounds"],
    ["neighbours", "scales", 3, [-1], "neighbours.scales: holds a number below 0"],
    ["popularity", "order", 3, [10], "popularity.order: index 10 is out of bounds"],
    ["catalogue", "category codes", 3, [3], "catalogue.category codes: code 3 is out of bounds"],
    ["catalogue", "category hashes", 1, [3], "catalogue.category hashes: must begin with 0 and those of its 2 names"],
    ["catalogue", "ids starts", 3, [9], "catalogue.ids starts: must ascend from 0 to 50"],
    ["catalogue", "ids starts", 10, [49], "catalogue.ids starts: must ascend from 0 to 50"],
    ["catalogue", "ids bytes", 3, [0xff], "catalogue.ids bytes: is not UTF-8"],
    ["catalogue", "ids bytes", 4, [0x31], "catalogue.ids: id sku-1 stands twice"],
  ] as const)("in %s.%s at %i is not %j", async (section, tensor, at, values, message) => {
    await expect(decodedWith(section, tensor, at, ...values)).rejects.toThrow(message);
  });

  test("is −1 where there are no more neighbours", async () => {
    const { neighbours } = await decodedWith("neighbours", "entries", 3, 0xff, 0xff, 0xff);
    expect([neighbours.idAt(0, 0), neighbours.idAt(0, 1), neighbours.idAt(1, 0)]).toEqual([2, -1, 3]);
  });
});

test("a manifest of another format is told from a broken one", async () => {
  const { manifest } = await snapshotParts();
  expect(readManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  const older = () => readManifest({ ...manifest, format: 2 });
  expect(older).toThrow(/format 2, this code reads 3: train again/);
  expect(older).toThrow(expect.objectContaining({ code: "snapshot_version" }));
  expect(() => readManifest({ ...manifest, items: 0 })).toThrow(/items/);
  for (const bad of [null, [], "x", {}]) expect(() => readManifest(bad)).toThrow(SnapshotError);
});
