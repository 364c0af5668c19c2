// The candidate × feature matrix of a decision, out of what is known of the visitor, the items and the moment. Serving,
// training and the check of their parity all come through here.
import type { ItemTable } from "../catalog/item-table.ts";
import { contextOf } from "../features/context.ts";
import type { Evidence } from "../features/evidence.ts";
import type { CandidateSpan, Candidates } from "../features/feature.ts";
import type { FeatureSet } from "../features/feature-set.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type Candidate, resolveCandidates } from "./candidates.ts";

export interface MatrixInput {
  readonly snapshot: Snapshot;
  readonly items: ItemTable;
  readonly view: VisitorView;
  /** Of this view, this snapshot and these items. */
  readonly evidence: Evidence;
  /** The `context` of a request, or of the event that stands for one. */
  readonly context: unknown;
  /** The placements' candidates, one after the other, and which are whose. */
  readonly list: readonly Candidate[];
  readonly spans: readonly CandidateSpan[];
  /** Epoch ms. */
  readonly now: number;
}

/** @param out at least candidates × columns long: filled row by row. @returns the candidates as the features saw them */
export function fillMatrix(features: FeatureSet, input: MatrixInput, out: Float32Array): Candidates {
  const { snapshot, items, view, evidence, now } = input;
  const candidates = resolveCandidates(input.list, snapshot, items, input.spans);
  const context = contextOf(input.context, view);
  features.fill({ snapshot, items, candidates, view, context, evidence, now }, out);
  return candidates;
}
