import { expect, test } from "vitest";
import { randomSnapshot } from "../../bench/snapshot.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { decodeTensors, encodeTensors } from "../snapshot/tensor-file.ts";

const ITEMS = 600;
const plain = await randomSnapshot(ITEMS, 4, 1);
const indexed = await randomSnapshot(ITEMS, 4, 1, undefined, { indexFrom: ITEMS });

test("a large catalogue's vectors stand by lists, and every item keeps its own", async () => {
  const [a, b] = [
    await decodeSnapshot(plain.manifest, plain.files),
    await decodeSnapshot(indexed.manifest, indexed.files),
  ];
  expect(plain.manifest.index).toBeUndefined();
  for (const space of ["behaviour", "content"] as const) {
    const { lists, probes, recall } = indexed.manifest.index?.[space] ?? { lists: 0, probes: 0, recall: 0 };
    expect([lists, probes <= lists, recall > 0.9]).toEqual([24, true, true]);
    for (const item of [0, 1, 77, ITEMS - 1]) expect(b[space].vectorOf(item)).toEqual(a[space].vectorOf(item));
  }
  // Of random vectors nearly all lists must be asked, and then the best is the best.
  const [exact, found] = [new Int32Array(1), new Int32Array(1)];
  a.content.nearest(a.content.vectorOf(5), exact);
  b.content.nearest(b.content.vectorOf(5), found);
  expect([exact[0], found[0]]).toEqual([5, 5]);
});

test.each([
  ["list items", 0, 600, "behaviour.list items: index 600 is out of bounds"],
  ["list starts", 1, 601, "behaviour.list starts: must ascend from 0 to 600"],
  ["centroid scales", 0, -1, "behaviour.centroid scales: holds a number below 0"],
])("an inverted file whose %s[%i] is %i is refused", async (tensor, at, value, message) => {
  await expect(changed(tensor, (data) => data.fill(value, at, at + 1))).rejects.toThrow(message);
});

test("an item that stands in two lists is refused", async () => {
  await expect(changed("list items", (data) => data.copyWithin(1, 0, 1))).rejects.toThrow(/stands twice/);
});

test("an inverted file of which the manifest says another number of lists is refused", async () => {
  const index = { ...indexed.manifest.index, behaviour: { lists: 25, probes: 1, recall: 1 } };
  await expect(decodeSnapshot({ ...indexed.manifest, index }, indexed.files)).rejects.toThrow(/behaviour\.list starts/);
});

async function changed(tensor: string, change: (data: Uint32Array) => void) {
  const tensors = Object.fromEntries(decodeTensors(indexed.files.behaviour.slice()));
  change(tensors[tensor]?.data as Uint32Array);
  const behaviour = encodeTensors(tensors);
  const section = { sha256: await sha256Hex(behaviour), bytes: behaviour.length };
  const sections = { ...indexed.manifest.sections, behaviour: section };
  return decodeSnapshot({ ...indexed.manifest, sections }, { ...indexed.files, behaviour });
}
