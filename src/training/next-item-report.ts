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
  /** The first prediction of its session. */
  readonly first: boolean;
  /** What came next is the current item once more. */
  readonly repeat: boolean;
}

export interface NextItemMetrics {
  readonly "hr@20": number;
  readonly "mrr@20": number;
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
}

/** @param results at least one */
export function summarizeNextItem(
  results: readonly NextItemResult[],
  run: { readonly snapshot: string; readonly seed: number },
): NextItemEvaluation {
  const { seed, snapshot } = run;
  const clusters = results.map(({ session }) => session);
  const versus = (name: NextItemBaselineName, metric: Metric): Difference =>
    pairedBootstrap(valuesOf(results, "model", metric), valuesOf(results, name, metric), { seed, clusters });
  const interval = (metric: Metric): Interval =>
    bootstrapMean(valuesOf(results, "model", metric), { seed, clusters }).ci95;
  const part = (holds: (result: NextItemResult) => boolean): Figures | null => {
    const some = results.filter(holds);
    return some.length === 0 ? null : figuresOf(some);
  };
  return {
    snapshot,
    sessions: new Set(clusters).size,
    repeats: "allowed",
    ...figuresOf(results),
    ci95: { "hr@20": interval("hr@20"), "mrr@20": interval("mrr@20") },
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
  };
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
  return Float64Array.from(results, ({ ranks }) => {
    const rank = ranks[name];
    if (rank === 0 || rank > NEXT_ITEM_CUTOFF) return 0;
    return metric === "hr@20" ? 1 : 1 / rank;
  });
}

function eachBaseline<T>(of: (name: NextItemBaselineName) => T): Record<NextItemBaselineName, T> {
  return Object.fromEntries(NEXT_ITEM_BASELINES.map((name) => [name, of(name)])) as Record<NextItemBaselineName, T>;
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
