// How well the model ranks the lists that were held back, beside what it has to beat: means with intervals that respect
// visitors, paired differences, and the lists of visitors of whom nothing was known apart.
import { decodeView } from "../../profile/view-codec.ts";
import { bootstrapMean, pairedBootstrap } from "../bootstrap.ts";
import type { HeldOut, Protocol } from "../held-out.ts";
import { METRICS, type Measured, measureRankings } from "../rank-held-out.ts";

type Interval = readonly [number, number];

export interface MeanOfMetric {
  readonly mean: number;
  readonly ci95: Interval;
}

export interface HeldOutFigures {
  readonly protocol: Protocol;
  readonly lists: number;
  readonly visitors: number;
  /** ISO 8601: the oldest and the newest list. */
  readonly span: { readonly from: string; readonly until: string };
  /** Names; the first decides. */
  readonly metrics: readonly string[];
  /** `model` first. */
  readonly rankings: readonly {
    readonly name: string;
    readonly values: Readonly<Record<string, MeanOfMetric>>;
  }[];
  /** Model minus each of the others. */
  readonly versus: readonly {
    readonly name: string;
    readonly metric: string;
    readonly delta: number;
    readonly ci95: Interval;
  }[];
  /** Of the metric that decides: lists of visitors of whom nothing was known, and of the others. */
  readonly parts: readonly {
    readonly name: "first-list" | "returning";
    readonly lists: number;
    readonly model: MeanOfMetric;
    /** The best of the others over all lists, and the model's difference to it. */
    readonly baseline: MeanOfMetric & { readonly name: string };
    readonly delta: number;
    readonly ci95: Interval;
  }[];
}

/** @param rankings of each name the ids of each list, best first; `model` among them, and another one at least */
export function heldOutFigures(
  { protocol, lists }: HeldOut,
  rankings: Readonly<Record<string, readonly (readonly string[])[]>>,
  seed: number,
): HeldOutFigures {
  const clusters = lists.map(({ visitor }) => visitor);
  const measured = new Map(
    Object.entries(rankings).map(([name, all]) => [name, measureRankings(protocol, lists, all)]),
  );
  const others = [...measured.keys()].filter((name) => name !== "model");
  const values = (name: string, metric: string): Float64Array =>
    (measured.get(name) as Measured)[metric] as Float64Array;
  const metrics = METRICS[protocol].map(({ name }) => name);
  const [deciding] = metrics as [string, ...string[]];
  const mean = (name: string): number => bootstrapMean(values(name, deciding), { seed, resamples: 1 }).mean;
  // The model's own linear part is no way to do without it.
  const baselines = others.filter((name) => name !== "linear");
  const best = baselines.reduce((a, b) => (mean(b) > mean(a) ? b : a), baselines[0] as string);
  const first = lists.map(({ view }) => isUnknown(view));
  const part = (name: "first-list" | "returning") => {
    const chosen = [...first.keys()].filter((list) => first[list] === (name === "first-list"));
    if (chosen.length === 0) return [];
    const own = Float64Array.from(chosen, (list) => values("model", deciding)[list] as number);
    const other = Float64Array.from(chosen, (list) => values(best, deciding)[list] as number);
    const options = { seed, clusters: chosen.map((list) => clusters[list] as number) };
    const baseline = { name: best, ...bootstrapMean(other, options) };
    const model = bootstrapMean(own, options);
    return [{ name, lists: chosen.length, model, baseline, ...pairedBootstrap(own, other, options) }];
  };
  return {
    protocol,
    lists: lists.length,
    visitors: new Set(clusters).size,
    span: { from: isoOf(lists[0]?.ts), until: isoOf(lists.at(-1)?.ts) },
    metrics,
    rankings: ["model", ...others].map((name) => ({
      name,
      values: Object.fromEntries(
        metrics.map((metric) => [metric, bootstrapMean(values(name, metric), { seed, clusters })]),
      ),
    })),
    versus: metrics.flatMap((metric) =>
      others.map((name) => ({
        name,
        metric,
        ...pairedBootstrap(values("model", metric), values(name, metric), { seed, clusters }),
      })),
    ),
    parts: [...part("first-list"), ...part("returning")],
  };
}

/** Whether nothing was known of the visitor that could be told from items. */
function isUnknown(view: Uint8Array): boolean {
  const { touches, shown } = decodeView(view);
  return touches.length === 0 && shown.length === 0;
}

function isoOf(ts = 0): string {
  return new Date(ts).toISOString();
}
