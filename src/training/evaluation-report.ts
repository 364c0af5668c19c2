// From the orders of the test lists to the figures of a report: means, intervals that respect visitors, differences.
import { bootstrapMean, pairedBootstrap } from "./bootstrap.ts";
import { ndcgAt, reciprocalRankAt } from "./metrics.ts";

export const BASELINES = ["popular", "ctr", "logged-order"] as const;
export type Baseline = (typeof BASELINES)[number];
export type RankingName = "model" | "recorded" | Baseline;

/** One test list: each ranking holds candidate indices, best first. */
export interface ListResult {
  /** Number of the person: an anonymous visitor and the user that it became are one. */
  readonly visitor: number;
  /** Nothing was known of the visitor. */
  readonly firstList: boolean;
  readonly labels: Float32Array;
  readonly rankings: Readonly<Record<"model" | Baseline, readonly number[]>> & {
    readonly recorded?: readonly number[];
  };
}

export interface Metrics {
  readonly "ndcg@10": number;
  readonly mrr: number;
}

type Interval = readonly [number, number];

export interface Breakdown {
  readonly queries: number;
  readonly metrics: Metrics;
  readonly baselines: Readonly<Record<Baseline, Metrics>>;
}

export interface Evaluation extends Breakdown {
  /** Id of the snapshot that ranked. */
  readonly snapshot: string;
  readonly ci95: Readonly<Record<keyof Metrics, Interval>>;
  /** Model minus baseline in NDCG@10, by paired bootstrap over visitors. */
  readonly versus: Readonly<Record<Baseline, { readonly delta: number; readonly ci95: Interval }>>;
  /** Lists of visitors of whom nothing was known, and of the others. */
  readonly breakdown: { readonly "first-list": Breakdown | null; readonly returning: Breakdown | null };
  /** What a running system returned for the same lists. */
  readonly recorded?: {
    readonly metrics: Metrics;
    /** Versions that ranked: more than one, and the figures are of a mixture. */
    readonly snapshots: readonly string[];
    /** Lists that it ordered otherwise than this evaluation. */
    readonly differing: number;
    /** Test lists without a recorded decision: left out everywhere. */
    readonly missing: number;
  };
}

/** @param results at least one, in log order */
export function summarize(
  results: readonly ListResult[],
  run: {
    readonly snapshot: string;
    readonly seed: number;
    /** Set when the results have recorded rankings. */
    readonly recorded?: { readonly snapshots: readonly string[]; readonly missing: number };
  },
): Evaluation {
  const { snapshot, seed, recorded } = run;
  const clusters = results.map(({ visitor }) => visitor);
  const ndcg = (name: RankingName): Float64Array => measure(results, name, ndcg10);
  const model = ndcg("model");
  const apart = (firstList: boolean): Breakdown | null => {
    const some = results.filter((result) => result.firstList === firstList);
    return some.length === 0 ? null : figures(some);
  };
  return {
    snapshot,
    ...figures(results),
    ci95: {
      "ndcg@10": bootstrapMean(model, { seed, clusters }).ci95,
      mrr: bootstrapMean(measure(results, "model", mrr), { seed, clusters }).ci95,
    },
    versus: mapBaselines((name) => pairedBootstrap(model, ndcg(name), { seed, clusters })),
    breakdown: { "first-list": apart(true), returning: apart(false) },
    ...(recorded ? { recorded: { ...recordedFigures(results), ...recorded } } : {}),
  };
}

function figures(results: readonly ListResult[]): Breakdown {
  return {
    queries: results.length,
    metrics: metricsOf(results, "model"),
    baselines: mapBaselines((name) => metricsOf(results, name)),
  };
}

function recordedFigures(results: readonly ListResult[]) {
  const differing = results.filter(({ rankings: { model, recorded = [] } }) => {
    return model.length !== recorded.length || model.some((row, rank) => row !== recorded[rank]);
  });
  return { metrics: metricsOf(results, "recorded"), differing: differing.length };
}

function mapBaselines<T>(of: (name: Baseline) => T): Record<Baseline, T> {
  return { popular: of("popular"), ctr: of("ctr"), "logged-order": of("logged-order") };
}

type Measure = (labels: Float32Array, ranking: readonly number[]) => number;
const ndcg10: Measure = (labels, ranking) => ndcgAt(labels, ranking, 10);
const mrr: Measure = (labels, ranking) => reciprocalRankAt(labels, ranking);

function measure(results: readonly ListResult[], name: RankingName, of: Measure): Float64Array {
  return Float64Array.from(results, ({ labels, rankings }) => of(labels, rankings[name] ?? []));
}

function metricsOf(results: readonly ListResult[], name: RankingName): Metrics {
  const mean = (of: Measure): number => measure(results, name, of).reduce((a, b) => a + b, 0) / results.length;
  return { "ndcg@10": mean(ndcg10), mrr: mean(mrr) };
}
