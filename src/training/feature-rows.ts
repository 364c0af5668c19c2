// The training matrix: the log replayed through the very functions that serve (fold, view, evidence, features), a row for
// each candidate of each clicked list. What a visitor did later must not leak into a row, so that
// - item statistics are those of everybody else over the whole log, and of this visitor up to the list;
// - vectors, neighbours and popularity come from visitors of other folds (cross-fitting; Chernozhukov et al. 2018).
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import type { FeatureSet } from "../features/feature-set.ts";
import { hash32 } from "../kernels/hash.ts";
import { fold } from "../profile/fold.ts";
import { emptyProfile, type ProfileConfig } from "../profile/profile.ts";
import { decodeView, encodeView } from "../profile/view.ts";
import { givenCandidates, resolveCandidates } from "../ranking/candidates.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { History, Query } from "./history.ts";
import { countInto, itemTableOf } from "./item-statistics.ts";
import type { ListwiseData } from "./listwise.ts";
import { rankRequestOf } from "./query-request.ts";

export interface FeatureRowsOptions {
  readonly folds: number;
  readonly profile: ProfileConfig;
  /** The item models for visitors of `fold`, fitted without any of them. */
  readonly modelsWithout: (fold: number) => Snapshot;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface FeatureRows {
  /** A list for each query of the history, in its order. */
  readonly data: ListwiseData;
  /** The item's smoothed click rate in the same statistics, one a row: the baseline to beat. */
  readonly clickRate: Float32Array;
}

/** Which fold a visitor is in. */
export function foldOf(visitorKey: string, folds: number): number {
  return hash32(visitorKey, 0xf01d) % folds;
}

export function featureRows(history: History, features: FeatureSet, options: FeatureRowsOptions): FeatureRows {
  const { folds, modelsWithout, onProgress } = options;
  const { queries, visitors } = history;
  const groups = new Uint32Array(queries.length + 1);
  queries.forEach(({ labels }, list) => {
    groups[list + 1] = (groups[list] as number) + labels.length;
  });
  const rows = groups[queries.length] as number;
  const out = {
    matrix: new Float32Array(rows * features.width),
    labels: new Float32Array(rows),
    clickRate: new Float32Array(rows),
  };
  const listsOf = new Map<number, number[]>();
  queries.forEach(({ visitor }, list) => {
    const lists = listsOf.get(visitor);
    if (lists) lists.push(list);
    else listsOf.set(visitor, [list]);
  });
  const table = itemTableOf(history.timeline);
  let done = 0;
  for (let at = 0; at < folds; at++) {
    const snapshot = modelsWithout(at);
    for (const [visitor, lists] of listsOf) {
      if (foldOf(visitors[visitor]?.key ?? "", folds) !== at) continue;
      fillVisitor(history, visitor, lists, snapshot);
      done += lists.length;
      onProgress?.(done, queries.length);
    }
  }
  return { data: { ...out, groups, columns: features.width }, clickRate: out.clickRate };

  /** Walks through one visitor's events, their counts taken out of the table first and put back one by one. */
  function fillVisitor({ visitors, queries }: History, visitor: number, lists: number[], snapshot: Snapshot): void {
    const events = visitors[visitor]?.events ?? [];
    countInto(table, events, -1);
    let profile = emptyProfile();
    let next = 0;
    for (const event of events) {
      const list = lists[next] ?? -1;
      const query = queries[list];
      if (query?.list === event) {
        fillList(query, groups[list] as number, decodeView(encodeView(profile)), snapshot, table);
        next++;
      }
      profile = fold(profile, event, options.profile);
      countInto(table, [event]);
    }
  }

  function fillList(
    { list, labels }: Query,
    from: number,
    view: ReturnType<typeof decodeView>,
    snapshot: Snapshot,
    items: ItemTable,
  ): void {
    const now = list.receivedAt;
    const candidates = resolveCandidates(givenCandidates(rankRequestOf(list)), snapshot, items);
    const evidence = gatherEvidence(view, snapshot, items, now);
    const to = from + candidates.count;
    features.fill(
      { snapshot, items, candidates, evidence, now },
      out.matrix.subarray(from * features.width, to * features.width),
    );
    out.labels.set(labels, from);
    for (let row = 0; row < candidates.count; row++) {
      out.clickRate[from + row] = clickRate(items, candidates.slot[row] as number, 0, 0);
    }
  }
}
