// `npm run bench:decide`: what a decision costs, beside the least that its parts could cost, in one run: on workerd under load, and
// inside an isolate by the size of the catalogue. Rounds of all measurements alternate, so that a slow moment of the machine hits
// them all; medians are reported. Processor time is workerd's own, so that what else runs on the machine does not count.
//   --seconds 2 --rounds 3 --connections 16   of load, each measurement
//   --sessions 40000     of the past that vote on what comes next, on workerd; 0 for a snapshot without
//   --largest 1000000    the largest catalogue of the measurement inside an isolate; 0 leaves those out
//   --plot FILE.svg      draws how a decision scales as well: items 10^3 … largest, candidates 50 … 2,000
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { features } from "../nowcast.config.ts";
import { sectionFiles } from "../src/training/snapshot-files.ts";
import { RECOMMEND } from "./decide-core.ts";
import { drawScaling, measureScaling } from "./decide-scaling.ts";
import { type LoadRequest, type LoadResult, load, pacedLoad } from "./load.ts";
import { cpuSeconds, residentMb, workerdPids } from "./process-cost.ts";
import { randomTrees } from "./random-trees.ts";
import { benchReport, bounded, type Figure, printReport } from "./report.ts";
import { servedFeatures } from "./served-features.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";
import { type BenchSystem, startBenchSystem } from "./system.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
    sessions: { type: "string", default: "40000" },
    largest: { type: "string", default: "1000000" },
    plot: { type: "string" },
  },
});

const VISITORS = 200;
const ITEMS = 10_000;
const NEIGHBOURS = 20;
const [TREES, DEPTH] = [100, 5];
/** Until the outboxes of what was prepared have been handed over and confirmed. */
const DRAIN_MS = 25_000;
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A site a ranker, in one isolate: with the features that training keeps, and with all that there are. */
const RANKERS = ["linear", "trees"] as const;
const SITES = [...RANKERS, "all"] as const;
type RankerName = (typeof SITES)[number];
const keyOf = (ranker: RankerName): string => `sk_${ranker}_dev`;
const post = (ranker: RankerName, path: string, body: unknown): LoadRequest => ({
  method: "POST",
  path,
  headers: { authorization: `Bearer ${keyOf(ranker)}`, "content-type": "application/json" },
  body: JSON.stringify(body),
});

interface Measurement {
  readonly key: string;
  readonly name: string;
  readonly target: keyof BenchSystem["urls"];
  readonly next: (n: number) => LoadRequest;
}

const decideOn = (ranker: RankerName, placement: object) => (n: number) =>
  post(ranker, "/v1/decide", {
    anonymousId: `visitor-${n % VISITORS}`,
    budgetMs: { profile: 1000 },
    placements: { home: placement },
  });
const recommend = { type: "recommend", count: 12 };
const rerank = (count: number) => ({
  type: "rank",
  items: Array.from({ length: count }, (_, i) => ({ id: benchItemId((i * 37) % ITEMS) })),
});

const MEASUREMENTS: readonly Measurement[] = [
  { key: "a", name: "empty Worker", target: "empty", next: () => ({ method: "GET", path: "/" }) },
  {
    key: "b",
    name: "Worker + service hop + object read",
    target: "hop",
    next: (n) => ({ method: "GET", path: `/${n % VISITORS}` }),
  },
  { key: "edge", name: "edge Worker, /healthz", target: "edge", next: () => ({ method: "GET", path: "/healthz" }) },
  { key: "one", name: "rerank of 1 given item, linear", target: "edge", next: decideOn("linear", rerank(1)) },
  ...RANKERS.flatMap((ranker): Measurement[] => [
    {
      key: `c-${ranker}`,
      name: `recommend 12 of 200, ${ranker}`,
      target: "edge",
      next: decideOn(ranker, recommend),
    },
    {
      key: `rerank-100-${ranker}`,
      name: `rerank of 100, ${ranker}`,
      target: "edge",
      next: decideOn(ranker, rerank(100)),
    },
    {
      key: `rerank-300-${ranker}`,
      name: `rerank of 300, ${ranker}`,
      target: "edge",
      next: decideOn(ranker, rerank(300)),
    },
  ]),
  { key: "c-all", name: "the same, linear, all features", target: "edge", next: decideOn("all", recommend) },
];

async function call(url: string, { path, method, headers, body }: LoadRequest | UploadRequest): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { method, ...(headers ? { headers } : {}), ...(body ? { body } : {}) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}
type UploadRequest = Omit<LoadRequest, "method" | "body"> & {
  readonly method: "PUT";
  readonly body: Uint8Array<ArrayBuffer>;
};

/** Publishes a snapshot, gives every visitor a history and waits until the model serves without a step down. */
async function prepare(url: string, ranker: RankerName): Promise<void> {
  const trees = (columns: number) => randomTrees(columns, TREES, DEPTH, 3);
  const { manifest, files } = await randomSnapshot(ITEMS, NEIGHBOURS, 1, ranker === "all" ? features : servedFeatures, {
    sessions: Number(options.sessions),
    ...(ranker === "trees" ? { trees } : {}),
  });
  const headers = { authorization: `Bearer ${keyOf(ranker)}` };
  for (const { sha256, file } of sectionFiles({ manifest, files })) {
    await call(url, { method: "PUT", path: `/v1/snapshots/sections/${sha256}`, headers, body: Uint8Array.from(file) });
  }
  await call(url, post(ranker, "/v1/snapshots", { manifest }));
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    await call(url, post(ranker, "/v1/events", { events: historyOf(visitor) }));
  }
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = (await call(url, decideOn(ranker, recommend)(0))) as { degraded: string[] };
    if (answer.degraded.length === 0) return;
    await pause(200);
  }
  throw new Error(`${ranker}: no decision came without a step down`);
}

/** Four lists and what was looked at after. */
function historyOf(visitor: number): object[] {
  const anonymousId = `visitor-${visitor}`;
  const lists = Array.from({ length: 4 }, (_, list) => ({
    id: `${visitor}-list-${list}`,
    type: "view_item_list",
    anonymousId,
    items: Array.from({ length: 24 }, (_, i) => ({ id: benchItemId((visitor * 131 + list * 24 + i) % ITEMS) })),
  }));
  const views = Array.from({ length: 20 }, (_, i) => ({
    id: `${visitor}-view-${i}`,
    type: "view_item",
    anonymousId,
    items: [{ id: benchItemId(((visitor * 20 + i) * 7919) % ITEMS), price: 12.5 }],
  }));
  return [...lists, ...views];
}

interface Cost extends LoadResult {
  /** Milliseconds of workerd's processor time a request. */
  readonly cpuMs: number;
}

async function measure(system: BenchSystem, { key, target, next }: Measurement, seconds: number): Promise<Cost> {
  const pids = workerdPids();
  const before = cpuSeconds(pids);
  const result = await load(system.urls[target], next, { connections: Number(options.connections), seconds });
  const cpuMs = ((cpuSeconds(pids) - before) * 1000) / result.requests;
  if (result.failures > 0) throw new Error(`${key}: ${result.failures} requests failed`);
  return { ...result, cpuMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const persist = mkdtempSync(`${tmpdir()}/nowcast-bench-`);
say("starting workerd and publishing snapshots …");
const system = await startBenchSystem(persist, SITES.map(keyOf).join(" "));
const costs = new Map<string, Cost[]>(MEASUREMENTS.map(({ key }) => [key, []]));
const atHalfLoad = new Map<RankerName, number>();
let resident = Number.NaN;
const of = (key: string, pick: (cost: Cost) => number): number => median((costs.get(key) ?? []).map(pick));
const rate = (key: string): number => of(key, ({ requestsPerSecond }) => requestsPerSecond);
const ownCpu = (key: string): number => of(key, ({ cpuMs }) => cpuMs) - of("b", ({ cpuMs }) => cpuMs);
try {
  for (const ranker of SITES) await prepare(system.urls.edge, ranker);
  say("until the outboxes are empty …");
  await pause(DRAIN_MS);
  say("warming up …");
  for (const measurement of MEASUREMENTS) await measure(system, measurement, 2);
  for (let turn = 1; turn <= Number(options.rounds); turn++) {
    for (const measurement of MEASUREMENTS) {
      const cost = await measure(system, measurement, Number(options.seconds));
      // On a machine that does too much else a round may pass without an answer: it tells nothing.
      if (cost.requests > 0) costs.get(measurement.key)?.push(cost);
      say(`round ${turn}: ${measurement.name}: ${cost.cpuMs.toFixed(2)} ms CPU`);
    }
  }
  for (const ranker of RANKERS) {
    say(`half load, ${ranker}`);
    const requestsPerSecond = rate(`c-${ranker}`) / 2;
    const result = await pacedLoad(system.urls.edge, decideOn(ranker, recommend), { requestsPerSecond, seconds: 5 });
    if (result.failures > 0) throw new Error(`half load: ${result.failures} requests failed`);
    atHalfLoad.set(ranker, result.p99);
  }
  resident = residentMb(workerdPids());
} finally {
  await system.close();
  rmSync(persist, { recursive: true, force: true });
}

const figures: Figure[] = MEASUREMENTS.flatMap(({ key, name }) => [
  { name: `(${key}) ${name}: throughput`, value: round(rate(key), 0), unit: "requests/s" },
  {
    name: `(${key}) ${name}: p50`,
    value: round(
      of(key, ({ p50 }) => p50),
      2,
    ),
    unit: "ms",
  },
  {
    name: `(${key}) ${name}: p99`,
    value: round(
      of(key, ({ p99 }) => p99),
      2,
    ),
    unit: "ms",
  },
  {
    name: `(${key}) ${name}: CPU`,
    value: round(
      of(key, ({ cpuMs }) => cpuMs),
      3,
    ),
    unit: "ms a request",
  },
]);
const targets: Figure[] = [
  bounded("(c) trees: own CPU above (b)", round(ownCpu("c-trees"), 2), "ms", "at most", 1.3),
  bounded("(c) linear: own CPU above (b)", round(ownCpu("c-linear"), 2), "ms", "at most", 0.6),
  bounded("(c) trees: throughput of (b)'s", round(rate("c-trees") / rate("b"), 3), "ratio", "at least", 0.3),
  bounded("(c) linear: throughput of (b)'s", round(rate("c-linear") / rate("b"), 3), "ratio", "at least", 0.5),
  ...RANKERS.map((ranker) =>
    bounded(`(c) ${ranker}: p99 at half load`, round(atHalfLoad.get(ranker) ?? Number.NaN, 2), "ms", "at most", 15),
  ),
  { name: "workerd with the three sites, resident", value: round(resident, 0), unit: "MB" },
];

const line = (cells: readonly string[]): string =>
  `${(cells[0] ?? "").padEnd(44)}${cells
    .slice(1)
    .map((cell) => cell.padStart(12))
    .join("")}`;
const table = [line(["", "requests/s", "p50 ms", "p99 ms", "CPU ms", "above (b)"])];
for (const { key, name } of MEASUREMENTS) {
  const cpu = of(key, ({ cpuMs }) => cpuMs);
  const cells = [rate(key).toFixed(0), of(key, ({ p50 }) => p50).toFixed(2), of(key, ({ p99 }) => p99).toFixed(2)];
  table.push(line([`(${key}) ${name}`, ...cells, cpu.toFixed(3), ownCpu(key).toFixed(3)]));
}

const largest = Number(options.largest);
const plotted = await measureScaling(largest, options.plot !== undefined, say);
const core = plotted.filter(({ items, request }) => items >= 100_000 && request === RECOMMEND);
if (options.plot !== undefined) writeFileSync(options.plot, drawScaling(plotted));
if (core.length > 0) table.push("", line(["inside an isolate, recommend 12 of 1,000", "p50 ms", "best ms", "CPU ms"]));
for (const { items, ranker, p50Ms, bestMs, cpuMs, stages } of core) {
  const letter = items === 100_000 ? "d" : "e";
  const name = `(${letter}) ${items.toLocaleString("en")} items, ${ranker}`;
  const limit = letter === "e" ? 8 : ranker === "linear" ? 2 : 4;
  const stageTexts = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms.toFixed(2)}`);
  table.push(`${line([name, p50Ms.toFixed(2), bestMs.toFixed(2), cpuMs.toFixed(2)])}   ${stageTexts.join(", ")}`);
  figures.push({ name: `${name}: CPU`, value: round(cpuMs, 2), unit: "ms" });
  targets.push(bounded(`${name}: p50`, round(p50Ms, 2), "ms", "at most", limit));
}

if (options.json) process.stdout.write(`${JSON.stringify(benchReport([...figures, ...targets]))}\n`);
else {
  process.stdout.write(`${table.join("\n")}\n\n`);
  printReport(targets, false);
}
