// The features that a decision of the benchmarks fills: those that `nowcast train` kept of a real log (RankLens, split time:0.8;
// see "What a ranker would not miss" in docs/quality.md). No ranker keeps all of the registry.
import { features } from "../nowcast.config.ts";
import type { Feature } from "../src/features/feature.ts";

const KEPT = [
  "recent_rates",
  "appeal",
  "given",
  "history",
  "session_item",
  "taste_lift",
  "taste_similarity",
  "neighbour_support",
  "session_knn",
];

/** In the order of the registry. @throws RangeError when the registry has lost one */
export const servedFeatures: readonly Feature[] = KEPT.map((name) => {
  const feature = features.find((each) => each.name === name);
  if (feature === undefined) throw new RangeError(`the registry has no feature ${name}`);
  return feature;
});
