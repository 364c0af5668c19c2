// Whether an item does better now than it is used to: its decayed count with a half-life of a day against what that count
// would be if the item's pace of the week had been steady. The logarithm of the ratio, with a prior on both sides:
//
//   trend = log((fast + PRIOR) / (slow × steady(fast) / steady(slow) + PRIOR))
//
// fast and slow are decayed counts, steady(h) the count that one event a millisecond has in half-life h since the first
// outcome of all: while a shop is younger than a week both hold the same events, and nothing trends for that reason.
// One click on a cold item is log(11 / 10.1); a hundred are log(110 / 24).
import { log } from "../kernels/elementary.ts";
import { HALF_LIVES, type HalfLife } from "./decayed-counts.ts";
import type { ItemTable } from "./item-table.ts";
import type { Outcome } from "./outcomes.ts";

/** Outcomes that no trend weighs as much as. */
export const TREND_PRIOR = 10;

/** The decayed count of an outcome at `now`; 0 for slot −1. */
export function decayedCount(
  items: ItemTable,
  slot: number,
  outcome: Outcome,
  halfLife: HalfLife,
  now: number,
): number {
  if (slot < 0) return 0;
  const factor = items.decayFactors(now).factors[HALF_LIVES.indexOf(halfLife)] as number;
  return (items.fadingSums(outcome, halfLife)[slot] as number) * factor;
}

/** Above 0 for an item on its way up, below for one on its way down, 0 for one at its usual pace and for slot −1. */
export function trend(
  items: ItemTable,
  slot: number,
  now: number,
  outcome: Outcome = "clicks",
  fastHalfLife: HalfLife = "1d",
  slowHalfLife: HalfLife = "7d",
): number {
  if (slot < 0) return 0;
  const { steady } = items.decayFactors(now);
  const fast = decayedCount(items, slot, outcome, fastHalfLife, now);
  const slow = decayedCount(items, slot, outcome, slowHalfLife, now);
  const share =
    (steady[HALF_LIVES.indexOf(fastHalfLife)] as number) / (steady[HALF_LIVES.indexOf(slowHalfLife)] as number);
  return log((fast + TREND_PRIOR) / (slow * share + TREND_PRIOR));
}
