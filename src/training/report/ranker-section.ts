// The report on the ranker: how it was chosen, what it looks at, and whether more data would help it.
import type { TriedBoosting } from "../boostings.ts";
import type { FeatureSelection } from "../drop-features.ts";
import type { Protocol } from "../held-out.ts";
import { axisTrack, barTrack, intervalTrack, lineChart } from "./charts.ts";
import { code, escaped, figure, interval, metric, percent, signed, signedFinely, table, whole } from "./html.ts";
import type { FeatureImportance } from "./importance.ts";
import type { LearningCurvePoint } from "./learning-curve.ts";
import { CHOSEN_BY, KINDS, metricName } from "./names.ts";
import { toneOf } from "./quality-section.ts";
import { linearScale, logScale } from "./scale.ts";

/** What a report says of the ranker that was fitted. */
export interface RankerFigures {
  readonly kind?: string;
  readonly l2: number;
  /** Left out by reports of before there was a choice. */
  readonly penalty?: "even" | "adaptive";
  readonly weights: readonly { readonly column: string; readonly weight: number }[];
  readonly trees?: {
    readonly trees: number;
    readonly gains: readonly { readonly column: string; readonly share: number }[];
  } | null;
  /** Left out by reports of before there was one. */
  readonly selection?: FeatureSelection | null;
  readonly validation: {
    readonly queries: number;
    readonly ndcg10: { readonly model: number; readonly ctr: number; readonly loggedOrder: number };
    readonly trials: readonly { readonly l2: number; readonly crossEntropy: number }[];
    readonly kinds?: readonly {
      readonly kind: string;
      readonly measure: number;
      readonly trees: number;
      /** What the trees are multiplied with. */
      readonly weight?: number;
      readonly gain: { readonly over: string; readonly delta: number; readonly standardError: number } | null;
    }[];
    /** The metric of the trees alone: without any, and after each. */
    readonly boosting?: readonly number[];
    readonly boostings?: readonly TriedBoosting[];
  } | null;
}

const OBJECTIVES: Readonly<Record<TriedBoosting["objective"], string>> = {
  softmax: "softmax of the list",
  lambdarank: "LambdaMART",
};

/** @param heldOut what the model gained over the order shown on the held-out lists in NDCG@10, where it is known */
export function choiceSection(
  { l2, penalty = "even", kind = "linear", validation }: RankerFigures,
  heldOut: { readonly delta: number; readonly ci95: readonly [number, number] } | undefined,
  protocol: Protocol,
): string {
  if (validation === null) {
    return `<p>There were too few lists to choose anything on: a linear model with the penalty ${l2} stands.</p>`;
  }
  const { queries, ndcg10, kinds = [], boosting = [], boostings = [], trials } = validation;
  const rows =
    kinds.length > 0
      ? kinds.map(({ kind: tried, measure, trees, weight = 1, gain }) => [
          `${KINDS[tried] ?? escaped(tried)}${tried === kind ? " <em>chosen</em>" : ""}`,
          trees === 0 ? "–" : `${whole(trees)}${weight === 1 ? "" : ` × ${weight}`}`,
          metric(measure),
          gain === null
            ? "–"
            : `${signedFinely(gain.delta)} ± ${gain.standardError.toFixed(4)} <span class="ci">over ${(KINDS[gain.over] ?? gain.over).toLowerCase()}</span>`,
        ])
      : [[`${KINDS[kind] ?? kind} <em>chosen</em>`, "–", metric(ndcg10.model), "–"]];
  const orders =
    protocol === "rerank"
      ? [
          ["Item click rate", "–", metric(ndcg10.ctr), "–"],
          ["Order shown", "–", metric(ndcg10.loggedOrder), "–"],
        ]
      : [];
  const columns = [
    { head: "Kind" },
    { head: "Trees", kind: "number" },
    { head: CHOSEN_BY[protocol], kind: "number" },
    { head: "Gain ± its standard error", kind: "number" },
  ] as const;
  return `<p>Chosen on the last ${whole(queries)} lists of the training part, by models that had not seen them; then everything was used. A dearer
kind must gain more than twice the standard error of its gain.</p>
${heldOut === undefined ? "" : promiseOf(ndcg10.model - ndcg10.loggedOrder, heldOut)}${table("Kinds of ranker", columns, [...rows, ...orders])}
${boostings.length < 2 ? "" : `<p>The trees are the better of ${boostings.map(({ objective, measure, trees }) => `${OBJECTIVES[objective]} ${metric(measure)} (${whole(trees)} trees)`).join(" and ")}.</p>`}
<div class="columns">${penaltyChart(l2, penalty, trials)}${stoppingChart(boosting, kinds.find(({ trees }) => trees > 0)?.trees ?? 0, CHOSEN_BY[protocol])}</div>`;
}

/** Above the interval of the held-out lists by this much, validation was of something else than serving. */
const TOO_KIND = 0.02;

/** Gains are compared, not means: the newest lists may be harder to rank for anybody. */
function promiseOf(promised: number, { delta, ci95 }: { delta: number; ci95: readonly [number, number] }): string {
  if (promised <= ci95[1] + TOO_KIND) return "";
  return `<p class="warning"><b>These lists promised ${signed(promised)} over the order shown, the held-out ones gave ${signed(delta)}.</b> Either the
newest lists are of another kind, or the training rows know something that serving does not. Trust the held-out figures.</p>`;
}

function penaltyChart(
  l2: number,
  penalty: "even" | "adaptive",
  trials: readonly { readonly l2: number; readonly crossEntropy: number }[],
): string {
  const points = trials.map(({ l2, crossEntropy }) => ({ x: l2, y: crossEntropy })).sort((a, b) => a.x - b.x);
  const chosen = points.find(({ x }) => x === l2);
  if (points.length < 2 || points.some(({ x }) => x <= 0)) return "";
  const chart = lineChart({
    label: `Cross-entropy by L2 penalty: lowest at ${l2}`,
    x: logScale(points.map(({ x }) => x)),
    y: linearScale(points.map(({ y }) => y)),
    xTitle: `L2 penalty (chosen: ${l2})`,
    yTitle: "Cross-entropy",
    series: [{ name: "validation lists", tone: "main", points }],
    ...(chosen ? { mark: chosen } : {}),
  });
  return figure(
    `Penalty of the linear model, ${penalty === "even" ? "the same of all columns" : "more of weak features"}`,
    chart,
  );
}

/** @param kept trees */
function stoppingChart(trace: readonly number[], kept: number, measure: string): string {
  const best = trace[kept];
  if (trace.length < 2 || best === undefined) return "";
  const points = trace.map((y, x) => ({ x, y }));
  const chart = lineChart({
    label: `${measure} of the trees on the validation lists by their number: ${metric(best)} with the ${kept} that are kept`,
    x: linearScale(points.map(({ x }) => x)),
    y: linearScale(trace),
    xTitle: `Trees (kept: ${kept})`,
    yTitle: measure,
    series: [{ name: "trees alone", tone: "third", points }],
    dots: false,
    mark: { x: kept, y: best },
  });
  return figure("Early stopping of the trees", chart);
}

const SHOWN = 15;

export function importanceSection(
  importance: { readonly lists: number; readonly features: readonly FeatureImportance[] } | null,
  { weights, trees }: RankerFigures,
  deciding: string,
): string {
  const parts: string[] = [];
  if (importance !== null && importance.features.length > 0) {
    const { features, lists } = importance;
    const scale = linearScale([0, ...features.flatMap(({ loss, ci95 }) => [loss, ...ci95])]);
    const columns = [
      { head: "Feature" },
      { head: axisTrack(scale), kind: "chart" },
      { head: "Loss", kind: "number" },
      { head: "95 %", kind: "number" },
    ] as const;
    const rows = features.map(({ feature, loss, ci95 }) => [
      code(feature),
      intervalTrack(scale, loss, ci95, toneOf(ci95)),
      `<b>${signedFinely(loss)}</b>`,
      `<span class="ci">${interval(ci95, signedFinely)}</span>`,
    ]);
    parts.push(
      `<p>What ${metricName(deciding)} falls by when the columns of a feature are shuffled among the candidates of each of ${whole(lists)} held-out lists
(permutation importance; nothing is trained anew, so what another feature says as well is missed less than it would be alone).</p>`,
      folded(columns, rows, `${metricName(deciding)} lost without each feature`, "features"),
    );
  }
  const strongest = weights.filter(({ weight }) => weight !== 0);
  if (strongest.length > 0) {
    const scale = linearScale([0, ...strongest.map(({ weight }) => weight)]);
    const columns = [
      { head: "Column" },
      { head: axisTrack(scale), kind: "chart" },
      { head: "Weight", kind: "number" },
    ] as const;
    const rows = strongest.map(({ column, weight }) => [
      code(column),
      barTrack(scale, weight, weight < 0 ? "bad" : "main"),
      signed(weight),
    ]);
    parts.push(
      "<h3>Weights of the linear model</h3>",
      folded(columns, rows, "Per standard deviation of the column", "columns"),
    );
  }
  if (trees) {
    const scale = linearScale([0, ...trees.gains.map(({ share }) => share)]);
    const columns = [
      { head: "Column" },
      { head: axisTrack(scale), kind: "chart" },
      { head: "Share", kind: "number" },
    ] as const;
    const rows = trees.gains.map(({ column, share }) => [
      code(column),
      barTrack(scale, share, "third"),
      percent(share),
    ]);
    parts.push("<h3>What the trees split on</h3>", folded(columns, rows, "Share of what all splits gained", "columns"));
  }
  return parts.join("");
}

/** The first rows open, the others behind a fold. */
function folded(
  columns: Parameters<typeof table>[1],
  rows: Parameters<typeof table>[2],
  caption: string,
  what: string,
): string {
  const open = table(caption, columns, rows.slice(0, SHOWN));
  const rest = rows.slice(SHOWN);
  if (rest.length === 0) return open;
  return `${open}<details><summary>The other ${rest.length} ${what}</summary>${table(`${caption}, continued`, columns, rest)}</details>`;
}

export function learningSection(points: readonly LearningCurvePoint[], deciding: string): string {
  const [last, before] = [points.at(-1), points.at(-2)];
  if (last === undefined || before === undefined) return "<p>There are too few lists to tell.</p>";
  const shown = points.map(({ lists, mean, ci95 }) => ({ x: lists, y: mean, ci95 }));
  const chart = lineChart({
    label: `${metricName(deciding)} of the linear model by training lists: ${points.map(({ lists, mean }) => `${whole(lists)} lists ${metric(mean)}`).join(", ")}`,
    x: logScale(shown.map(({ x }) => x)),
    y: linearScale(shown.flatMap(({ ci95 }) => [...ci95])),
    xTitle: "Training lists (logarithmic)",
    yTitle: metricName(deciding),
    series: [{ name: "linear model", tone: "main", points: shown }],
  });
  const gained = last.mean - before.mean;
  return `<div class="columns"><p>The linear model fitted to a random part of the training lists, measured on the held-out ones; item vectors and statistics are those of the whole
log throughout. From ${whole(before.lists)} to ${whole(last.lists)} lists it changed by ${signed(gained)}${
    gained > 0.003 ? ": more lists may still help." : ": more of the same lists would help little."
  }</p>${figure(`${metricName(deciding)} by amount of data`, chart)}</div>`;
}
