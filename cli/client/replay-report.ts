// From the decisions of a replay to its figures: how good the orders were beside simple ones, how fast they came, how old
// the item statistics behind them were, and how often a decision stepped down.
import { clickRate } from "../../src/catalog/click-rate.ts";
import { bootstrapMean, pairedBootstrap } from "../../src/training/bootstrap.ts";
import type { History, Query } from "../../src/training/history.ts";
import { liveItems } from "../../src/training/item-history.ts";
import { ndcgAt, rankingOf, reciprocalRankAt } from "../../src/training/metrics.ts";
import type { ListDecision } from "./decide-list.ts";

const BASELINES = ["ctr", "logged-order"] as const;
type Baseline = (typeof BASELINES)[number];
type Interval = readonly [number, number];

export interface Quality {
  /** Lists with a click. */
  readonly queries: number;
  readonly metrics: { readonly "ndcg@10": number; readonly mrr: number };
  readonly ci95: { readonly "ndcg@10": Interval };
  readonly baselines: Readonly<Record<Baseline, { readonly "ndcg@10": number; readonly mrr: number }>>;
  /** Replay minus baseline in NDCG@10, by paired bootstrap over visitors. */
  readonly versus: Readonly<Record<Baseline, { readonly delta: number; readonly ci95: Interval }>>;
}

export interface Conduct {
  readonly decisions: number;
  readonly strategies: Readonly<Record<string, number>>;
  readonly snapshots: Readonly<Record<string, number>>;
  /** Decisions that stepped down when first asked, and those that still did when asked again, by reason. */
  readonly degraded: {
    readonly first: number;
    readonly remaining: number;
    readonly firstByReason: Readonly<Record<string, number>>;
    readonly remainingByReason: Readonly<Record<string, number>>;
  };
  /** Of the first answers, for the client, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

/**
 * @param queries clicked lists of `history`, in log order
 * @param orderOf ids in the order returned, of the list at a position of the timeline; null when it was not ranked
 * @returns null when none of the queries was ranked
 */
export function qualityOf(
  history: History,
  queries: readonly Query[],
  orderOf: (position: number) => readonly string[] | null,
): Quality | null {
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

export function conductOf(decisions: readonly ListDecision[]): Conduct {
  const sorted = Float64Array.from(decisions, ({ milliseconds }) => milliseconds).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const count = (of: (decision: ListDecision) => readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of decisions.flatMap((decision) => [...new Set(of(decision))])) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  return {
    decisions: decisions.length,
    strategies: count(({ strategy }) => [strategy]),
    snapshots: count(({ snapshot }) => [snapshot]),
    degraded: {
      first: decisions.filter(({ degradedAtFirst }) => degradedAtFirst.length > 0).length,
      remaining: decisions.filter(({ degraded }) => degraded.length > 0).length,
      firstByReason: count(({ degradedAtFirst }) => degradedAtFirst),
      remainingByReason: count(({ degraded }) => degraded),
    },
    latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}
