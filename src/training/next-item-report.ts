// From the ranks of what came next to the figures of a report: HR@20 and MRR@20 of the model and of each baseline,
// intervals that respect sessions, differences, and the parts of the queries that behave differently.
import { bootstrapMean, pairedBootstrap } from "./bootstrap.ts";
import { NEXT_ITEM_BASELINES, type NextItemBaselineName } from "./next-item-baselines.ts";

/** Ranks beyond this count for nothing. */
export const NEXT_ITEM_CUTOFF = 20;

export interface NextItemResult {
  /** The session of the query. */
  readonly session: number;
  /** Place of the first target in each ranking, from 1; 0 when it is not among the first 20. */
  readonly ranks: Readonly<Record<"model" | NextItemBaselineName, number>>;
  /** The same of what a running system answered, and whether that was ordered otherwise than here. */
  readonly recorded?: { readonly rank: number; readonly differs: boolean };
  /** The first prediction of its session. */
  readonly first: boolean;
  /** What came next is the current item once more. */
  readonly repeat: boolean;
}

export interface NextItemMetrics {
  readonly "hr@20": number;
  readonly "mrr@20": number;
}

/** Of one ranking of every query. */
export interface RankFigures {
  readonly metrics: NextItemMetrics;
  readonly ci95: Readonly<Record<Metric, Interval>>;
}

/** What a running system answered to the same queries. */
export interface RecordedNextItems extends RankFigures {
  /** Versions that ranked: more than one, and the figures are of a mixture. */
  readonly snapshots: readonly string[];
  /** Answers that were ordered otherwise than by this evaluation. */
  readonly differing: number;
  /** Queries without a recorded decision: left out everywhere. */
  readonly missing: number;
}

type Metric = keyof NextItemMetrics;
type Interval = readonly [number, number];
type Difference = { readonly delta: number; readonly ci95: Interval };

interface Figures {
  readonly queries: number;
  readonly metrics: NextItemMetrics;
  readonly baselines: Readonly<Record<NextItemBaselineName, NextItemMetrics>>;
}

export interface NextItemEvaluation extends Figures {
  /** Id of the snapshot that ranked. */
  readonly snapshot: string;
  readonly sessions: number;
  /** What may be recommended: everything in the catalogue, what the session has had included. */
  readonly repeats: "allowed";
  readonly ci95: Readonly<Record<Metric, Interval>>;
  /** Model minus baseline, by paired bootstrap over sessions; `delta` and `ci95` themselves are of HR@20. */
  readonly versus: Readonly<Record<NextItemBaselineName, Difference & Readonly<Record<Metric, Difference>>>>;
  readonly breakdown: Readonly<Record<"first-prediction" | "later" | "repeat" | "another-item", Figures | null>>;
  readonly recorded?: RecordedNextItems;
}

export interface NextItemRun {
  readonly snapshot: string;
  readonly seed: number;
  /** Set when the results have recorded answers. */
  readonly recorded?: Pick<RecordedNextItems, "snapshots" | "missing">;
}

/** Place of the first of `targets` among `ids`, from 1; 0 when none is there. */
export function rankOfTarget(ids: readonly string[], targets: readonly string[]): number {
  return ids.findIndex((id) => targets.includes(id)) + 1;
}

/** @param ranks as `NextItemResult` has them, at least one; @param clusters the session of each */
export function measureRanks(ranks: readonly number[], clusters: readonly number[], seed: number): RankFigures {
  const values = (metric: Metric): Float64Array => Float64Array.from(ranks, (rank) => worthOf(rank, metric));
  const [hits, reciprocals] = [values("hr@20"), values("mrr@20")];
  return {
    metrics: { "hr@20": mean(hits), "mrr@20": mean(reciprocals) },
    ci95: {
      "hr@20": bootstrapMean(hits, { seed, clusters }).ci95,
      "mrr@20": bootstrapMean(reciprocals, { seed, clusters }).ci95,
    },
  };
}

/** @param results at least one */
export function summarizeNextItem(results: readonly NextItemResult[], run: NextItemRun): NextItemEvaluation {
  const { seed, snapshot, recorded } = run;
  const clusters = results.map(({ session }) => session);
  const versus = (name: NextItemBaselineName, metric: Metric): Difference =>
    pairedBootstrap(valuesOf(results, "model", metric), valuesOf(results, name, metric), { seed, clusters });
  const part = (holds: (result: NextItemResult) => boolean): Figures | null => {
    const some = results.filter(holds);
    return some.length === 0 ? null : figuresOf(some);
  };
  return {
    snapshot,
    sessions: new Set(clusters).size,
    repeats: "allowed",
    ...figuresOf(results),
    ci95: measureRanks(
      results.map(({ ranks }) => ranks.model),
      clusters,
      seed,
    ).ci95,
    versus: eachBaseline((name) => {
      const hitRate = versus(name, "hr@20");
      return { ...hitRate, "hr@20": hitRate, "mrr@20": versus(name, "mrr@20") };
    }),
    breakdown: {
      "first-prediction": part(({ first }) => first),
      later: part(({ first }) => !first),
      repeat: part(({ repeat }) => repeat),
      "another-item": part(({ repeat }) => !repeat),
    },
    ...(recorded ? { recorded: { ...recordedFigures(results, clusters, seed), ...recorded } } : {}),
  };
}

function recordedFigures(results: readonly NextItemResult[], clusters: readonly number[], seed: number) {
  const ranks = results.map(({ recorded }) => recorded?.rank ?? 0);
  const differing = results.filter(({ recorded }) => recorded?.differs).length;
  return { ...measureRanks(ranks, clusters, seed), differing };
}

function figuresOf(results: readonly NextItemResult[]): Figures {
  const metricsOf = (name: "model" | NextItemBaselineName): NextItemMetrics => ({
    "hr@20": mean(valuesOf(results, name, "hr@20")),
    "mrr@20": mean(valuesOf(results, name, "mrr@20")),
  });
  return { queries: results.length, metrics: metricsOf("model"), baselines: eachBaseline(metricsOf) };
}

function valuesOf(
  results: readonly NextItemResult[],
  name: "model" | NextItemBaselineName,
  metric: Metric,
): Float64Array {
  return Float64Array.from(results, ({ ranks }) => worthOf(ranks[name], metric));
}

function worthOf(rank: number, metric: Metric): number {
  if (rank === 0 || rank > NEXT_ITEM_CUTOFF) return 0;
  return metric === "hr@20" ? 1 : 1 / rank;
}

function eachBaseline<T>(of: (name: NextItemBaselineName) => T): Record<NextItemBaselineName, T> {
  return Object.fromEntries(NEXT_ITEM_BASELINES.map((name) => [name, of(name)])) as Record<NextItemBaselineName, T>;
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
