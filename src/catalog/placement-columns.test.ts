import fc from "fast-check";
import { expect, test } from "vitest";
import { PlacementColumns } from "./placement-columns.ts";

const writes = fc.array(
  fc.record({
    slot: fc.nat(5),
    hashes: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 5 }),
    count: fc.nat(100),
    asked: fc.integer({ min: 1, max: 8 }),
  }),
);

test("sums of a placement are those of its rows, whenever it is asked for and however many others were", () => {
  fc.assert(
    fc.property(writes, fc.nat(300), (all, others) => {
      const columns = new PlacementColumns();
      const rows = new Map<number, { hashes: number[]; count: number }>();
      const expected = (hash: number) => {
        const counts = [...rows.values()].filter(({ hashes }) => hashes.includes(hash)).map(({ count }) => count);
        const impressions = counts.reduce((sum, count) => sum + count, 0);
        return { impressions, clicks: 2 * impressions };
      };
      for (const { slot, hashes, count, asked } of all) {
        const counts = { impressions: count, clicks: 2 * count, recentImpressions: 0, recentClicks: 0 };
        columns.write(
          slot,
          hashes.toSorted((a, b) => a - b).map((hash) => ({ hash, ...counts })),
        );
        rows.set(slot, { hashes, count });
        expect(columns.sumsOf(asked)).toEqual(expected(asked));
      }
      for (let other = 0; other < others; other++) columns.sumsOf(1_000 + other);
      for (let hash = 1; hash <= 8; hash++) expect(columns.sumsOf(hash)).toEqual(expected(hash));
    }),
  );
});

test("names that clients make up leave no sums behind", () => {
  const columns = new PlacementColumns();
  for (let hash = 1; hash <= 10_000; hash++) {
    const counts = { impressions: 1, clicks: 0, recentImpressions: 1, recentClicks: 0 };
    columns.write(0, [{ hash, ...counts }]);
    columns.sumsOf(hash);
  }
  expect(columns.sumsKept).toBeLessThanOrEqual(256);
  expect(columns.sumsOf(10_000)).toEqual({ impressions: 1, clicks: 0 });
  expect(columns.sumsOf(9_999)).toEqual({ impressions: 0, clicks: 0 });
});
