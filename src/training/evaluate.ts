// Evaluation by replay, protocol `rerank`: each test list is ranked by the pipeline that serves, with what was known just
// before it, and measured by what was clicked. Baselines order the same lists by the same item statistics.
import * as config from "../../nowcast.config.ts";
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import type { Feature } from "../features/feature.ts";
import { fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { emptyState, type ProfileState } from "../profile/state.ts";
import type { VisitorView } from "../profile/view.ts";
import { decodeView, encodeViewOf } from "../profile/view-codec.ts";
import { decide } from "../ranking/decide.ts";
import type { Ranker } from "../ranking/ranker.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type Evaluation, type ListResult, type RankingName, summarize } from "./evaluation-report.ts";
import type { History, Query } from "./history.ts";
import type { ItemHistory } from "./item-history.ts";
import { rankingOf } from "./metrics.ts";
import { openRanker } from "./node-ranker.ts";
import { placementOf, rankRequestOf } from "./query-request.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";

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
        visitor: query.visitor,
        firstList: view.touches.length === 0 && view.shown.length === 0,
        labels: query.labels,
        rankings: {
          ...baselines(query, items),
          model: order,
          ...(recordedItems ? { recorded: orderOf(query, recordedItems) } : {}),
        },
      };
      onProgress?.(++done, test.length);
    }
  } finally {
    await ranker.onnx.release();
  }
  const snapshots = [...new Set(test.flatMap((query) => recorded(query)?.snapshot ?? []))].sort();
  return summarize(results, {
    snapshot: snapshot.manifest.id,
    seed,
    ...(decisions ? { recorded: { snapshots, missing: options.test.length - test.length } } : {}),
  });
}

/** The decision view of each query's visitor just before the list, encoded as the visitor's object hands it out. */
function viewsBefore({ timeline }: History, queries: readonly Query[], config: ProfileConfig): Uint8Array[] {
  const wanted = new Map(queries.map((query, index) => [query.position, index]));
  const visitors = new Set(queries.map(({ visitor }) => visitor));
  const states = new Map<number, ProfileState>();
  const views = new Array<Uint8Array>(queries.length);
  timeline.forEach((entry, position) => {
    if (!("event" in entry) || !visitors.has(entry.visitor)) return;
    const state = states.get(entry.visitor) ?? emptyState();
    const index = wanted.get(position);
    if (index !== undefined) views[index] = encodeViewOf(state, entry.event.receivedAt, config);
    states.set(entry.visitor, fold(state, entry.event, config));
  });
  return views;
}

/** Candidate indices as `decide` returns them. */
async function rankedOrder({ list }: Query, view: VisitorView, ranker: Ranker, items: ItemTable): Promise<number[]> {
  const now = list.receivedAt;
  const placement = placementOf(list);
  const { placements, degraded } = await decide({
    placements: { [placement]: rankRequestOf(list) },
    view,
    context: list.context,
    knowledge: "profile",
    ranker,
    items,
    now,
    explain: false,
    clock: () => now,
  });
  if (degraded.length > 0) throw new Error(`the ranking stepped down: ${degraded.join(", ")}`);
  return orderOf({ list }, placements[placement]?.items.map(({ id }) => id) ?? []);
}

/** Ids as candidate indices; what is not a candidate is dropped, an id that was shown twice is found twice. */
function orderOf({ list }: Pick<Query, "list">, ids: readonly string[]): number[] {
  const rows = new Map<string, number[]>();
  list.items?.forEach(({ id }, row) => {
    rows.set(id, [...(rows.get(id) ?? []), row]);
  });
  return ids.flatMap((id) => rows.get(id)?.shift() ?? []);
}

function baselines({ list }: Query, items: ItemTable): Record<Exclude<RankingName, "model" | "recorded">, number[]> {
  const slots = (list.items ?? []).map(({ id }) => items.slotOf(id));
  return {
    popular: [...rankingOf(slots.map((slot) => items.clicks[slot] ?? 0))],
    ctr: [...rankingOf(slots.map((slot) => clickRate(items, slot, 0, 0)))],
    "logged-order": slots.map((_, row) => row),
  };
}
