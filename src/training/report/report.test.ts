import { beforeAll, describe, expect, test } from "vitest";
import { simulateLog } from "../../../examples/storefront/simulator/history.ts";
import { features } from "../../../nowcast.config.ts";
import { createRandom } from "../../kernels/random.ts";
import type { LinearModel } from "../../ranking/linear-scorer.ts";
import { scoreLinear } from "../../ranking/linear-scorer.ts";
import { buildHistory } from "../history.ts";
import { type TrainedWithReport, trainWithReport } from "../train-with-report.ts";
import { countData } from "./data-counts.ts";
import type { HeldOutRows } from "./held-out-rows.ts";
import { permutationImportance } from "./importance.ts";
import { learningCurve } from "./learning-curve.ts";
import { renderReport } from "./page.ts";
import { linearScale, logScale, tickLabel } from "./scale.ts";

const history = buildHistory(simulateLog({ seed: 8, endTs: 1_732_280_000_000, shoppers: 70 }));
const small = { vectorDimensions: 4, contentDimensions: 5, neighbours: 3, rankers: ["linear"] } as const;
let trained: TrainedWithReport;
let page: string;

const train = (holdout = 0.2) => trainWithReport(history, { ...small, holdout });
const render = ({ report, manifest }: TrainedWithReport): string => renderReport(report, manifest.features);

beforeAll(async () => {
  trained = await train();
  page = render(trained);
});

describe("the figures", () => {
  test("are of the lists that were held back, the model among the rankings to beat", () => {
    const { heldOut, counts, refit } = trained.report;
    expect(heldOut).toMatchObject({
      protocol: "rerank",
      lists: trained.heldOut?.lists.length,
      metrics: ["ndcg@10", "mrr"],
    });
    expect((refit?.queries ?? 0) + (heldOut?.lists ?? 0)).toBe(counts.queries);
    expect(counts.queries).toBeLessThanOrEqual(history.queries.length);
    expect(heldOut?.rankings.map(({ name }) => name)).toEqual(["model", "popular", "ctr", "logged-order"]);
    for (const { name, metric, delta, ci95 } of heldOut?.versus ?? []) {
      const of = (ranking: string) => heldOut?.rankings.find(({ name }) => name === ranking)?.values[metric]?.mean ?? 0;
      expect(delta).toBeCloseTo(of("model") - of(name), 12);
      expect(ci95[0]).toBeLessThanOrEqual(delta);
      expect(ci95[1]).toBeGreaterThanOrEqual(delta);
    }
    const parts = heldOut?.parts ?? [];
    expect(parts.reduce((sum, { lists }) => sum + lists, 0)).toBe(heldOut?.lists);
    const mean = parts.reduce((sum, { lists, model }) => sum + lists * model.mean, 0) / (heldOut?.lists ?? 1);
    expect(mean).toBeCloseTo(heldOut?.rankings[0]?.values["ndcg@10"]?.mean ?? 0, 12);
  });

  test("name every feature once, and learn from ever more lists", () => {
    const { importance, learningCurve: curve = [] } = trained.report.heldOut ?? {};
    expect(importance?.features.map(({ feature }) => feature).sort()).toEqual(
      trained.manifest.features.map(({ name }) => name).sort(),
    );
    const lists = curve.map(({ lists }) => lists);
    expect(lists).toEqual([...new Set(lists)].toSorted((a, b) => a - b));
    expect(lists.at(-1)).toBe(trained.report.refit?.queries);
  });

  test("tell which features were dropped and why, and what the snapshot has left", () => {
    const { dropped, columns, cost } = trained.report.ranker.selection ?? { dropped: [], columns: null, cost: null };
    const kept = trained.manifest.features.map(({ name }) => name);
    expect(dropped.length).toBeGreaterThan(0);
    expect([...kept, ...dropped.map(({ feature }) => feature)].sort()).toEqual(features.map(({ name }) => name).sort());
    expect(columns?.kept).toBe(trained.manifest.features.reduce((sum, { width }) => sum + width, 0));
    const costs = features.filter(({ name }) => kept.includes(name)).reduce((sum, feature) => sum + feature.cost, 0);
    expect(cost?.kept).toBe(costs);
    const page = render(trained);
    expect(page).toContain(`${dropped.length} features dropped`);
    if (dropped.some(({ reason }) => reason === "constant")) expect(page).toContain("never varies");
  });

  test("are the same of equal logs and seeds, but for time and memory; so is the page", async () => {
    const again = await train();
    const timeless = ({ report, ...rest }: TrainedWithReport): TrainedWithReport => ({
      ...rest,
      report: { ...report, seconds: { all: 1 }, peakBytes: { all: 1 } },
    });
    expect(timeless(again).report).toEqual(timeless(trained).report);
    expect(render(timeless(again)) === render(timeless(trained))).toBe(true);
    expect(Object.keys(trained.report.peakBytes)).toEqual(Object.keys(trained.report.seconds));
    for (const peak of Object.values(trained.report.peakBytes)) expect(peak).toBeGreaterThan(1e7);
  });

  test("of a log say how long its lists were and where they were clicked", () => {
    const item = (id: string) => ({ id });
    const list = (n: number, ids: string[]) => ({
      kind: "event" as const,
      id: `l${n}`,
      type: "view_item_list",
      ts: 1_700_000_000_000 + n,
      anonymousId: "a",
      decisionId: `d${n}`,
      items: ids.map(item),
    });
    const click = (n: number, id: string) => ({
      ...list(n, [id]),
      id: `c${n}`,
      type: "select_item",
      ts: 1_700_000_001_000,
    });
    const records = [list(1, ["a", "b"]), list(2, ["a", "b", "c"]), list(3, ["a"]), click(1, "b"), click(2, "b")];
    expect(countData(buildHistory(records))).toEqual({
      eventsByType: [
        { type: "view_item_list", events: 3 },
        { type: "select_item", events: 2 },
      ],
      listSizes: [
        { from: 2, to: 2, lists: 1 },
        { from: 3, to: 3, lists: 1 },
      ],
      positions: [
        { position: 0, shown: 2, clicked: 0 },
        { position: 1, shown: 2, clicked: 2 },
        { position: 2, shown: 1, clicked: 0 },
      ],
      clicks: 2,
    });
  });
});

describe("the page", () => {
  test("asks for nothing else and runs nothing", () => {
    const foreign = /https?:|<script|<link|<iframe|<img|@import|url\(|\ssrc=|\son\w+=/i;
    expect(foreign.exec(page)?.[0]).toBeUndefined();
    expect(page.startsWith("<!doctype html>")).toBe(true);
    expect(page.includes('name="viewport"')).toBe(true);
  });

  test("closes what it opens, and every picture and table has a name", () => {
    const open: string[] = [];
    const empty = new Set(["meta", "wbr", "br"]);
    for (const [, closing, name = "", selfClosing] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^<>]*?(\/?)>/g)) {
      if (closing) expect(open.pop()).toBe(name);
      else if (!selfClosing && !empty.has(name)) open.push(name);
    }
    expect(open).toEqual([]);
    const pictures = page.match(/<svg[^>]*>/g) ?? [];
    expect(pictures.length).toBeGreaterThan(20);
    for (const picture of pictures) expect(picture).toMatch(/aria-hidden="true"|role="img" aria-label="[^"]+"/);
    for (const table of page.match(/<table>.*?<\/table>/gs) ?? []) expect(table).toMatch(/^<table><caption>[^<]+/);
    expect(/NaN|undefined|Infinity|\[object/.exec(page)?.[0]).toBeUndefined();
  });

  test("does not let names of a log become markup", () => {
    const { report, manifest } = trained;
    const type = '<img src=x onerror="alert(1)">';
    const data = { ...report.data, eventsByType: [{ type, events: 3 }] };
    const features = [{ name: "<b>&", version: 1, width: 1 }];
    const hostile = renderReport({ ...report, data }, features);
    expect(hostile.includes("<img")).toBe(false);
    expect(hostile.includes("&lt;b&gt;&amp;")).toBe(true);
    expect(renderReport(report, manifest.features) === page).toBe(true);
  });

  test("tells figures of other metrics as well", () => {
    const { report } = trained;
    const { heldOut } = report;
    if (heldOut === null) throw new Error("nothing was held back");
    const metrics = ["mrr@20", "hr@20"];
    const value = { mean: 0.3, ci95: [0.2, 0.4] as const };
    const rankings = ["model", "popular"].map((name) => ({ name, values: { "mrr@20": value, "hr@20": value } }));
    const versus = metrics.map((metric) => ({ name: "popular", metric, delta: -0.1, ci95: [-0.2, -0.05] as const }));
    const next = renderReport(
      { ...report, heldOut: { ...heldOut, protocol: "next-item", metrics, rankings, versus, parts: [] } },
      [],
    );
    expect(next.includes("MRR@20")).toBe(true);
    expect(next.includes("HR@20")).toBe(true);
    expect(next.includes("better not publish it")).toBe(true);
  });

  test("says so when nothing was held back", async () => {
    const whole = await train(0);
    expect(whole).toMatchObject({ heldOut: null, report: { heldOut: null } });
    expect(whole.report.counts.queries).toBe(history.queries.length);
    expect(render(whole).includes("No lists were held back")).toBe(true);
  });

  test("warns when validation promised what the held-out lists did not keep", () => {
    const { report, manifest } = trained;
    const { validation } = report.ranker;
    if (validation === null) throw new Error("there was no validation");
    const rosy = { ...validation, ndcg10: { ...validation.ndcg10, model: 0.99 } };
    const warned = renderReport({ ...report, ranker: { ...report.ranker, validation: rosy } }, manifest.features);
    expect(warned.includes("These lists promised +")).toBe(true);
    expect(page.includes('class="warning"')).toBe(false);
  });
});

/** Lists of five; the first column tells the clicked one, the second is the same for all of a list, the third is chance. */
function plantedRows(lists: number): HeldOutRows & { readonly model: LinearModel } {
  const random = createRandom(3);
  const [columns, size] = [3, 5];
  const matrix = new Float32Array(lists * size * columns);
  const labels = new Float32Array(lists * size);
  for (let list = 0; list < lists; list++) {
    const clicked = random.integer(size);
    for (let row = 0; row < size; row++) {
      const at = list * size + row;
      labels[at] = row === clicked ? 1 : 0;
      matrix.set([(row === clicked ? 1 : 0) + random.normal(), list % 7, random.normal()], at * columns);
    }
  }
  const model = { mean: new Float32Array(3), scale: Float32Array.of(1, 1, 1), weight: Float32Array.of(2, 5, 0) };
  return {
    protocol: "rerank",
    matrix,
    labels,
    columns,
    positions: Uint16Array.from(labels.keys(), (row) => row % size),
    groups: Uint32Array.from({ length: lists + 1 }, (_, list) => list * size),
    visitors: Uint32Array.from({ length: lists }, (_, list) => list),
    features: ["tells", "of_the_list", "chance"].map((name, at) => ({ name, from: at, to: at + 1 })),
    score: async (matrix, rows) => {
      const scores = new Float32Array(rows);
      scoreLinear(model, matrix, rows, scores);
      return scores;
    },
    model,
  };
}

test("importance is the loss of what tells the clicked item; what is the same in a list, or unused, has none", async () => {
  const rows = plantedRows(400);
  const before = rows.matrix.slice();
  const { features, lists } = await permutationImportance(rows, { seed: 1 });
  expect(lists).toBe(400);
  const of = (name: string) => features.find(({ feature }) => feature === name);
  expect(features[0]?.feature).toBe("tells");
  expect(of("tells")?.ci95[0]).toBeGreaterThan(0.05);
  expect(of("of_the_list")).toMatchObject({ loss: 0, ci95: [0, 0] });
  expect(of("chance")).toMatchObject({ loss: 0 });
  expect(rows.matrix).toEqual(before);
});

test("the learning curve rises from noise to what the data tell", () => {
  const [data, heldOut] = [plantedRows(600), plantedRows(300)];
  const curve = learningCurve(data, heldOut, { l2: 0.001, seed: 1 });
  expect(curve.map(({ lists }) => lists)).toEqual([30, 60, 150, 300, 600]);
  expect(curve.at(-1)?.mean).toBeGreaterThan(0.6);
  expect(curve.at(-1)?.mean).toBeGreaterThanOrEqual((curve[0]?.mean ?? 1) - 0.01);
});

test("axes end at round numbers around all values", () => {
  expect(linearScale([0.412, 0.583])).toMatchObject({ low: 0.4, high: 0.6 });
  expect(linearScale([-0.013, 0.148]).ticks).toContain(0);
  expect(linearScale([5, 5]).at(5)).toBeCloseTo(0.5, 12);
  const log = logScale([30, 600]);
  expect(log.ticks).toEqual([50, 100, 200, 500]);
  expect([log.at(30), log.at(600)]).toEqual([0, 1]);
  expect(logScale([1e-5, 1]).ticks.map(tickLabel)).toEqual(["1e−5", "1e−4", "0.001", "0.01", "0.1", "1"]);
});
