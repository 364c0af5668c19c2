// `npm run proof:ranklens`: the whole way on real data, with the commands that a user has. RankLens becomes a log, a model
// is trained on its first 80 %, the last 20 % goes through the running system over HTTP while workerd is killed five
// times; then the lake must hold every event once, and offline evaluation must give what the system gave.
// The data are found through NOWCAST_DATA (default ../shared/data).
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { Client } from "../cli/client/client.ts";
import { LOCAL_KEY } from "../cli/client/connection.ts";
import { ROOT } from "../cli/dev/local-server.ts";
import { KillableServer } from "../tests/support/killable-server.ts";
import { type Figure, printReport } from "./report.ts";
import { runNowcast } from "./run-nowcast.ts";
import { untilWritten } from "./until-written.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    kills: { type: "string", default: "5" },
    keep: { type: "boolean", default: false },
  },
});
const KILLS = Number(options.kills);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const data = resolve(process.env.NOWCAST_DATA ?? join(ROOT, "../shared/data"), "ranklens");
if (!existsSync(data)) {
  say(`RankLens is not at ${data}; set NOWCAST_DATA to the folder that holds it`);
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), "nowcast-proof-"));
const path = (name: string): string => join(dir, name);

const nowcast = (args: readonly string[], file?: string): Promise<unknown> =>
  runNowcast(args, dir, file === undefined ? {} : { file });

interface Ndcg {
  readonly "ndcg@10": number;
}
interface Replayed {
  readonly quality: {
    queries: number;
    metrics: Ndcg;
    ci95: { "ndcg@10": [number, number] };
    baselines: Record<string, Ndcg>;
  };
  readonly degraded: { first: number; remaining: number };
  readonly decisions: number;
  readonly latency: { p50: number; p99: number };
  readonly itemEpoch: { min: number; max: number };
  readonly seconds: number;
}
interface Evaluated {
  readonly queries: number;
  readonly metrics: Ndcg;
  readonly ci95: { "ndcg@10": [number, number] };
  readonly baselines: Record<string, Ndcg>;
  readonly versus: Record<string, { delta: number; ci95: [number, number] }>;
  /** Lists by what was known of their visitor. */
  readonly breakdown: Record<string, { metrics: Ndcg; baselines: Record<string, Ndcg> }>;
  /** With recorded decisions: lists that were ordered otherwise than offline. */
  readonly recorded?: { readonly differing: number };
}

/** Kills and restarts the server at even distances of the log, until it was done `times` times or `over` settles. */
async function killRepeatedly(
  server: KillableServer,
  rows: number,
  times: number,
  over: Promise<unknown>,
): Promise<number> {
  const client = new Client({ url: server.url, key: LOCAL_KEY, timeoutMs: 60_000 });
  let running = true;
  const end = over
    .catch(() => {})
    .finally(() => {
      running = false;
    });
  for (let kill = 0; kill < times; kill++) {
    const due = ((kill + 1) * rows) / (times + 1);
    while (running && (await client.lakeStatus()).appended < due) await Promise.race([pause(200), end]);
    if (!running) return kill;
    say(`kill ${kill + 1} of ${times}`);
    await server.kill();
    await server.start();
  }
  return times;
}

/** How often each event of the log stands in Parquet. */
async function countInLake(log: string, lake: string): Promise<{ acknowledged: number; once: number }> {
  const events = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { kind?: string; id: string })
    .filter(({ kind }) => kind !== "item");
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(
    `SELECT id, count(*)::INT AS times FROM read_parquet('${lake}/table=events/**/*.parquet') WHERE system IS NULL GROUP BY id`,
  );
  const times = new Map(result.getRowObjects().map(({ id, times }) => [id, times]));
  const strangers = times.size - events.filter(({ id }) => times.has(id)).length;
  if (strangers > 0) throw new Error(`${strangers} ids of the lake are not in the log`);
  return { acknowledged: events.length, once: events.filter(({ id }) => times.get(id) === 1).length };
}

const split = ["--split", "time:0.8"];
await nowcast(["convert", "ranklens", data], path("ranklens.ndjson"));
const lines = readFileSync(path("ranklens.ndjson"), "utf8").split("\n").length - 1;
await nowcast(["train", "--log", path("ranklens.ndjson"), ...split, "--out", path("model")]);
const server = await KillableServer.start(path("state"));
let kills = 0;
let replayed: Replayed;
try {
  const url = ["--url", server.url];
  await nowcast(["publish", path("model"), ...url]);
  const replay = nowcast([
    "replay",
    path("ranklens.ndjson"),
    ...url,
    ...split,
    "--record",
    path("decisions.ndjson"),
    "--timeout",
    "180",
    "--json",
  ]);
  kills = await killRepeatedly(server, lines, KILLS, replay);
  replayed = (await replay) as Replayed;
  await untilWritten(server.url, lines);
  await nowcast(["lake", "pull", "--out", path("lake"), ...url]);
} finally {
  await server.kill();
}
const evaluate = ["evaluate", "--log", path("ranklens.ndjson"), ...split, "--snapshot", path("model"), "--json"];
const named = ["--item-statistics", "epochs", "--decisions", path("decisions.ndjson"), "--epochs", path("lake")];
const sameEpochs = (await nowcast([...evaluate, ...named])) as Evaluated;
const live = (await nowcast(evaluate)) as Evaluated;
const { acknowledged, once } = await countInLake(path("ranklens.ndjson"), path("lake"));
if (!options.keep) rmSync(dir, { recursive: true, force: true });

const round = (value: number): number => Number(value.toFixed(6));
const [served, offline, current] = [replayed.quality.metrics, sameEpochs.metrics, live.metrics].map(
  (of) => of["ndcg@10"],
);
const firstLists = live.breakdown["first-list"];
const figures: Figure[] = [
  { name: "lists measured", value: replayed.quality.queries, unit: "lists" },
  { name: "replay through the system", value: round(served ?? Number.NaN), unit: "NDCG@10" },
  {
    name: "evaluate, the same item-statistics epochs",
    value: round(offline ?? Number.NaN),
    unit: "NDCG@10",
    target: "equal to the replay to the fourth digit",
    holds: Math.abs((served ?? 0) - (offline ?? 1)) < 5e-5,
  },
  {
    name: "lists that the system ordered otherwise than evaluate",
    value: sameEpochs.recorded?.differing ?? Number.NaN,
    unit: "lists",
    target: "0",
    holds: sameEpochs.recorded?.differing === 0,
  },
  { name: "evaluate, statistics strictly before each list", value: round(current ?? Number.NaN), unit: "NDCG@10" },
  { name: "what the lag of live statistics cost", value: round((current ?? 0) - (served ?? 0)), unit: "NDCG@10" },
  { name: "baseline: item CTR", value: round(live.baselines.ctr?.["ndcg@10"] ?? Number.NaN), unit: "NDCG@10" },
  {
    name: "baseline: order shown",
    value: round(live.baselines["logged-order"]?.["ndcg@10"] ?? Number.NaN),
    unit: "NDCG@10",
  },
  {
    name: "gain over item CTR",
    value: round(live.versus.ctr?.delta ?? Number.NaN),
    unit: "NDCG@10",
    target: "lower bound of the paired bootstrap above 0",
    holds: (live.versus.ctr?.ci95[0] ?? 0) > 0,
  },
  { name: "  lower end of its 95 % interval", value: round(live.versus.ctr?.ci95[0] ?? Number.NaN), unit: "NDCG@10" },
  { name: "  upper end", value: round(live.versus.ctr?.ci95[1] ?? Number.NaN), unit: "NDCG@10" },
  { name: "a visitor's first list", value: round(firstLists?.metrics["ndcg@10"] ?? Number.NaN), unit: "NDCG@10" },
  { name: "  item CTR on those", value: round(firstLists?.baselines.ctr?.["ndcg@10"] ?? Number.NaN), unit: "NDCG@10" },
  { name: "decisions that stepped down at first", value: replayed.degraded.first, unit: `of ${replayed.decisions}` },
  { name: "times workerd was killed", value: kills, unit: "kills", target: String(KILLS), holds: kills === KILLS },
  {
    name: "events of the log that stand in Parquet exactly once",
    value: once,
    unit: `of ${acknowledged}`,
    target: "all",
    holds: once === acknowledged,
  },
];
printReport(figures, options.json);
