// The report on quality: the held-out lists by each ranking, the differences, and lists of unknown visitors apart.
import { axisTrack, intervalTrack } from "./charts.ts";
import type { HeldOutFigures } from "./held-out-figures.ts";
import { interval, metric, signed, table, whole } from "./html.ts";
import { metricName, nameOf, UNITS } from "./names.ts";
import { linearScale } from "./scale.ts";

/** @param figures null when nothing was held back */
export function qualitySection(figures: HeldOutFigures | null): string {
  if (figures === null) {
    return `<p>No lists were held back from training: the log is too small for that, or <code>--holdout 0</code> was given.
What is left to go by are the lists that chose the ranker, below; they are a little too kind to what they chose.</p>`;
  }
  const { metrics, parts } = figures;
  const means = metrics.map((name) => meansOf(figures, name)).join("");
  const differences = metrics.map((name) => differencesOf(figures, name)).join("");
  return `<p>${whole(figures.lists)} ${UNITS[figures.protocol]} of ${whole(figures.visitors)} visitors, the newest of the log, held back from training and ranked by the
pipeline that serves, with what was known of each visitor just before and the item statistics of the split. Intervals are of
95 %, by bootstrap over visitors.</p>
<div class="columns">${means}</div>
<h3>Is it better than doing without a model?</h3>
<p>Differences are paired by ${UNITS[figures.protocol].slice(0, -1)}. An interval right of 0 is proof that the model ranks better, even where the
intervals above overlap.</p>
<div class="columns">${differences}</div>
${parts.length === 0 ? "" : `<h3>Visitors of whom nothing is known</h3>${partsOf(figures)}`}`;
}

function meansOf({ rankings }: HeldOutFigures, name: string): string {
  const all = rankings.map((ranking) => ({ name: ranking.name, ...at(ranking.values, name) }));
  const scale = linearScale(all.flatMap(({ mean, ci95 }) => [mean, ...ci95]));
  const rows = all.map(({ name, mean, ci95 }) => [
    nameOf(name),
    intervalTrack(scale, mean, ci95, name === "model" ? "main" : "other"),
    `<b>${metric(mean)}</b>`,
    `<span class="ci">${interval(ci95)}</span>`,
  ]);
  const columns = [
    { head: "Ranking" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Mean", kind: "number" },
    { head: "95 %", kind: "number" },
  ] as const;
  return table(metricName(name), columns, rows);
}

function differencesOf({ versus }: HeldOutFigures, name: string): string {
  const own = versus.filter(({ metric }) => metric === name);
  const scale = linearScale([0, ...own.flatMap(({ delta, ci95 }) => [delta, ...ci95])]);
  const rows = own.map(({ name, delta, ci95 }) => [
    nameOf(name),
    intervalTrack(scale, delta, ci95, toneOf(ci95)),
    `<b>${signed(delta)}</b>`,
    `<span class="ci">${interval(ci95, signed)}</span>`,
  ]);
  const columns = [
    { head: "Compared with" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Difference", kind: "number" },
    { head: "95 %", kind: "number" },
  ] as const;
  return table(`${metricName(name)}: this model minus …`, columns, rows);
}

function partsOf({ metrics, parts }: HeldOutFigures): string {
  const [deciding = ""] = metrics;
  const best = parts[0]?.baseline.name ?? "";
  const scale = linearScale([0, ...parts.flatMap(({ delta, ci95 }) => [delta, ...ci95])]);
  const rows = parts.map(({ name, lists, model, baseline, delta, ci95 }) => [
    `${nameOf(name)}<small>${whole(lists)} lists, model ${metric(model.mean)}, ${nameOf(best).toLowerCase()} ${metric(baseline.mean)}</small>`,
    intervalTrack(scale, delta, ci95, toneOf(ci95)),
    `<b>${signed(delta)}</b>`,
    `<span class="ci">${interval(ci95, signed)}</span>`,
  ]);
  const columns = [
    { head: "Lists of" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Difference", kind: "number" },
    { head: "95 %", kind: "number" },
  ] as const;
  const unknown = parts.find(({ name }) => name === "first-list");
  const told = unknown === undefined ? "<p>Every held-out list is of a visitor who was seen before.</p>" : "";
  return (
    told +
    table(
      `${metricName(deciding)}: this model minus ${nameOf(best).toLowerCase()}, the strongest baseline`,
      columns,
      rows,
    )
  );
}

/** What an interval proves. */
export function toneOf([low, high]: readonly [number, number]): string {
  if (low > 0) return "good";
  return high < 0 ? "bad" : "other";
}

function at<T>(values: Readonly<Record<string, T>>, name: string): T {
  return values[name] as T;
}
