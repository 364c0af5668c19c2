import { describe, expect, test } from "vitest";
import { snapshotParts, testSnapshot } from "../../tests/support/snapshot.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { SECTIONS, type SectionName } from "./manifest.ts";
import { decodeSnapshot, readManifest } from "./snapshot.ts";
import { decodeTensors, encodeTensors, SnapshotError } from "./tensor-file.ts";

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
  expect(snapshot.indexOf.get("sku-7")).toBe(7);
  expect(snapshot.categories[7]).toBe("rugs");
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
  const vectors = (count: number, fill: number) =>
    encodeTensors({
      behaviour: { shape: [count, 4], data: new Float32Array(count * 4).fill(fill) },
      content: { shape: [10, 4], data: new Float32Array(40) },
    });
  await refuse("vectors", vectors(9, 0), /vectors\.behaviour: Float32Array \[9,4\], expected Float32Array \[10,4\]/);
  await refuse("vectors", vectors(10, Number.NaN), /vectors\.behaviour: holds a number that is not finite/);
  await refuse("vectors", encodeTensors({}), /vectors: no tensor behaviour/);
  await refuse("neighbours", new Uint8Array(32), /neighbours: /);
});

describe("an index of 10 items", () => {
  /** The snapshot with one index of a tensor changed, and hashes that fit. */
  async function decodedWith(section: "neighbours" | "catalogue", tensor: string, index: number) {
    const { manifest, files } = await snapshotParts(10);
    const tensors = Object.fromEntries(decodeTensors(files[section].slice()));
    (tensors[tensor]?.data as Int32Array)[3] = index;
    const file = encodeTensors(tensors);
    const sections = { ...manifest.sections, [section]: { sha256: await sha256Hex(file), bytes: file.length } };
    return decodeSnapshot({ ...manifest, sections }, { ...files, [section]: file });
  }

  test.each([
    ["neighbours", "ids", 10],
    ["neighbours", "ids", -2],
    ["catalogue", "byPopularity", 10],
  ] as const)("in %s.%s is not %i", async (section, tensor, index) => {
    await expect(decodedWith(section, tensor, index)).rejects.toThrow(
      `${section}.${tensor}: index ${index} is out of bounds`,
    );
  });

  test("is −1 where there are no more neighbours", async () => {
    expect((await decodedWith("neighbours", "ids", -1)).neighbourIds[3]).toBe(-1);
  });
});

test("a manifest of another format is told from a broken one", async () => {
  const { manifest } = await snapshotParts();
  expect(readManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  expect(() => readManifest({ ...manifest, format: 2 })).toThrow(/format 2, this code reads 1/);
  expect(() => readManifest({ ...manifest, items: 0 })).toThrow(/items/);
  for (const bad of [null, [], "x", {}]) expect(() => readManifest(bad)).toThrow(SnapshotError);
});
