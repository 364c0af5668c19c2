// The feature contract: one function that fills columns of the candidate × feature matrix. The decision Worker and the
// trainer call the same functions on the same inputs, so a model is served exactly what it was trained on.
import type { ItemTable } from "../catalog/item-table.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Evidence } from "./evidence.ts";

/** The items to be scored, as parallel arrays. */
export interface Candidates {
  readonly count: number;
  readonly ids: readonly string[];
  /** Item index in the snapshot, −1 when the snapshot does not know the item. */
  readonly index: Int32Array;
  /** Slot in the item table, −1 when it has no live data. */
  readonly slot: Int32Array;
  /** hash32 of the id. */
  readonly hash: Uint32Array;
  /** Position in the order given by the caller, from 0; −1 when the caller gave none. */
  readonly position: Int32Array;
  /** The caller's own relevance score; 0 when not given. */
  readonly relevance: Float32Array;
}

export interface FeatureInput {
  readonly snapshot: Snapshot;
  readonly items: ItemTable;
  readonly candidates: Candidates;
  /** What the visitor did, prepared once a decision. */
  readonly evidence: Evidence;
  /** Epoch ms of the decision. */
  readonly now: number;
}

export interface Feature {
  readonly name: string;
  /** Raised with every change of what the numbers mean: a ranker trained on another version is refused. */
  readonly version: number;
  /** One name a column. */
  readonly columns: readonly string[];
  /**
   * Writes `columns.length` values a candidate: row r, column c at `out[offset + r × stride + c]`. Allocates nothing a
   * candidate; writes finite numbers only.
   */
  fill(input: FeatureInput, out: Float32Array, offset: number, stride: number): void;
}
