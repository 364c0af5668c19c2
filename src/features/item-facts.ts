// What is known of an item whoever looks: popularity in training, age, price.
import { log, log1p } from "../kernels/elementary.ts";
import type { Feature } from "./feature.ts";

const DAY_MS = 86_400_000;

export const popularity: Feature = {
  name: "popularity",
  version: 1,
  columns: ["popularity.log_share"],
  stage: "first",
  cost: 20,
  fill({ snapshot, candidates }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      out[at] = log((index < 0 ? 0 : (snapshot.popularity[index] as number)) + 1e-6);
    }
  },
};

/** How strongly an item draws clicks among others, as training learned it; an unknown item counts as an average one. */
export const appeal: Feature = {
  name: "appeal",
  version: 1,
  columns: ["appeal.log_odds"],
  stage: "first",
  cost: 5,
  fill({ snapshot, candidates }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      out[at] = index < 0 ? 0 : (snapshot.appeal[index] as number);
    }
  },
};

/** Age since publication, of an item newer than the snapshot as the catalogue said; one of unknown age counts as one day old. */
export const age: Feature = {
  name: "age",
  version: 1,
  columns: ["age.log_days"],
  stage: "first",
  cost: 20,
  fill({ snapshot, items, candidates, now }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      const publishedAt =
        index < 0
          ? (items.facts.publishedAt[candidates.slot[row] as number] ?? Number.NaN)
          : (snapshot.publishedAt[index] as number);
      out[at] = log1p(Number.isNaN(publishedAt) ? 1 : Math.max(0, now - publishedAt) / DAY_MS);
    }
  },
};

/** Distance between an item's price and the prices that the visitor looked at, in powers of e; 0 when one is unknown. */
export const priceDistance: Feature = {
  name: "price_distance",
  version: 2,
  columns: ["price_distance.abs_log_ratio"],
  stage: "first",
  cost: 5,
  fill({ candidates, evidence }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const distance = Math.abs((candidates.logPrice[row] as number) - evidence.meanLogPrice);
      out[at] = Number.isNaN(distance) ? 0 : distance;
    }
  },
};
