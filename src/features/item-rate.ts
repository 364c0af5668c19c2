// How an item does with everyone else: click rate, impressions, purchases.
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { log } from "../kernels/elementary.ts";
import { logCount } from "./bounded.ts";
import type { Evidence } from "./evidence.ts";
import type { Candidates, Feature } from "./feature.ts";

/** Click rate of candidate `row` with everyone but this visitor. */
export function rateWithoutOwn(row: number, items: ItemTable, candidates: Candidates, evidence: Evidence): number {
  const hash = candidates.hash[row] as number;
  return clickRate(items, candidates.slot[row] as number, evidence.clicks.get(hash), evidence.showings.get(hash));
}

export const itemRate: Feature = {
  name: "item_rate",
  version: 1,
  columns: ["item_rate.log_ctr", "item_rate.log_impressions", "item_rate.log_purchases"],
  // What everybody clicks more is no worse for it.
  monotone: [1, 0, 0],
  stage: "first",
  cost: 100,
  fill({ items, candidates, evidence }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const slot = candidates.slot[row] as number;
      out[at] = log(rateWithoutOwn(row, items, candidates, evidence));
      out[at + 1] = slot < 0 ? 0 : logCount(items.impressions[slot] as number);
      out[at + 2] = slot < 0 ? 0 : logCount(items.purchases[slot] as number);
    }
  },
};
