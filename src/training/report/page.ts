// The report of a training as one HTML file that needs no network: text, tables and pictures out of report.json, nothing else.
// Equal reports give equal bytes.
import type { FeatureEntry } from "../../snapshot/manifest.ts";
import type { FullReport } from "../train-with-report.ts";
import { costSection, dataSection, featuresSection } from "./data-section.ts";
import type { HeldOutFigures } from "./held-out-figures.ts";
import { bytes, escaped, instant, interval, metric, seconds, signed, whole } from "./html.ts";
import { KINDS, metricName, nameOf, UNITS } from "./names.ts";
import { qualitySection } from "./quality-section.ts";
import { choiceSection, importanceSection, learningSection, type RankerFigures } from "./ranker-section.ts";
import { selectionSection } from "./selection-section.ts";
import { STYLE } from "./style.ts";

/** @param features as the manifest lists them */
export function renderReport(report: FullReport, features: readonly FeatureEntry[]): string {
  const { snapshot, heldOut, data, span, seed } = report;
  const ranker: RankerFigures = report.ranker;
  const deciding = heldOut?.metrics[0] ?? "ndcg@10";
  const overOrderShown = heldOut?.versus.find(({ name, metric }) => name === "logged-order" && metric === "ndcg@10");
  const sections: readonly (readonly [string, string])[] = [
    ["How well it ranks", qualitySection(heldOut)],
    ["How the ranker was chosen", choiceSection(ranker, overOrderShown, heldOut?.protocol ?? "rerank")],
    ["What it does without", selectionSection(ranker.selection ?? null, heldOut?.protocol ?? "rerank")],
    ["What it looks at", importanceSection(heldOut?.importance ?? null, ranker, deciding)],
    ...(heldOut === null
      ? []
      : ([["Would more data help?", learningSection(heldOut.learningCurve, deciding)]] as const)),
    ["What it learned from", dataSection(data)],
    ["Time and memory", costSection(report.seconds, report.peakBytes, report.bytes)],
    ["Features", featuresSection(features)],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Training report of snapshot ${escaped(snapshot)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Training report</h1>
<p class="soft">Nowcast snapshot <code>${escaped(snapshot)}</code>, learned from events of ${instant(span.from)} to ${instant(span.until)}, seed ${seed}</p>
${report.adopted === undefined ? "" : ADOPTED}${refitted(report)}<p class="lead">${leadOf(heldOut)}</p>
${tilesOf(report)}
</header>
<main>
${sections.map(([title, content]) => `<section><h2>${title}</h2>${content}</section>`).join("\n")}
<p class="foot">Made by <code>nowcast train</code>. All figures stand in <code>report.json</code> beside this page; equal logs, options and seeds give equal ones,
but for time and memory.</p>
</main>
</body>
</html>
`;
}

const ADOPTED = `<p class="warning"><b>The ranker was replaced since by one that was trained elsewhere.</b> What stands here of the ranker
is of the one before.</p>
`;

/** What was measured, where that is not what is published. */
function refitted({ refit }: FullReport): string {
  if (refit === null || refit === undefined) return "";
  const { check, candidate, queries, until } = refit;
  if (!check.passed) {
    return `<p class="warning"><b>Learned again from the whole log, the model ranked the lists held back worse than before</b> (${signed(check.delta)}), though it had learned
from them by then. So this is the snapshot that was measured; its log may hold something new that misleads it.</p>
`;
  }
  return `<p class="soft">The lists held back were ranked by its candidate <code>${escaped(candidate)}</code>, which learned from ${whole(queries)} lists, until
${instant(until)}. Then the same recipe learned from the whole log: that is this snapshot.</p>
`;
}

/** The finding in a sentence or two. */
function leadOf(figures: HeldOutFigures | null): string {
  if (figures === null)
    return "No lists were held back, so this report cannot say how well the model ranks what it has not seen.";
  const [deciding = ""] = figures.metrics;
  const mean = figures.rankings[0]?.values[deciding]?.mean ?? 0;
  const { name, delta, ci95 } = hardestOf(figures);
  const against = nameOf(name).toLowerCase();
  const proven =
    ci95[0] > 0
      ? `It beats the strongest baseline, ${against}, by ${signed(delta)}, and its 95 % interval, ${interval(ci95, signed)}, excludes 0.`
      : ci95[1] < 0
        ? `It is worse than ${against} by ${signed(delta)} (${interval(ci95, signed)}): better not publish it.`
        : `Against the strongest baseline, ${against}, the difference of ${signed(delta)} may be chance (${interval(ci95, signed)}).`;
  return `On ${whole(figures.lists)} ${UNITS[figures.protocol]} that training did not see, the model reaches ${metricName(deciding)} <b>${metric(mean)}</b>. ${proven}`;
}

/** The difference to the strongest baseline, in the metric that decides. */
function hardestOf({ versus, metrics }: HeldOutFigures): HeldOutFigures["versus"][number] {
  const others = versus.filter(({ metric, name }) => metric === metrics[0] && name !== "linear");
  return others.reduce((a, b) => (b.delta < a.delta ? b : a));
}

function tilesOf({ heldOut, counts, ranker, seconds: took, peakBytes }: FullReport): string {
  const { kind = "linear" }: RankerFigures = ranker;
  const total = Object.values(took).reduce((sum, value) => sum + value, 0);
  const tiles: [string, string, string][] = [];
  for (const name of heldOut?.metrics ?? []) {
    const value = heldOut?.rankings[0]?.values[name];
    if (value) tiles.push([metricName(name), metric(value.mean), interval(value.ci95)]);
  }
  if (heldOut !== null) {
    const { name, delta, ci95 } = hardestOf(heldOut);
    tiles.splice(1, 0, [`Over ${nameOf(name).toLowerCase()}`, signed(delta), interval(ci95, signed)]);
  }
  tiles.push(
    ["Ranker", KINDS[kind] ?? escaped(kind), `${ranker.weights.length} columns`],
    ["Training lists", whole(counts.queries), `${whole(counts.rows)} candidates`],
    ["Events", whole(counts.events), `of ${whole(counts.visitors)} visitors`],
    ["Items", whole(counts.items), "in the catalogue"],
    ["Time", seconds(total), `${bytes(Math.max(0, ...Object.values(peakBytes)))} at most`],
  );
  const shown = tiles.map(
    ([name, value, more]) => `<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`,
  );
  return `<dl class="tiles">${shown.join("")}</dl>`;
}
