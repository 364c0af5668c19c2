// What a decision is: the result a placement and how it came about.

export interface RankedItem {
  readonly id: string;
  /** Comparable within one placement of one decision only. */
  readonly score: number;
  /** From 0. */
  readonly position: number;
  /** The candidate source, `given` for the items of a rank request. */
  readonly source: string;
  /** With `explain`: column → value and what it added to the score. */
  readonly features?: Readonly<Record<string, { readonly value: number; readonly contribution: number }>>;
}

/** From the top of the ladder to its foot. */
export type Strategy = "model" | "session" | "contextual" | "popular" | "default";

export interface PlacementResult {
  readonly strategy: Strategy;
  readonly items: readonly RankedItem[];
}

/** Epoch ms at the end of each stage, by the caller's clock. */
export interface StageTimes {
  candidates: number;
  features: number;
  score: number;
}

export interface Decision {
  readonly placements: Readonly<Record<string, PlacementResult>>;
  /** Steps down within the ranking, e.g. `onnx_failed`. */
  readonly degraded: readonly string[];
  readonly stages: StageTimes;
}
