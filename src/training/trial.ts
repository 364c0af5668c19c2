// Lists that a ranker is chosen on, and what a kind of ranker makes of them.
import type { RankerKind } from "../ranking/ranker-model.ts";
import type { BoostInput, BoostOptions } from "./gbdt/boost.ts";
import type { RankingMetric } from "./lists.ts";
import type { ListwiseData } from "./listwise.ts";

/** Lists to learn from and later ones to measure by. */
export interface Trial {
  readonly train: ListwiseData;
  readonly held: ListwiseData;
  /** Of the lists held back: those of one visitor hang together. */
  readonly visitors: Uint32Array;
  readonly metric: RankingMetric;
  /** Directions and places for the boosting. */
  readonly boosting: Pick<BoostInput, "monotone" | "positions">;
  /** What boosting is tried with, one or more. */
  readonly settings: readonly Partial<BoostOptions>[];
  readonly seed: number;
}

export interface Candidate {
  readonly kind: RankerKind;
  /** Of the lists held back, by number and weight of trees that other lists chose (tree-stopping.ts). */
  readonly scores: Float32Array;
  readonly measures: Float64Array;
  /** Number and weight that all lists held back choose. */
  readonly trees: number;
  readonly weight: number;
  /** Of its boosting; none for a linear model. */
  readonly settings: Partial<BoostOptions>;
}
