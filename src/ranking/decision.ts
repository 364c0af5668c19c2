// What a decision is: the result a placement and how it came about.

export interface RankedItem {
  readonly id: string;
  /** Comparable within one placement of one decision only. */
  readonly score: number;
  /** From 0. */
  readonly position: number;
  /** The candidate source, `given` for the items of a rank request. */
  readonly source: string;
  /** With `explain`: all sources that found it. */
  readonly sources?: readonly string[];
  /** With `explain`: what rules did to it, in the order in which they hold. */
  readonly rules?: readonly RuleEffect[];
  /** With `explain`: column → value and what it added to the score. */
  readonly features?: Readonly<Record<string, { readonly value: number; readonly contribution: number }>>;
}

export type RuleEffect =
  /** Comes after what was ranked, because it is not available, was shown often enough, or a cap was full. */
  | { readonly rule: "unavailable" | "frequency" | "cap" }
  /** Left by the linear pass of the cascade: comes after what was ranked, in its order. */
  | { readonly rule: "pruned" }
  | { readonly rule: "boost"; readonly multiply: number; readonly add: number }
  /** Places among what has no fixed one, from 0. */
  | { readonly rule: "diversity"; readonly from: number; readonly to: number }
  | { readonly rule: "pin"; readonly position: number };

/** What a source found and a rule kept out. */
export interface DroppedItem {
  readonly id: string;
  readonly rule: "unavailable" | "unlisted" | "filter" | "exclude" | "elsewhere" | "frequency" | "cap";
}

/** From the top of the ladder to its foot. */
export type Strategy = "model" | "session" | "contextual" | "popular" | "default";

export interface PlacementResult {
  readonly strategy: Strategy;
  readonly items: readonly RankedItem[];
  /** With `explain`, where there are any: the first of those that rules kept out. */
  readonly dropped?: readonly DroppedItem[];
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
