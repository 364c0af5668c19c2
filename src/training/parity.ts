// Parity: does training see what serving saw? Every decision that the lake has whole is made again from the lake alone: the
// visitor's events are folded to their seq, deltas of item data applied to their epoch, and the matrix is filled by the
// function that fills it for training. Then each float of each row must have the same bits.

import type { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import type { Feature } from "../features/feature.ts";
import type { FeatureSet } from "../features/feature-set.ts";
import { matchFeatures } from "../features/feature-set.ts";
import { decodeBase64 } from "../kernels/base64.ts";
import type { LoggedDecision } from "../lake/decision-rows.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { decodeView } from "../profile/view-codec.ts";
import { spanOf } from "../ranking/candidates.ts";
import { fillMatrix } from "../ranking/fill-matrix.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import { EpochTable } from "./item-history.ts";
import type { ReadLakeOptions } from "./lake-tables.ts";
import { type DecisionHead, readDecisionHeads, readDecisions } from "./logged-decisions.ts";
import { ParityReport, type ParitySummary, type SkipReason } from "./parity-report.ts";
import { viewsInLake } from "./views-in-lake.ts";

export interface ParityOptions extends ReadLakeOptions {
  /** Those that decisions name; found by the id of their content. */
  readonly snapshots: readonly Snapshot[];
  /** Of nowcast.config.ts, as the Workers had them. */
  readonly features: readonly Feature[];
  readonly profile: ProfileConfig;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws LakeError when there are no events of the site; RangeError when a file of the lake cannot be read */
export async function checkParity(dir: string, options: ParityOptions): Promise<ParitySummary> {
  const heads: DecisionHead[] = [];
  for await (const head of readDecisionHeads(dir, options)) heads.push(head);
  const views = await viewsInLake(dir, options, heads, options.profile);
  const models = new Map(
    options.snapshots.map((snapshot) => [snapshot.manifest.id, modelOf(snapshot, options.features)]),
  );
  const table = new EpochTable(dir, options.site ?? "default");
  const report = new ParityReport();
  let done = 0;
  for await (const decision of readDecisions(dir, options)) {
    options.onProgress?.(++done, heads.length);
    const reason = decision === null ? "parts_missing" : compare(decision);
    if (reason !== null) report.skip(reason);
  }
  return report.summary();

  function compare(decision: LoggedDecision): SkipReason | null {
    const view = views.get(decision.key);
    if (decision.knowledge !== "profile" || view === undefined) return "no_profile";
    if (decision.columns === 0) return "no_model";
    const model = models.get(decision.snapshotId);
    if (model === undefined) return "snapshot_not_given";
    if (typeof model === "string") return model;
    if (typeof view === "string") return view;
    const items = tableAt(decision.itemEpoch);
    if (items === null) return "epoch_missing";
    report.view(decision, decision.view === "" ? null : decodeBase64(decision.view), view);
    report.matrix(decision, refill(decision, view, items, model), model.features.columnNames);
    return null;
  }

  /** Null when the lake does not have the epoch: the newest are written a second after they count. */
  function tableAt(epoch: number): ItemTable | null {
    try {
      return table.at(epoch);
    } catch (error) {
      if (error instanceof RangeError && (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT")
        return null;
      throw error;
    }
  }
}

interface Model {
  readonly snapshot: Snapshot;
  readonly features: FeatureSet;
}

function modelOf(snapshot: Snapshot, registry: readonly Feature[]): Model | SkipReason {
  try {
    return { snapshot, features: matchFeatures(snapshot.manifest.features, registry) };
  } catch (error) {
    if (error instanceof SnapshotError) return "features_of_another_build";
    throw error;
  }
}

/** The matrix of all scored candidates, placement after placement. */
function refill(
  { ts: now, context, placements }: LoggedDecision,
  viewBytes: Uint8Array,
  items: ItemTable,
  { snapshot, features }: Model,
): Float32Array {
  const view = decodeView(viewBytes);
  const list = placements.flatMap(({ candidates, scores }) => candidates.slice(0, scores.length));
  let from = 0;
  const spans = placements.map(({ name, query, scores }) => {
    const to = from + scores.length;
    const span = spanOf(name, { query }, context, from, to);
    from = to;
    return span;
  });
  const evidence = gatherEvidence(view, snapshot, items, now);
  const out = new Float32Array(list.length * features.width);
  fillMatrix(features, { snapshot, items, view, evidence, context, list, spans, now }, out);
  return out;
}
