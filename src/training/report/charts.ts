// The pictures of the report, as inline SVG that needs nothing around it. Two kinds: tracks, which lie in the cells of a table
// and stretch with it (places in percent, so nothing is distorted), and charts with axes of their own. Colours are the
// page's variables, so that light and dark are one document.
import { escaped } from "./html.ts";
import { type Scale, tickLabel } from "./scale.ts";

/** Room at both ends of a track, in percent, so that no mark is cut. */
const PAD = 3;
const along = (share: number): string => `${(PAD + (100 - 2 * PAD) * share).toFixed(2)}%`;

const track = (content: string, height = 22): string =>
  `<svg class="track" width="100%" height="${height}" aria-hidden="true" focusable="false">${content}</svg>`;

const line = (x1: string, y1: number | string, x2: string, y2: number | string, kind: string): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;

const gridOf = (scale: Scale, bottom: string): string =>
  scale.ticks
    .map((tick) => line(along(scale.at(tick)), 0, along(scale.at(tick)), bottom, tick === 0 ? "zero" : "grid"))
    .join("");

/** A mean with its interval. @param tone colours it: `main`, `other`, `good`, `bad` */
export function intervalTrack(scale: Scale, mean: number, ci95: readonly [number, number], tone: string): string {
  const [low, high] = [along(scale.at(ci95[0])), along(scale.at(ci95[1]))];
  const marks = [
    line(low, 11, high, 11, `whisker ${tone}`),
    line(low, 7, low, 15, `whisker ${tone}`),
    line(high, 7, high, 15, `whisker ${tone}`),
    `<circle cx="${along(scale.at(mean))}" cy="11" r="4.5" class="dot ${tone}"/>`,
  ];
  return track(gridOf(scale, "100%") + marks.join(""));
}

/** A bar from 0. */
export function barTrack(scale: Scale, value: number, tone = "main"): string {
  const [from, to] = [scale.at(Math.max(scale.low, Math.min(0, scale.high))), scale.at(value)].sort(
    (a, b) => a - b,
  ) as [number, number];
  const width = (100 - 2 * PAD) * (to - from);
  const bar = `<rect x="${along(from)}" y="5" width="${width.toFixed(2)}%" height="12" rx="2" class="bar ${tone}"/>`;
  return track(gridOf(scale, "100%") + bar);
}

/** The ticks of a column of tracks, for its head: as many as fit on a phone, 0 among them. */
export function axisTrack({ ticks, at }: Scale): string {
  const every = Math.ceil((ticks.length - 1) / 2);
  const from = Math.max(0, ticks.indexOf(0)) % every;
  const labels = ticks
    .filter((_, index) => index % every === from)
    .map((tick) => `<text x="${along(at(tick))}" y="12" text-anchor="middle">${tickLabel(tick)}</text>`);
  return track(labels.join(""), 16);
}

const WIDTH = 480;
const HEIGHT = 250;
const LEFT = 66;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 44;

export interface Series {
  readonly name: string;
  /** `main`, `other` or `third`. */
  readonly tone: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly ci95?: readonly [number, number] }[];
}

export interface LineChart {
  /** What a reader who does not see it is told. */
  readonly label: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  /** A point that stands out. */
  readonly mark?: { readonly x: number; readonly y: number };
  readonly dots?: boolean;
}

export function lineChart({ label, x, y, xTitle, yTitle, series, mark, dots = true }: LineChart): string {
  const [placeX, placeY] = placesOf(x, y);
  const drawn = series.map(({ points, tone }) => {
    const banded = points.filter(({ ci95 }) => ci95 !== undefined);
    const upper = banded.map(({ x, ci95 }) => `${placeX(x)},${placeY(ci95?.[1] ?? 0)}`);
    const lower = banded.map(({ x, ci95 }) => `${placeX(x)},${placeY(ci95?.[0] ?? 0)}`).reverse();
    const band = banded.length > 1 ? `<polygon points="${[...upper, ...lower].join(" ")}" class="band ${tone}"/>` : "";
    const path = points.map(({ x, y }) => `${placeX(x)},${placeY(y)}`).join(" ");
    const circles = dots
      ? points.map(({ x, y }) => `<circle cx="${placeX(x)}" cy="${placeY(y)}" r="3.5" class="dot ${tone}"/>`)
      : [];
    return `${band}<polyline points="${path}" class="curve ${tone}"/>${circles.join("")}`;
  });
  return frame(
    label,
    x,
    y,
    xTitle,
    yTitle,
    drawn.join("") + (mark ? `<circle cx="${placeX(mark.x)}" cy="${placeY(mark.y)}" r="6.5" class="ring"/>` : ""),
    legendOf(series),
  );
}

export interface ColumnChart {
  readonly label: string;
  readonly y: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly columns: readonly { readonly name: string; readonly value: number }[];
}

export function columnChart({ label, y, xTitle, yTitle, columns }: ColumnChart): string {
  const [, placeY] = placesOf(y, y);
  const room = (WIDTH - LEFT - RIGHT) / columns.length;
  const every = Math.ceil(columns.length / Math.min(10, Math.floor((WIDTH - LEFT) / (longest(columns) * 9 + 14))));
  const bars = columns.map(({ name, value }, at) => {
    const left = LEFT + at * room;
    const [top, floor] = [Number(placeY(value)), HEIGHT - BOTTOM];
    const text =
      at % every === 0
        ? `<text x="${(left + room / 2).toFixed(1)}" y="${floor + 16}" text-anchor="middle">${escaped(name)}</text>`
        : "";
    const width = Math.max(1, Math.min(80, room * 0.78));
    return `<rect x="${(left + (room - width) / 2).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${Math.max(0, floor - top).toFixed(1)}" rx="1.5" class="bar main"/>${text}`;
  });
  return frame(label, null, y, xTitle, yTitle, bars.join(""), "");
}

function longest(columns: ColumnChart["columns"]): number {
  return Math.max(...columns.map(({ name }) => name.length));
}

type Place = (value: number) => string;

function placesOf(x: Scale, y: Scale): [Place, Place] {
  return [
    (value) => (LEFT + x.at(value) * (WIDTH - LEFT - RIGHT)).toFixed(1),
    (value) => (HEIGHT - BOTTOM - y.at(value) * (HEIGHT - BOTTOM - TOP)).toFixed(1),
  ];
}

function frame(
  label: string,
  x: Scale | null,
  y: Scale,
  xTitle: string,
  yTitle: string,
  content: string,
  legend: string,
): string {
  const [placeX, placeY] = placesOf(x ?? y, y);
  const [right, floor] = [WIDTH - RIGHT, HEIGHT - BOTTOM];
  const rows = y.ticks.map(
    (tick) =>
      `<line x1="${LEFT}" x2="${right}" y1="${placeY(tick)}" y2="${placeY(tick)}" class="grid"/>` +
      `<text x="${LEFT - 7}" y="${Number(placeY(tick)) + 4}" text-anchor="end">${tickLabel(tick)}</text>`,
  );
  const foot = (x?.ticks ?? []).map(
    (tick) => `<text x="${placeX(tick)}" y="${floor + 16}" text-anchor="middle">${tickLabel(tick)}</text>`,
  );
  const titles =
    `<text x="${(LEFT + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle" class="title">${escaped(xTitle)}</text>` +
    `<text transform="translate(11 ${(TOP + floor) / 2}) rotate(-90)" text-anchor="middle" class="title">${escaped(yTitle)}</text>`;
  return (
    `${legend}<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(label)}">` +
    `${rows.join("")}${foot.join("")}${titles}${content}</svg>`
  );
}

function legendOf(series: readonly Series[]): string {
  if (series.length < 2) return "";
  const entries = series.map(({ name, tone }) => `<span><i class="key ${tone}"></i>${escaped(name)}</span>`);
  return `<p class="legend">${entries.join("")}</p>`;
}
