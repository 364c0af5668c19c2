// What the order of one list is worth where the next item is looked for: the mean of HR@20 and MRR@20.
import type { RankingMetric } from "./lists.ts";
import { reciprocalRankAt } from "./metrics.ts";
import { NEXT_ITEM_CUTOFF } from "./next-item-report.ts";

export const nextItemMetric: RankingMetric = (relevance, ranking) => {
  const reciprocal = reciprocalRankAt(relevance, ranking, NEXT_ITEM_CUTOFF);
  return reciprocal === 0 ? 0 : (1 + reciprocal) / 2;
};
