// The contract of a candidate source. Every source passes the suite in contract.test.ts; a new one is a file here and a
// line in src/ranking/sources.ts.
import type { ItemTable } from "../../catalog/item-table.ts";
import type { Evidence } from "../../features/evidence.ts";
import type { VisitorView } from "../../profile/view.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import type { ItemCodes } from "../item-codes.ts";

export interface SourceInput {
  readonly snapshot: Snapshot;
  readonly items: ItemTable;
  readonly codes: ItemCodes;
  readonly view: VisitorView;
  readonly evidence: Evidence;
  /** Codes of the items that the page is about, without repeats. */
  readonly page: readonly number[];
  /** nameHash of the categories that the request's filter names; empty when it names none. */
  readonly categories: readonly number[];
  /** Of what is drawn at random: the same seed draws the same. */
  readonly seed: number;
  /** Epoch ms. */
  readonly now: number;
}

export interface CandidateSource {
  readonly name: string;
  /** How much of the candidates it may bring before others get their part, relative to the other sources' shares. */
  readonly share: number;
  /** What of a placement its answer depends on. Placements that agree in that share one answer. */
  readonly reads: readonly ("page" | "categories")[];
  /**
   * Writes item codes to `out`, best first, without repeats; at most as many as it has room for. The same input gives the
   * same codes. Nothing for a visitor of whom it would have to know something. What may not be shown is left out later.
   * @returns how many it wrote
   */
  find(input: SourceInput, out: Int32Array): number;
}
