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
