import fc from "fast-check";
import { expect, test } from "vitest";
import { hitAt, ndcgAt, rankingOf, reciprocalRankAt } from "./metrics.ts";

const graded = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 });

/** Every order of the indices 0 … n − 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

const dcg = (relevance: number[], order: number[], k: number): number =>
  order.slice(0, k).reduce((sum, index, rank) => sum + (2 ** (relevance[index] ?? 0) - 1) / Math.log2(rank + 2), 0);

test("higher scores rank first, equal scores in the given order, NaN last", () => {
  expect([...rankingOf([0.2, 0.9, 0.2, Number.NaN, 0.9])]).toEqual([1, 4, 0, 2, 3]);
  expect([...rankingOf(Float32Array.of(0, -0, 0))]).toEqual([0, 1, 2]);
  expect([...rankingOf([Number.NEGATIVE_INFINITY, Number.NaN, 1])]).toEqual([2, 0, 1]);
  expect(rankingOf([])).toHaveLength(0);
});

test("ndcg is the gain over the best gain of any order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 6 }),
      (relevance, k) => {
        const all = orders(relevance.length);
        const best = Math.max(...all.map((order) => dcg(relevance, order, k)));
        for (const order of all) {
          expect(ndcgAt(relevance, order, k)).toBeCloseTo(best === 0 ? 0 : dcg(relevance, order, k) / best, 12);
        }
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});

test("ndcg of binary relevance is as computed by hand", () => {
  const discount = (rank: number): number => 1 / Math.log2(rank + 1);
  expect(ndcgAt([0, 1, 0, 1], [0, 1, 2, 3], 10)).toBeCloseTo(
    (discount(2) + discount(4)) / (discount(1) + discount(2)),
    12,
  );
  expect(ndcgAt([0, 1, 0, 1], [0, 1, 2, 3], 2)).toBeCloseTo(discount(2) / (discount(1) + discount(2)), 12);
});

test("the best order scores 1, every order lies in [0, 1], and nothing relevant gives 0", () => {
  fc.assert(
    fc.property(graded, fc.array(fc.double({ noNaN: true }), { minLength: 7, maxLength: 7 }), (relevance, scores) => {
      const any = relevance.some((x) => x > 0);
      expect(ndcgAt(relevance, rankingOf(relevance), 10)).toBe(any ? 1 : 0);
      const value = ndcgAt(relevance, rankingOf(scores.slice(0, relevance.length)), 10);
      expect(value >= 0 && value <= 1).toBe(true);
    }),
    { seed: 1 },
  );
});

test("the reciprocal rank is that of the first relevant candidate within k", () => {
  expect(reciprocalRankAt([0, 0, 1, 1], [0, 2, 3, 1])).toBe(1 / 2);
  expect(reciprocalRankAt([0, 0, 1, 0], [0, 1, 3, 2], 3)).toBe(0);
  expect(reciprocalRankAt([0, 0, 1, 0], [0, 1, 3, 2], 4)).toBe(1 / 4);
  expect(reciprocalRankAt([0, 0], [1, 0])).toBe(0);
});

test("a hit is a relevant candidate within k", () => {
  expect([1, 2, 3, 9].map((k) => hitAt([0, 0, 2], [0, 1, 2], k))).toEqual([0, 0, 1, 1]);
});

test("a ranking that stops early counts what it holds", () => {
  expect(ndcgAt([1, 1], [0], 10)).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  expect(hitAt([1, 1], [], 5)).toBe(0);
});
