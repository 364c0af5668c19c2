// The report on the features: which were dropped and why, and what each of those kept is worth.
import type { FeatureSelection } from "../drop-features.ts";
import type { Protocol } from "../held-out.ts";
import { axisTrack, intervalTrack } from "./charts.ts";
import { code, interval, signedFinely, table, whole } from "./html.ts";
import { CHOSEN_BY } from "./names.ts";
import { toneOf } from "./quality-section.ts";
import { linearScale } from "./scale.ts";

/** Standard errors that an interval of 95 % reaches to either side. */
const REACH = 1.96;

export function selectionSection(selection: FeatureSelection | null, protocol: Protocol): string {
  if (selection === null) return "<p>All features were kept, as was asked for or because there were too few lists.</p>";
  const { columns, cost, dropped, worth } = selection;
  return `<p>Of ${whole(columns.all)} columns ${whole(columns.kept)} are kept: by the costs that features declare ${whole(cost.kept)} of ${whole(cost.all)} ns a candidate.
A feature goes when its columns never vary, or while visitors left out of the training are predicted no worse than with all features.</p>
${checkOf(selection, protocol)}${droppedTable(dropped)}${worthTable(worth)}`;
}

function checkOf({ check }: FeatureSelection, protocol: Protocol): string {
  if (check === null) return "";
  const { delta, standardError, passed } = check;
  const change = `${CHOSEN_BY[protocol]} changed by ${signedFinely(delta)} ± ${standardError.toFixed(4)} on the validation lists`;
  return passed
    ? `<p>${change}.</p>`
    : `<p class="warning">${change} without the others that were not missed there: so these stayed.</p>`;
}

function droppedTable(dropped: FeatureSelection["dropped"]): string {
  if (dropped.length === 0) return "";
  const rows = dropped.map(({ feature, columns, cost, reason, loss, standardError }) => [
    code(feature),
    String(columns),
    whole(cost),
    reason === "constant" ? "never varies" : `${signedFinely(loss)} ± ${standardError.toFixed(4)}`,
  ]);
  const heads = [
    { head: "Dropped" },
    { head: "Columns", kind: "number" },
    { head: "ns a candidate", kind: "number" },
    { head: "Cross-entropy since the start", kind: "number" },
  ] as const;
  return `<details><summary>${dropped.length} features dropped</summary>${table("In the order in which they went", heads, rows)}</details>`;
}

function worthTable(worth: FeatureSelection["worth"]): string {
  if (worth.length === 0) return "";
  const bounds = ({ loss, standardError }: FeatureSelection["worth"][number]): readonly [number, number] => [
    loss - REACH * standardError,
    loss + REACH * standardError,
  ];
  const scale = linearScale([0, ...worth.flatMap((change) => [...bounds(change)])]);
  const rows = worth.map((change) => [
    code(change.feature),
    intervalTrack(scale, change.loss, bounds(change), toneOf(bounds(change))),
    `<b>${signedFinely(change.loss)}</b>`,
    `<span class="ci">${interval(bounds(change), signedFinely)}</span>`,
  ]);
  const heads = [
    { head: "Feature" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Worth", kind: "number" },
    { head: "95 %", kind: "number" },
  ] as const;
  return `<details><summary>What each feature kept is worth to the linear model</summary>${table("Cross-entropy that is lost without it alone", heads, rows)}</details>`;
}
