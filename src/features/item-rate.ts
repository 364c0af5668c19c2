// How an item does with everyone else: click rate, impressions, purchases.
import { clickRate } from "../catalog/click-rate.ts";
import { log, log1p } from "../kernels/elementary.ts";
import type { Feature } from "./feature.ts";

export const itemRate: Feature = {
  name: "item_rate",
  version: 1,
  columns: ["item_rate.log_ctr", "item_rate.log_impressions", "item_rate.log_purchases"],
  fill({ items, candidates, evidence }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const slot = candidates.slot[row] as number;
      const hash = candidates.hash[row] as number;
      const rate = clickRate(items, slot, evidence.clicks.get(hash) ?? 0, evidence.showings.get(hash) ?? 0);
      out[at] = log(rate);
      out[at + 1] = slot < 0 ? 0 : log1p(items.impressions[slot] as number);
      out[at + 2] = slot < 0 ? 0 : log1p(items.purchases[slot] as number);
    }
  },
};
