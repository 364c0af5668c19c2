// How often an item is clicked when it is shown, to anyone else: smoothed towards the catalogue's mean, without the
// visitor's own events, which the visitor's features know better.
import type { ItemTable } from "./item-table.ts";

/** Impressions that the catalogue's mean rate weighs as much as. */
const PRIOR_IMPRESSIONS = 10;

/**
 * Click-through rate of an item with `ownClicks` and `ownShowings` of the visitor taken out; in (0, …).
 * @param slot −1 gives the catalogue's mean
 */
export function clickRate(items: ItemTable, slot: number, ownClicks: number, ownShowings: number): number {
  const { meanClickRate } = items;
  if (slot < 0) return meanClickRate;
  const clicks = Math.max(0, (items.clicks[slot] as number) - ownClicks);
  const impressions = Math.max(0, (items.impressions[slot] as number) - ownShowings);
  return (clicks + PRIOR_IMPRESSIONS * meanClickRate) / (impressions + PRIOR_IMPRESSIONS);
}

/**
 * The click rate that the item would have if it were shown in the places of the average item: clicks over expected clicks
 * (COEC, see position-curve.ts), smoothed, times the catalogue's mean rate; in (0, …).
 * @param ownExpected expected clicks of the visitor's own showings (items.expectedClicksAt of each position); where the
 *   positions are not known, showings × items.meanClickRate
 * @param slot −1 gives the catalogue's mean
 */
export function positionFreeClickRate(items: ItemTable, slot: number, ownClicks = 0, ownExpected = 0): number {
  const { meanClickRate } = items;
  if (slot < 0) return meanClickRate;
  const inAll = items.expectedClicksInAll;
  // Clicks that do not tell their place are in the totals but not in the curve: this sets them off.
  const scale = inAll > 0 ? items.sumOf("clicks") / inAll : 1;
  const clicks = Math.max(0, (items.clicks[slot] as number) - ownClicks);
  const expected = Math.max(0, items.expectedClicks(slot) - ownExpected) * scale;
  const prior = PRIOR_IMPRESSIONS * meanClickRate;
  return (meanClickRate * (clicks + prior)) / (expected + prior);
}

/**
 * Click-through rate of an item in one placement, smoothed towards its rate everywhere, as much as items on the whole do
 * better or worse in that placement; in (0, …).
 * @param placement hash of its name (placementHash)
 * @param slot −1 gives the placement's mean
 */
export function placementClickRate(items: ItemTable, slot: number, placement: number): number {
  const { meanClickRate } = items;
  const sums = items.placements.sumsOf(placement);
  const mean = (sums.clicks + PRIOR_IMPRESSIONS * meanClickRate) / (sums.impressions + PRIOR_IMPRESSIONS);
  if (slot < 0) return mean;
  const prior = clickRate(items, slot, 0, 0) * (mean / meanClickRate);
  const row = items.placements.rowOf(slot, placement);
  if (row < 0) return prior;
  const clicks = items.placements.clicks[row] as number;
  const impressions = items.placements.impressions[row] as number;
  return (clicks + PRIOR_IMPRESSIONS * prior) / (impressions + PRIOR_IMPRESSIONS);
}
