// What an item did in each placement: impressions and clicks, in all and with a half-life of 7 days. An item keeps the
// placements that it is seen in most, as a few rows in the order of their hash.

/** Placements that one item keeps. */
export const MAX_PLACEMENTS = 16;

/** One item in one placement. */
export interface PlacementCounts {
  /** hash32 of the placement's name. */
  readonly hash: number;
  impressions: number;
  clicks: number;
  /** Fading sums, at the landmark of the item's 7-day sums. Values of float32. */
  recentImpressions: number;
  recentClicks: number;
}

type PlacementOutcome = "impressions" | "clicks";

/** Counts into the totals of a placement so many times, or takes out when `times` is below 0. A new one takes the place of the one that weighs least when there is no room. */
export function countPlacement(
  rows: PlacementCounts[],
  hash: number,
  outcome: PlacementOutcome,
  times: number,
): PlacementCounts[] {
  let row = rows.find((each) => each.hash === hash);
  let kept = rows;
  if (row === undefined) {
    // What was pushed out cannot be taken back.
    if (times < 0) return rows;
    row = { hash, impressions: 0, clicks: 0, recentImpressions: 0, recentClicks: 0 };
    kept = rows.length < MAX_PLACEMENTS ? [...rows, row] : [...withoutLightest(rows), row];
    kept.sort((a, b) => a.hash - b.hash);
  }
  row[outcome] = Math.max(0, row[outcome] + times);
  return kept;
}

/** Adds to the fading sums of a placement that has been counted. */
export function fadePlacement(
  rows: readonly PlacementCounts[],
  hash: number,
  outcome: PlacementOutcome,
  weight: number,
): void {
  const row = rows.find((each) => each.hash === hash);
  if (row === undefined) return;
  if (outcome === "impressions") row.recentImpressions = Math.fround(row.recentImpressions + weight);
  else row.recentClicks = Math.fround(row.recentClicks + weight);
}

function withoutLightest(rows: readonly PlacementCounts[]): PlacementCounts[] {
  const lightest = rows.reduce((least, row) => (isLighter(row, least) ? row : least));
  return rows.filter((row) => row !== lightest);
}

function isLighter(a: PlacementCounts, b: PlacementCounts): boolean {
  const recent = a.recentImpressions + a.recentClicks - b.recentImpressions - b.recentClicks;
  return recent !== 0 ? recent < 0 : a.impressions + a.clicks < b.impressions + b.clicks;
}
