// `npm run bench`: what an event and a decision cost on workerd, beside the least that their parts could cost, in one
// run. Rounds of all measurements alternate, so that a slow moment of the machine hits them all; medians are reported.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { sectionFiles } from "../src/training/snapshot-files.ts";
import { type LoadRequest, type LoadResult, load } from "./load.ts";
import { benchReport, type Figure } from "./report.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";
import { type BenchSystem, startBenchSystem } from "./system.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "16" },
  },
});

const VISITORS = 200;
const ITEMS = 10_000;
const CANDIDATES = 200;
const HEADERS = { authorization: "Bearer sk_dev", "content-type": "application/json" };
const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Measurement {
  readonly key: string;
  readonly name: string;
  readonly target: keyof BenchSystem["urls"];
  /** Events in one request, where that is what counts. */
  readonly events?: number;
  readonly next: (n: number) => LoadRequest;
}

// Ids must be new in every round and every run: a duplicate is cheaper than an event.
let unique = 0;
const stamp = Date.now().toString(36);
const event = (visitor: number) => ({
  id: `${stamp}-${unique++}`,
  type: "view_item",
  anonymousId: `visitor-${visitor}`,
  items: [{ id: benchItemId((unique * 7919) % ITEMS), price: 12.5 }],
});
const post = (path: string, body: unknown): LoadRequest => ({
  method: "POST",
  path,
  headers: HEADERS,
  body: JSON.stringify(body),
});
const given = Array.from({ length: CANDIDATES }, (_, i) => ({ id: benchItemId((i * 37) % ITEMS) }));

const MEASUREMENTS: readonly Measurement[] = [
  { key: "a", name: "empty Worker", target: "empty", next: () => ({ method: "GET", path: "/" }) },
  {
    key: "b",
    name: "Worker + service hop + object read",
    target: "hop",
    next: (n) => ({ method: "GET", path: `/${n % VISITORS}` }),
  },
  {
    key: "c-recommend",
    name: `/v1/decide, recommend 12 of ${CANDIDATES} candidates, ${ITEMS} items`,
    target: "edge",
    next: (n) =>
      post("/v1/decide", {
        anonymousId: `visitor-${n % VISITORS}`,
        budgetMs: { profile: 1000 },
        placements: { home: { type: "recommend", count: 12 } },
      }),
  },
  {
    key: "c-rank",
    name: `/v1/decide, rank ${CANDIDATES} given items`,
    target: "edge",
    next: (n) =>
      post("/v1/decide", {
        anonymousId: `visitor-${n % VISITORS}`,
        budgetMs: { profile: 1000 },
        placements: { search: { type: "rank", items: given } },
      }),
  },
  {
    key: "d",
    name: "bare object that writes one row",
    target: "writer",
    next: (n) => ({ method: "POST", path: `/${n % VISITORS}`, body: "x" }),
  },
  {
    key: "e-single",
    name: "/v1/events, one event",
    target: "edge",
    events: 1,
    next: (n) => post("/v1/events", event(n % VISITORS)),
  },
  {
    key: "e-batch",
    name: "/v1/events, ten events of a visitor",
    target: "edge",
    events: 10,
    next: (n) => post("/v1/events", { events: Array.from({ length: 10 }, () => event(n % VISITORS)) }),
  },
];

async function call(url: string, path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${url}${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** Publishes a snapshot, gives every visitor a history and waits until ONNX serves. */
async function prepare(url: string): Promise<void> {
  const { manifest, files } = await randomSnapshot(ITEMS, 20, 1);
  for (const { sha256, file } of sectionFiles({ manifest, files })) {
    await call(url, `/v1/snapshots/sections/${sha256}`, { method: "PUT", headers: HEADERS, body: file });
  }
  await call(url, "/v1/snapshots", { method: "POST", headers: HEADERS, body: JSON.stringify({ manifest }) });
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const lists = Array.from({ length: 4 }, (_, list) => ({
      ...event(visitor),
      type: "view_item_list",
      items: Array.from({ length: 24 }, (_, i) => ({ id: benchItemId((visitor * 131 + list * 24 + i) % ITEMS) })),
    }));
    const events = [...lists, ...Array.from({ length: 20 }, () => event(visitor))];
    await call(url, "/v1/events", { method: "POST", headers: HEADERS, body: JSON.stringify({ events }) });
  }
  const body = JSON.stringify({
    anonymousId: "visitor-0",
    budgetMs: { profile: 1000 },
    placements: { home: { type: "recommend", count: 12 } },
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = (await call(url, "/v1/decide", { method: "POST", headers: HEADERS, body })) as {
      degraded: string[];
    };
    if (answer.degraded.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("no decision came without a step down");
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

const persist = mkdtempSync(`${tmpdir()}/nowcast-bench-`);
say("starting workerd and publishing a snapshot …");
const system = await startBenchSystem(persist);
const results = new Map<string, LoadResult[]>(MEASUREMENTS.map(({ key }) => [key, []]));
try {
  await prepare(system.urls.edge);
  const connections = Number(options.connections);
  for (const { target, next } of MEASUREMENTS) await load(system.urls[target], next, { connections, seconds: 2 });
  for (let turn = 1; turn <= Number(options.rounds); turn++) {
    for (const { key, name, target, next } of MEASUREMENTS) {
      say(`round ${turn}: (${key}) ${name}`);
      const result = await load(system.urls[target], next, { connections, seconds: Number(options.seconds) });
      if (result.failures > 0) throw new Error(`(${key}) ${name}: ${result.failures} requests failed`);
      results.get(key)?.push(result);
    }
  }
} finally {
  await system.close();
  rmSync(persist, { recursive: true, force: true });
}

const of = (key: string, pick: (result: LoadResult) => number): number => median((results.get(key) ?? []).map(pick));
const rate = (key: string): number => of(key, (result) => result.requestsPerSecond);
const figures: Figure[] = MEASUREMENTS.flatMap(({ key, name }) => [
  { name: `(${key}) ${name}: throughput`, value: round(rate(key), 0), unit: "requests/s" },
  { name: `(${key}) ${name}: p50`, value: round(of(key, (result) => result.p50)), unit: "ms" },
  { name: `(${key}) ${name}: p99`, value: round(of(key, (result) => result.p99)), unit: "ms" },
]);
const ratio = (name: string, value: number): Figure => ({ name, value: round(value, 3), unit: "ratio" });
figures.push(
  ratio("throughput (b) / (a)", rate("b") / rate("a")),
  ratio("throughput (c-recommend) / (b)", rate("c-recommend") / rate("b")),
  ratio("throughput (c-rank) / (b)", rate("c-rank") / rate("b")),
  ratio("events/s (e-single) / rows/s (d)", rate("e-single") / rate("d")),
  ratio("events/s (e-batch) / rows/s (d)", (10 * rate("e-batch")) / rate("d")),
);

if (options.json) {
  process.stdout.write(`${JSON.stringify(benchReport(figures))}\n`);
} else {
  const line = (cells: readonly string[]): string =>
    `${(cells[0] ?? "").padEnd(62)}${cells
      .slice(1)
      .map((cell) => cell.padStart(13))
      .join("")}`;
  const table = MEASUREMENTS.map(({ key, name }) => {
    const [p50, p99] = [of(key, (result) => result.p50), of(key, (result) => result.p99)];
    return line([`(${key}) ${name}`, rate(key).toFixed(0), p50.toFixed(2), p99.toFixed(2)]);
  });
  const ratios = figures
    .filter(({ unit }) => unit === "ratio")
    .map(({ name, value }) => line([name, value.toFixed(3)]));
  process.stdout.write(`${[line(["", "requests/s", "p50 ms", "p99 ms"]), ...table, "", ...ratios].join("\n")}\n`);
}
