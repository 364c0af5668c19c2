// The report on what went in and what it cost: the log, the lists, time and memory, the features.
import type { FeatureEntry } from "../../snapshot/manifest.ts";
import { axisTrack, barTrack, columnChart } from "./charts.ts";
import type { DataCounts } from "./data-counts.ts";
import { bytes, code, escaped, figure, percent, seconds, table, whole } from "./html.ts";
import { linearScale } from "./scale.ts";

export function dataSection({ eventsByType, listSizes, positions }: DataCounts): string {
  const all = eventsByType.reduce((sum, { events }) => sum + events, 0);
  const scale = linearScale([0, ...eventsByType.map(({ events }) => events)]);
  const rows = eventsByType.map(({ type, events }) => [
    code(type),
    barTrack(scale, events),
    whole(events),
    percent(events / all),
  ]);
  const columns = [
    { head: "Type" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Events", kind: "number" },
    { head: "Share", kind: "number" },
  ] as const;
  return `${table("Events by type", columns, rows)}<div class="columns">${sizesChart(listSizes)}${positionsChart(positions)}</div>`;
}

function sizesChart(sizes: DataCounts["listSizes"]): string {
  const [only] = sizes;
  if (only === undefined) return "";
  if (sizes.length === 1 && only.from === only.to) return `<p>Every clicked list had ${only.from} candidates.</p>`;
  const columns = sizes.map(({ from, to, lists }) => ({
    name: from === to ? `${from}` : `${from}–${to}`,
    value: lists,
  }));
  const chart = columnChart({
    label: `Lists by number of candidates: ${columns.map(({ name, value }) => `${name}: ${value}`).join(", ")}`,
    y: linearScale([0, ...columns.map(({ value }) => value)]),
    xTitle: "Candidates in the list",
    yTitle: "Clicked lists",
    columns,
  });
  return figure("How long the lists were", chart);
}

function positionsChart(positions: DataCounts["positions"]): string {
  if (positions.length === 0) return "";
  const columns = positions.map(({ position, shown, clicked }) => ({
    name: String(position + 1),
    value: clicked / shown,
  }));
  const chart = columnChart({
    label: `Share of clicked lists whose item at a position was clicked: ${columns.map(({ name, value }) => `${name}: ${percent(value)}`).join(", ")}`,
    y: linearScale([0, ...columns.map(({ value }) => value)]),
    xTitle: "Position in the list",
    yTitle: "Clicked, share of lists",
    columns,
  });
  return figure("Where visitors clicked", chart);
}

export function costSection(
  took: Readonly<Record<string, number>>,
  peaks: Readonly<Record<string, number>>,
  snapshotBytes: number,
): string {
  const stages = Object.entries(took);
  const scale = linearScale([0, ...stages.map(([, value]) => value)]);
  const rows = stages.map(([name, value]) => [
    escaped(name),
    barTrack(scale, value),
    seconds(value),
    bytes(peaks[name] ?? 0),
  ]);
  const columns = [
    { head: "Stage" },
    { head: axisTrack(scale), kind: "chart" },
    { head: "Time", kind: "number" },
    { head: "Peak memory so far", kind: "number" },
  ] as const;
  const total = stages.reduce((sum, [, value]) => sum + value, 0);
  const most = Math.max(0, ...Object.values(peaks));
  return `<p>${seconds(total)} in all, ${bytes(most)} of memory at most, a snapshot of ${bytes(snapshotBytes)}.</p>${table("By stage", columns, rows)}`;
}

export function featuresSection(features: readonly FeatureEntry[]): string {
  const rows = features.map(({ name, version, width }) => [code(name), String(version), String(width)]);
  const columns = [
    { head: "Feature" },
    { head: "Version", kind: "number" },
    { head: "Columns", kind: "number" },
  ] as const;
  const width = features.reduce((sum, feature) => sum + feature.width, 0);
  return `<details><summary>${features.length} features, ${width} columns</summary>${table("In the order of the matrix", columns, rows)}</details>`;
}
