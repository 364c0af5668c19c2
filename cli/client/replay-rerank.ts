// Replay by the protocol `rerank`: every list is asked for before it and its clicks are told, and the orders are measured by the
// clicks, beside simple ones.
import { clickRate } from "../../src/catalog/click-rate.ts";
import { bootstrapMean, pairedBootstrap } from "../../src/training/bootstrap.ts";
import type { History, Query } from "../../src/training/history.ts";
import { liveItems } from "../../src/training/item-history.ts";
import { ndcgAt, rankingOf, reciprocalRankAt } from "../../src/training/metrics.ts";
import { placementOf, rankRequestOf } from "../../src/training/query-request.ts";
import { splitHistory } from "../../src/training/split.ts";
import type { PlannedQuestion, ReplayProtocol } from "./replay-protocol.ts";

const BASELINES = ["ctr", "logged-order"] as const;
type Baseline = (typeof BASELINES)[number];
type Interval = readonly [number, number];

export interface RerankQuality {
  /** Lists with a click. */
  readonly queries: number;
  readonly metrics: { readonly "ndcg@10": number; readonly mrr: number };
  readonly ci95: { readonly "ndcg@10": Interval };
  readonly baselines: Readonly<Record<Baseline, { readonly "ndcg@10": number; readonly mrr: number }>>;
  /** Replay minus baseline in NDCG@10, by paired bootstrap over visitors. */
  readonly versus: Readonly<Record<Baseline, { readonly delta: number; readonly ci95: Interval }>>;
}

/** Lists without a click are asked for too: they are part of the load. */
export const rerank: ReplayProtocol<RerankQuality> = (history, trainShare) => {
  const cut = cutOf(history, trainShare);
  const questions = new Map<number, PlannedQuestion>();
  history.timeline.forEach((entry, position) => {
    if (position < cut || !("event" in entry)) return;
    const { event } = entry;
    if (event.type !== "view_item_list" || !event.items?.length) return;
    questions.set(position, {
      when: "before",
      list: event.decisionId ?? "",
      visitor: event,
      ts: event.ts,
      ...(event.context === undefined ? {} : { context: event.context }),
      placement: placementOf(event),
      request: rankRequestOf(event),
    });
  });
  const queries = history.queries.filter(({ position }) => position >= cut);
  return {
    cut,
    questions,
    measure: (decisions) => qualityOf(history, queries, (position) => decisions.get(position)?.items ?? null),
  };
};

/** The first test list, or the first list of all. */
function cutOf(history: History, trainShare: number | null): number {
  if (trainShare !== null) {
    return splitHistory(history, { kind: "time", trainShare }).test[0]?.position ?? history.timeline.length;
  }
  const first = history.timeline.findIndex((entry) => "event" in entry && entry.event.type === "view_item_list");
  return first === -1 ? history.timeline.length : first;
}

/**
 * @param queries clicked lists of `history`, in log order
 * @param orderOf ids in the order returned, of the list at a position of the timeline; null when it was not ranked
 * @returns null when none of the queries was ranked
 */
function qualityOf(
  history: History,
  queries: readonly Query[],
  orderOf: (position: number) => readonly string[] | null,
): RerankQuality | null {
  const ranked = queries.filter(({ position }) => orderOf(position) !== null);
  if (ranked.length === 0) return null;
  const rankings: Record<Baseline | "replay", number[][]> = { replay: [], ctr: [], "logged-order": [] };
  for (const [index, items] of liveItems(history.timeline)(ranked)) {
    const { list, position } = ranked[index] as Query;
    const shown = list.items ?? [];
    rankings.replay.push(rowsOf(shown, orderOf(position) ?? []));
    rankings.ctr.push([...rankingOf(shown.map(({ id }) => clickRate(items, items.slotOf(id), 0, 0)))]);
    rankings["logged-order"].push(shown.map((_, row) => row));
  }
  const measure = (name: Baseline | "replay", of: (labels: Float32Array, ranking: number[]) => number): Float64Array =>
    Float64Array.from(ranked, ({ labels }, i) => of(labels, rankings[name][i] ?? []));
  const ndcg = (name: Baseline | "replay"): Float64Array => measure(name, (labels, order) => ndcgAt(labels, order, 10));
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  const figures = (name: Baseline | "replay") => ({
    "ndcg@10": mean(ndcg(name)),
    mrr: mean(measure(name, (labels, order) => reciprocalRankAt(labels, order))),
  });
  const clusters = ranked.map(({ visitor }) => visitor);
  const versus = (name: Baseline) => pairedBootstrap(ndcg("replay"), ndcg(name), { seed: 1, clusters });
  return {
    queries: ranked.length,
    metrics: figures("replay"),
    ci95: { "ndcg@10": bootstrapMean(ndcg("replay"), { seed: 1, clusters }).ci95 },
    baselines: { ctr: figures("ctr"), "logged-order": figures("logged-order") },
    versus: { ctr: versus("ctr"), "logged-order": versus("logged-order") },
  };
}

/** Ids as rows of the list; an id that was shown twice is found twice, one that was not shown is dropped. */
function rowsOf(shown: readonly { readonly id: string }[], order: readonly string[]): number[] {
  const rows = new Map<string, number[]>();
  for (const [row, { id }] of shown.entries()) rows.set(id, [...(rows.get(id) ?? []), row]);
  return order.flatMap((id) => rows.get(id)?.shift() ?? []);
}
