// `npm run bench:profile`: the live profile and its features. The fold and the matrix in one process; ingestion through
// workerd as a ratio to a bare object that writes one row a request, in the same run; and how fresh a decision is.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { PROFILE_BYTES } from "../src/profile/state.ts";
import { VIEW_BYTES } from "../src/profile/view.ts";
import { readYourWrites } from "../tests/support/read-your-writes.ts";
import { measureFeatureMatrix } from "./feature-matrix.ts";
import { measureFold, measureSizes } from "./fold.ts";
import { type LoadRequest, load, quantile } from "./load.ts";
import { bounded, type Figure, printReport } from "./report.ts";
import { startBenchSystem } from "./system.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    trials: { type: "string", default: "2000" },
  },
});
const VISITORS = 200;
const HEADERS = { authorization: "Bearer sk_dev", "content-type": "application/json" };
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

// Ids must be new in every round and every run: a duplicate is cheaper than an event.
let unique = 0;
const stamp = Date.now().toString(36);
const event = (visitor: number) => ({
  id: `${stamp}-${unique++}`,
  type: "view_item",
  anonymousId: `visitor-${visitor}`,
  items: [{ id: `item-${(unique * 7919) % 10_000}`, category: `category-${unique % 40}`, price: 12.5 }],
});
const post = (body: unknown): LoadRequest => ({
  method: "POST",
  path: "/v1/events",
  headers: HEADERS,
  body: JSON.stringify(body),
});

/** Requests a second of a bare writer, of single events and of batches of ten, round by round next to each other. */
async function measureIngestion(urls: { writer: string; edge: string }) {
  const measurements = [
    {
      key: "writer",
      url: urls.writer,
      next: (n: number): LoadRequest => ({ method: "POST", path: `/${n % VISITORS}`, body: "x" }),
    },
    { key: "single", url: urls.edge, next: (n: number) => post(event(n % VISITORS)) },
    {
      key: "batch",
      url: urls.edge,
      next: (n: number) => post({ events: Array.from({ length: 10 }, () => event(n % VISITORS)) }),
    },
  ] as const;
  const connections = Number(options.connections);
  for (const { url, next } of measurements) await load(url, next, { connections, seconds: 2 });
  const ratios = { single: [] as number[], batch: [] as number[] };
  const p50 = { writer: [] as number[], single: [] as number[], batch: [] as number[] };
  for (let turn = 1; turn <= Number(options.rounds); turn++) {
    say(`ingestion, round ${turn}`);
    const rate = { writer: 0, single: 0, batch: 0 };
    for (const { key, url, next } of measurements) {
      const result = await load(url, next, { connections, seconds: Number(options.seconds) });
      if (result.failures > 0) throw new Error(`${key}: ${result.failures} requests failed`);
      rate[key] = result.requestsPerSecond;
      p50[key].push(result.p50);
    }
    ratios.single.push(rate.single / rate.writer);
    ratios.batch.push((10 * rate.batch) / rate.writer);
  }
  return { ratios, p50 };
}

function freshness(url: string) {
  return readYourWrites({
    count: Number(options.trials),
    concurrency: 4,
    evictEvery: Number.MAX_SAFE_INTEGER,
    post: (path, json) => fetch(`${url}${path}`, { method: "POST", headers: HEADERS, body: JSON.stringify(json) }),
    evict: async () => {},
  });
}

say("folding …");
const speed = measureFold();
const sizes = measureSizes([10, 1_000, 100_000]);
const matrix = await measureFeatureMatrix();
const persist = mkdtempSync(`${tmpdir()}/nowcast-bench-`);
say("starting workerd …");
const system = await startBenchSystem(persist);
let ingestion: Awaited<ReturnType<typeof measureIngestion>>;
let fresh: Awaited<ReturnType<typeof freshness>>;
try {
  fresh = await freshness(system.urls.edge);
  ingestion = await measureIngestion(system.urls);
} finally {
  await system.close();
  rmSync(persist, { recursive: true, force: true });
}

const [smallest, largest] = [sizes[1], sizes.at(-1)];
const figures: Figure[] = [
  bounded("fold, typical events in one isolate", round(speed.eventsPerSecond, 0), "events/s", "at least", 200_000),
  ...sizes.flatMap(({ events, profileBytes, viewBytes }) => [
    bounded(`profile after ${events.toLocaleString("en")} events`, profileBytes, "bytes", "at most", PROFILE_BYTES),
    bounded(`decision view after ${events.toLocaleString("en")} events`, viewBytes, "bytes", "at most", VIEW_BYTES),
  ]),
  bounded(
    "profile after 100,000 events / after 1,000",
    round((largest?.profileBytes ?? 0) / (smallest?.profileBytes ?? 1), 2),
    "ratio",
    "at most",
    1.25,
  ),
  bounded(
    `feature matrix, ${matrix.candidates} candidates × ${matrix.columns} columns`,
    round(matrix.medianMs, 2),
    "ms",
    "at most",
    1.5,
  ),
  bounded(
    "single events acknowledged / rows of a bare object",
    round(median(ingestion.ratios.single), 2),
    "ratio",
    "at least",
    0.5,
  ),
  bounded(
    "events in batches of ten / rows of a bare object",
    round(median(ingestion.ratios.batch), 2),
    "ratio",
    "at least",
    4,
  ),
  { name: "  lowest round", value: round(Math.min(...ingestion.ratios.batch), 2), unit: "ratio" },
  { name: "  highest round", value: round(Math.max(...ingestion.ratios.batch), 2), unit: "ratio" },
  { name: "acknowledgement of one event, p50", value: round(median(ingestion.p50.single), 1), unit: "ms" },
  { name: "acknowledgement of ten events, p50", value: round(median(ingestion.p50.batch), 1), unit: "ms" },
  { name: "row of a bare object, p50", value: round(median(ingestion.p50.writer), 1), unit: "ms" },
  {
    name: "freshness: acknowledgement → decision that uses it, p50",
    value: round(quantile(fresh.freshnessMs, 0.5), 1),
    unit: "ms",
  },
  {
    name: "freshness: acknowledgement → decision that uses it, p99",
    value: round(quantile(fresh.freshnessMs, 0.99), 1),
    unit: "ms",
  },
  bounded(
    "decisions with the profile that lacked an acknowledged event",
    fresh.stale.length,
    `of ${fresh.trials}`,
    "at most",
    0,
  ),
];
printReport(figures, options.json);
