import fc from "fast-check";
import { expect, test } from "vitest";
import { entryBytes, MOST_ITEMS, NeighbourTable } from "./neighbour-table.ts";

/** [items of the catalogue, bytes of an entry, weights that are told apart] */
const SIZES = [
  [5, 3, 256],
  [65_535, 3, 256],
  [65_536, 3, 128],
  [262_143, 3, 64],
  [262_144, 4, 256],
] as const;

test.each(SIZES)("of %i items an entry takes %i bytes and tells %i weights apart", (items, bytes, codes) => {
  expect(entryBytes(items)).toBe(bytes);
  const k = 4;
  const row = fc.array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 0, max: items - 1 }), fc.constantFrom(0, items - 1)),
      fc.float({ min: Math.fround(1e-6), max: 1 }),
    ),
    { maxLength: k },
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const ids = new Int32Array(items * k).fill(-1);
      const weights = new Float32Array(items * k);
      for (const [item, entries] of rows.entries()) {
        entries.sort((a, b) => b[1] - a[1]);
        for (const [rank, [id, weight]] of entries.entries()) {
          ids[item * k + rank] = id;
          weights[item * k + rank] = weight;
        }
      }
      const table = NeighbourTable.of(items, k, ids, weights);
      for (const [item, entries] of rows.entries()) {
        for (let rank = 0; rank < k; rank++) expect(table.idAt(item, rank)).toBe(entries[rank]?.[0] ?? -1);
        const best = entries[0]?.[1] ?? 0;
        for (const [rank, [, weight]] of entries.entries()) {
          const read = table.weightAt(item, rank);
          expect(read).toBeGreaterThan(0);
          // A weight below half a step counts one step.
          const step = best / codes;
          expect(Math.abs(read - weight)).toBeLessThanOrEqual(weight < step ? step : step / 2);
        }
        if (entries.length > 0) expect(table.weightAt(item, 0)).toBe(best);
      }
    }),
    { numRuns: items > 1000 ? 5 : 100 },
  );
});

test("a weight's half and quarter are exact, whatever bits there are", () => {
  for (const [items] of SIZES) {
    const ids = new Int32Array(items * 3).fill(-1);
    const weights = new Float32Array(items * 3);
    ids.set([1, 2, 3]);
    weights.set([0.7, Math.fround(0.7) / 2, Math.fround(0.7) / 4]);
    const table = NeighbourTable.of(items, 3, ids, weights);
    expect([0, 1, 2].map((rank) => table.weightAt(0, rank))).toEqual([...weights.subarray(0, 3)]);
  }
});

test("what does not fit is refused with its limit", () => {
  expect(() => NeighbourTable.of(MOST_ITEMS + 1, 1, new Int32Array(0), new Float32Array(0))).toThrow(/16777215/);
  expect(() => NeighbourTable.of(2, 1, Int32Array.of(2, -1), Float32Array.of(1, 0))).toThrow(/index 2 is above 1/);
});
