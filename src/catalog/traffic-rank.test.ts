import fc from "fast-check";
import { expect, test } from "vitest";
import { foldItemStats, ItemState } from "./item-state.ts";
import { trafficRank } from "./traffic-rank.ts";

const NOW = 1_732_280_000_000;
const WEEK = 7 * 86_400_000;

function shown(...times: number[]): ItemState {
  const state = new ItemState();
  for (const at of times) {
    foldItemStats(state, { itemId: "a", outcome: "impressions", at, position: 0, placement: 0, revenue: 0 });
  }
  return state;
}

test("twice the traffic, or the same a week later, is 32 steps more, wherever landmarks lie", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 20 }), (week, times) => {
      const at = NOW + week * WEEK;
      const rank = trafficRank(shown(...Array<number>(times).fill(at)));
      expect(Math.abs(trafficRank(shown(...Array<number>(2 * times).fill(at))) - rank - 32)).toBeLessThanOrEqual(1);
      expect(Math.abs(trafficRank(shown(...Array<number>(times).fill(at + WEEK))) - rank - 32)).toBeLessThanOrEqual(1);
    }),
  );
});

test("every outcome adds to it, late ones as well, and before any it is the lowest", () => {
  const state = shown(NOW);
  const ranks = [trafficRank(new ItemState()), trafficRank(state)];
  for (const at of [NOW - WEEK, NOW, NOW + WEEK, NOW + 90 * WEEK]) {
    foldItemStats(state, { itemId: "a", outcome: "clicks", at, position: -1, placement: 0, revenue: 0 });
    ranks.push(trafficRank(state));
  }
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  expect(new Set(ranks).size).toBe(ranks.length);
});
