// The statistics of one item and their fold over outcomes: the one implementation that the ItemStats object, the item
// table and training use. Totals are whole numbers and may be taken back; what fades or slides goes forward only.
// Time is the time of receipt, kept as the hour of the newest outcome: landmarks and windows follow from it.
import { HALF_LIVES, landmarkOf, moved, weightOf } from "./decayed-counts.ts";
import { type ItemOutcome, OUTCOMES } from "./outcomes.ts";
import { countPlacement, fadePlacement, type PlacementCounts } from "./placement-counts.ts";
import { bucketOf, POSITION_BUCKETS } from "./position-curve.ts";
import { countInWindows, moveWindows, WINDOW_COUNTS } from "./window-counts.ts";

const HOUR_MS = 3_600_000;
/** Sums an item: for each outcome one a half-life. */
export const DECAYED_SUMS = OUTCOMES.length * HALF_LIVES.length;

/** Statistics of one item. Reused as a scratch by the table: reset before use. */
export class ItemState {
  /** Hours since 1970 of the newest outcome; 0 before any. */
  hour = 0;
  impressions = 0;
  clicks = 0;
  carts = 0;
  purchases = 0;
  /** Views of its page. */
  views = 0;
  /** Whole hundredths of the currency. */
  revenue = 0;
  /** Impressions by bucket of position. */
  readonly shownAt = new Float64Array(POSITION_BUCKETS);
  /** At the landmarks of `hour`: for each outcome, one a half-life. Values of float32. */
  readonly decayed = new Float64Array(DECAYED_SUMS);
  readonly windows = new Uint32Array(WINDOW_COUNTS);
  /** By hash, ascending. */
  placements: PlacementCounts[] = [];
}

/** Number of the landmark of a half-life for an item whose newest outcome is of `hour`. */
export function landmarkOfHour(hour: number, halfLife: number): number {
  return landmarkOf(hour * HOUR_MS, halfLife);
}

/** Counts an outcome into everything. */
export function foldItemStats(state: ItemState, outcome: ItemOutcome): void {
  countTotals(state, outcome, 1);
  countRecent(state, outcome);
}

/** Counts an outcome into the totals so many times, or takes it back when `times` is below 0. */
export function countTotals(
  state: ItemState,
  { outcome, position, placement, revenue }: ItemOutcome,
  times: number,
): void {
  state[outcome] += times;
  state.revenue += times * revenue;
  if (outcome === "impressions") {
    const bucket = bucketOf(position);
    state.shownAt[bucket] = (state.shownAt[bucket] as number) + times;
  }
  if (placement === 0 || (outcome !== "impressions" && outcome !== "clicks")) return;
  state.placements = countPlacement(state.placements, placement, outcome, times);
}

/** Counts an outcome into what fades and slides. */
export function countRecent(state: ItemState, { outcome, at, placement }: ItemOutcome): void {
  const hour = Math.floor(at / HOUR_MS);
  if (hour > state.hour) advance(state, hour);
  const first = OUTCOMES.indexOf(outcome) * HALF_LIVES.length;
  let weight = 0;
  for (let halfLife = 0; halfLife < HALF_LIVES.length; halfLife++) {
    weight = weightOf(at, halfLife, landmarkOfHour(state.hour, halfLife));
    state.decayed[first + halfLife] = Math.fround((state.decayed[first + halfLife] as number) + weight);
  }
  if (outcome === "clicks" || outcome === "purchases") countInWindows(state.windows, outcome, hour, state.hour);
  if (placement === 0 || (outcome !== "impressions" && outcome !== "clicks")) return;
  // The last half-life is that of 7 days.
  fadePlacement(state.placements, placement, outcome, weight);
}

/** Moves the item on to a later hour. */
function advance(state: ItemState, hour: number): void {
  for (let halfLife = 0; halfLife < HALF_LIVES.length; halfLife++) {
    const [from, to] = [landmarkOfHour(state.hour, halfLife), landmarkOfHour(hour, halfLife)];
    if (from === to) continue;
    for (let at = halfLife; at < DECAYED_SUMS; at += HALF_LIVES.length) {
      state.decayed[at] = moved(state.decayed[at] as number, from, to);
    }
    if (halfLife < HALF_LIVES.length - 1) continue;
    for (const counts of state.placements) {
      counts.recentImpressions = moved(counts.recentImpressions, from, to);
      counts.recentClicks = moved(counts.recentClicks, from, to);
    }
  }
  moveWindows(state.windows, state.hour, hour);
  state.hour = hour;
}
