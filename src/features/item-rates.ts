// How an item does lately, here, and wherever it is shown: rates that fade, the trend, the placement's own rate, the rate
// that its places do not flatter, and what clicks lead to. Rates have priors: an item of which little is known is taken
// for an average one, and its columns are 0. Logarithms of ratios throughout.
import { clickRate, placementClickRate, positionFreeClickRate } from "../catalog/click-rate.ts";
import { HALF_LIVES } from "../catalog/decayed-counts.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import type { Outcome } from "../catalog/outcomes.ts";
import { trend as trendOf } from "../catalog/trend.ts";
import { WINDOWS, type Windowed } from "../catalog/window-counts.ts";
import { log, log1p } from "../kernels/elementary.ts";
import type { Feature } from "./feature.ts";

/** Impressions, or clicks, that the expected rate weighs as much as. */
const PRIOR = 10;

/** Click rate of the last hour, day and week (half-lives) over the item's own rate of all time. */
export const recentRates: Feature = {
  name: "recent_rates",
  version: 1,
  columns: HALF_LIVES.map((halfLife) => `recent_rates.log_ctr_${halfLife}`),
  stage: "first",
  cost: 100,
  fill({ items, candidates, now }, out, offset, stride) {
    const { factors } = items.decayFactors(now);
    const mean = items.meanClickRate;
    HALF_LIVES.forEach((halfLife, i) => {
      const factor = factors[i] as number;
      const impressions = items.fadingSums("impressions", halfLife);
      const clicks = items.fadingSums("clicks", halfLife);
      for (let row = 0, at = offset + i; row < candidates.count; row++, at += stride) {
        const slot = candidates.slot[row] as number;
        const shown = slot < 0 ? 0 : (impressions[slot] as number) * factor;
        if (shown === 0) {
          out[at] = 0;
          continue;
        }
        const usual = (items.clicks[slot] as number) + PRIOR * mean;
        const expected = (usual / ((items.impressions[slot] as number) + PRIOR)) * PRIOR;
        out[at] = log(((clicks[slot] as number) * factor + expected) / ((shown + PRIOR) * (expected / PRIOR)));
      }
    });
  },
};

const TRENDING = ["clicks", "purchases"] as const;

/** Above 0 on the way up; see catalog/trend.ts. */
export const trend: Feature = {
  name: "trend",
  version: 1,
  columns: TRENDING.map((outcome) => `trend.${outcome}`),
  stage: "first",
  cost: 50,
  fill({ items, candidates, now }, out, offset, stride) {
    TRENDING.forEach((outcome, i) => {
      const ever = items.fadingSums(outcome, "7d");
      for (let row = 0, at = offset + i; row < candidates.count; row++, at += stride) {
        const slot = candidates.slot[row] as number;
        // Most items have none of most outcomes, and no trend then.
        out[at] = slot < 0 || ever[slot] === 0 ? 0 : trendOf(items, slot, now, outcome);
      }
    });
  },
};

/** Click rate in this placement over the item's click rate everywhere. */
export const placementRate: Feature = {
  name: "placement_rate",
  version: 1,
  columns: ["placement_rate.log_ratio"],
  stage: "first",
  cost: 50,
  fill({ items, candidates }, out, offset, stride) {
    const { placements, meanClickRate } = items;
    for (const { from, to, placement } of candidates.spans) {
      // What all items do in the placement: the same for the whole list.
      const mean = placementClickRate(items, -1, placement) / meanClickRate;
      for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
        const slot = candidates.slot[row] as number;
        const own = slot < 0 ? -1 : placements.rowOf(slot, placement);
        if (own < 0) {
          out[at] = 0;
          continue;
        }
        const expected = clickRate(items, slot, 0, 0) * mean;
        const clicks = (placements.clicks[own] as number) + PRIOR * expected;
        out[at] = log(clicks / (((placements.impressions[own] as number) + PRIOR) * expected));
      }
    }
  },
};

/** Click rate as if the item had been shown in the places of an average one (COEC), without the visitor's own events. */
export const positionFreeRate: Feature = {
  name: "position_free_rate",
  version: 1,
  columns: ["position_free_rate.log_ctr"],
  stage: "first",
  cost: 100,
  fill({ items, candidates, evidence }, out, offset, stride) {
    const { meanClickRate } = items;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const hash = candidates.hash[row] as number;
      const clicks = evidence.clicks.get(hash);
      const expected = evidence.showings.get(hash) * meanClickRate;
      out[at] = log(positionFreeClickRate(items, candidates.slot[row] as number, clicks, expected));
    }
  },
};

/** log(1 + count) over the windows of an hour, a day and a week that end now. */
export function windowCounts(outcome: Windowed): Feature {
  const name = `window_counts.${outcome}`;
  return {
    name,
    version: 1,
    columns: WINDOWS.map((window) => `${name}.log_${window}`),
    stage: "first",
    cost: 200,
    fill({ items, candidates, now }, out, offset, stride) {
      WINDOWS.forEach((window, i) => {
        for (let row = 0, at = offset + i; row < candidates.count; row++, at += stride) {
          const slot = candidates.slot[row] as number;
          const count = slot < 0 ? 0 : items.windowCount(slot, outcome, window, now);
          out[at] = count > 0 ? log1p(count) : 0;
        }
      });
    },
  };
}

export interface RateOptions {
  readonly of: Outcome;
  readonly per: Outcome;
  /** Of `per`, that the catalogue's mean weighs as much as; 10 by default. */
  readonly prior?: number;
}

/**
 * log of (`of` a `per` of the item over that of the whole catalogue): carts a click, purchases an impression. 0 while the
 * catalogue has no `of` at all.
 */
export function rate({ of, per, prior = PRIOR }: RateOptions): Feature {
  const name = `rate.${of}_per_${per}`;
  return {
    name,
    version: 1,
    columns: [`${name}.log_ratio`],
    parameters: { of, per, prior },
    stage: "first",
    cost: 20,
    fill({ items, candidates }, out, offset, stride) {
      const mean = meanOf(items, of, per);
      const counts = items[of];
      const unheardOf = items.sumOf(of) === 0;
      const trials = items[per];
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const slot = candidates.slot[row] as number;
        const tried = slot < 0 ? 0 : (trials[slot] as number);
        const counted = slot < 0 ? 0 : (counts[slot] as number);
        out[at] = unheardOf || tried + counted === 0 ? 0 : log((counted + prior * mean) / ((tried + prior) * mean));
      }
    },
  };
}

/** Above 0 whatever was counted. */
function meanOf(items: ItemTable, of: Outcome, per: Outcome): number {
  return (items.sumOf(of) + 1) / (items.sumOf(per) + 20);
}
