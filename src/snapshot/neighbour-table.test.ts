import fc from "fast-check";
import { expect, test } from "vitest";
import { MOST_ITEMS, NeighbourTable } from "./neighbour-table.ts";

test("neighbours read back in their order, with weights that are off by half a step of the best one's", () => {
  const row = fc.array(
    fc.tuple(fc.integer({ min: 0, max: MOST_ITEMS - 1 }), fc.float({ min: Math.fround(1e-6), max: 1 })),
    {
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const k = 4;
      const ids = new Int32Array(rows.length * k).fill(-1);
      const weights = new Float32Array(rows.length * k);
      for (const [item, entries] of rows.entries()) {
        entries.sort((a, b) => b[1] - a[1]);
        for (const [rank, [id, weight]] of entries.entries()) {
          ids[item * k + rank] = id;
          weights[item * k + rank] = weight;
        }
      }
      const table = NeighbourTable.of(k, ids, weights);
      for (const [item, entries] of rows.entries()) {
        for (let rank = 0; rank < k; rank++) expect(table.idAt(item, rank)).toBe(entries[rank]?.[0] ?? -1);
        const best = entries[0]?.[1] ?? 0;
        for (const [rank, [, weight]] of entries.entries()) {
          const read = table.weightAt(item, rank);
          expect(read).toBeGreaterThan(0);
          // A weight below half a step counts one step.
          expect(Math.abs(read - weight)).toBeLessThanOrEqual(weight < best / 256 ? best / 256 : best / 512);
        }
        if (entries.length > 0) expect(table.weightAt(item, 0)).toBe(best);
      }
    }),
  );
});

test("an index that three bytes do not hold is refused", () => {
  expect(() => NeighbourTable.of(1, Int32Array.of(MOST_ITEMS), Float32Array.of(1))).toThrow(/16777214/);
});
