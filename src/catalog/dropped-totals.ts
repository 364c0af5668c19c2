// What the items that a shard dropped (unlisted-items of the ItemStats object) had counted, in sum: totals of the catalogue,
// its mean rates and the curve of positions go on counting them, and so do not depend on what was dropped. Views are left
// out: no rate of the catalogue counts them.
import type { ItemState } from "./item-state.ts";
import { OUTCOMES_OF_ALL_VERSIONS } from "./outcomes.ts";
import { POSITION_BUCKETS } from "./position-curve.ts";

/** Numbers that stand for dropped items: one an outcome, then impressions by bucket of position. */
export const DROPPED_TOTALS = OUTCOMES_OF_ALL_VERSIONS.length + POSITION_BUCKETS;

/** Adds what an item counted to the totals of dropped ones, in place. */
export function addDropped(totals: number[], state: ItemState): void {
  for (const [at, outcome] of OUTCOMES_OF_ALL_VERSIONS.entries()) totals[at] = (totals[at] ?? 0) + state[outcome];
  for (let bucket = 0; bucket < POSITION_BUCKETS; bucket++) {
    const at = OUTCOMES_OF_ALL_VERSIONS.length + bucket;
    totals[at] = (totals[at] ?? 0) + (state.shownAt[bucket] as number);
  }
}
