// Evaluation by replay, protocol `rerank`: each test list is ranked by the pipeline that serves, with what was known just
// before it, and measured by what was clicked. Baselines order the same lists by the same item statistics.
import * as config from "../../nowcast.config.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import type { Feature } from "../features/feature.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import type { VisitorView } from "../profile/view.ts";
import { decodeView } from "../profile/view-codec.ts";
import type { Ranker } from "../ranking/ranker.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { baselineOrders } from "./baselines.ts";
import { type Evaluation, type ListResult, summarize } from "./evaluation-report.ts";
import type { History, Query } from "./history.ts";
import type { ItemHistory } from "./item-history.ts";
import { openRanker } from "./node-ranker.ts";
import { placementOf, rankRequestOf } from "./query-request.ts";
import { orderOf, rankOffline } from "./rank-offline.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";
import { viewsBefore } from "./views-before.ts";
import { peopleOf } from "./visitors.ts";

export interface EvaluateOptions {
  readonly snapshot: Snapshot;
  /** In log order. */
  readonly test: readonly Query[];
  readonly itemHistory: ItemHistory;
  /** Orders that a running system returned, to be measured too. Test lists without one are left out of everything. */
  readonly decisions?: ReadonlyMap<string, RecordedDecision>;
  /** Of the bootstrap, 1 by default. */
  readonly seed?: number;
  /** Those of nowcast.config.ts by default. */
  readonly features?: readonly Feature[];
  readonly profile?: ProfileConfig;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws RangeError without test lists; SnapshotError when this build cannot rank with the snapshot */
export async function evaluateRerank(history: History, options: EvaluateOptions): Promise<Evaluation> {
  const { snapshot, itemHistory, decisions, seed = 1, onProgress } = options;
  const { features = config.features, profile = history.config } = options;
  const recorded = (query: Query): RecordedDecision | undefined => decisions?.get(query.list.decisionId ?? "");
  const test = decisions ? options.test.filter((query) => recorded(query) !== undefined) : options.test;
  if (test.length === 0) throw new RangeError("there is no list to test with");
  const views = viewsBefore(history, test, profile);
  const people = peopleOf(history.visitors);
  const ranker = await openRanker(snapshot, features);
  const results = new Array<ListResult>(test.length);
  try {
    let done = 0;
    for (const [index, items] of itemHistory(test)) {
      const query = test[index] as Query;
      const view = decodeView(views[index] as Uint8Array);
      const order = await rankedOrder(query, view, ranker, items);
      const recordedItems = recorded(query)?.items;
      results[index] = {
        visitor: people[query.visitor] as number,
        firstList: view.touches.length === 0 && view.shown.length === 0,
        labels: query.labels,
        rankings: {
          ...baselineOrders(candidatesOf(query.list), items),
          model: order,
          ...(recordedItems ? { recorded: orderOf(candidatesOf(query.list), recordedItems) } : {}),
        },
      };
      onProgress?.(++done, test.length);
    }
  } finally {
    await ranker.onnx?.release();
  }
  const snapshots = [...new Set(test.flatMap((query) => recorded(query)?.snapshot ?? []))].sort();
  return summarize(results, {
    snapshot: snapshot.manifest.id,
    seed,
    ...(decisions ? { recorded: { snapshots, missing: options.test.length - test.length } } : {}),
  });
}

/** Candidate indices as `decide` returns them. */
async function rankedOrder({ list }: Query, view: VisitorView, ranker: Ranker, items: ItemTable): Promise<number[]> {
  const request = { placement: placementOf(list), request: rankRequestOf(list) };
  const ids = await rankOffline({ ...request, view, context: list.context, now: list.receivedAt }, ranker, items);
  return orderOf(candidatesOf(list), ids);
}

function candidatesOf({ items = [] }: Query["list"]): string[] {
  return items.map(({ id }) => id);
}
