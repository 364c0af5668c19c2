// The feature contract: one function that fills columns of the candidate × feature matrix. The decision Worker and the
// trainer call the same functions on the same inputs, so a model is served exactly what it was trained on.
import type { ItemTable } from "../catalog/item-table.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Requirement } from "../snapshot/attributes.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { DecisionContext } from "./context.ts";
import type { Evidence } from "./evidence.ts";
import type { QueryTerms } from "./query-terms.ts";

/** The candidates of one placement: rows from … to − 1. */
export interface CandidateSpan {
  readonly from: number;
  readonly to: number;
  /** hash32 of the placement's name. */
  readonly placement: number;
  /** What the visitor searches for in it; null without a query. */
  readonly query: QueryTerms | null;
}

/** The items to be scored, as parallel arrays. */
export interface Candidates {
  readonly count: number;
  /** Item index in the snapshot, −1 when the snapshot does not know the item. */
  readonly index: Int32Array;
  /** Slot in the item table, −1 when it has no live data. */
  readonly slot: Int32Array;
  /** hash32 of the id. */
  readonly hash: Uint32Array;
  /** Position in the order given by the caller, from 0; −1 when the caller gave none. */
  readonly position: Int32Array;
  /** The caller's own relevance score, within ±10^15; 0 when not given. */
  readonly relevance: Float32Array;
  /** The live price, else the snapshot's; NaN when neither knows. */
  readonly price: Float64Array;
  /** Its natural logarithm; NaN when unknown, 0 or infinite. */
  readonly logPrice: Float64Array;
  /** nameHash of the live category, else of the snapshot's; 0 for none. */
  readonly category: Uint32Array;
  /** Every row is in one of them, in order. */
  readonly spans: readonly CandidateSpan[];
}

export interface FeatureInput {
  readonly snapshot: Snapshot;
  readonly items: ItemTable;
  readonly candidates: Candidates;
  readonly view: VisitorView;
  readonly context: DecisionContext;
  /** What the visitor did, prepared once a decision. */
  readonly evidence: Evidence;
  /** Epoch ms of the decision. */
  readonly now: number;
}

/** first: for every candidate, before the cascade prunes · text: dearer ones, for what is left. */
export type Stage = "first" | "text";

export interface Feature {
  readonly name: string;
  /** Raised with every change of what the numbers mean: a ranker trained on another version is refused. */
  readonly version: number;
  /** One name a column. */
  readonly columns: readonly string[];
  /**
   * What a factory made the feature with, as far as name and columns do not say it: anything that JSON can hold. A ranker
   * trained with other parameters, or other names of columns, is refused.
   */
  readonly parameters?: unknown;
  readonly stage: Stage;
  /** Nanoseconds a candidate, by order of magnitude: what `node bench/feature-matrix.ts` measures. */
  readonly cost: number;
  /** Fields of items that the snapshot must carry; training writes them, and a snapshot without is refused. */
  readonly requires?: readonly Requirement[];
  /**
   * Direction a column in which trees may use it: 1 where more of it must never lower a score, −1 where it must never raise
   * one, 0 free. Only where it is obvious; all free when left out. It says nothing of what the numbers mean.
   */
  readonly monotone?: readonly (-1 | 0 | 1)[];
  /** Whether a row depends on the other candidates of its placement: pruning changes its numbers. */
  readonly listwise?: true;
  /**
   * Writes `columns.length` values a candidate: row r, column c at `out[offset + r × stride + c]`. May prepare what does
   * not depend on the candidate, once; allocates nothing a candidate; writes finite numbers only.
   */
  fill(input: FeatureInput, out: Float32Array, offset: number, stride: number): void;
}
