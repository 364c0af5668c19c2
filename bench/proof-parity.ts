// `npm run proof:parity`: whole logs through the running system with every decision recorded, then every matrix computed again
// from the lake alone. RankLens (real people, found through NOWCAST_DATA, default ../shared/data) and the demo's simulated
// shoppers. A single other bit fails. docs/parity.md tells what this proves.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "../cli/client/client.ts";
import { LOCAL_KEY } from "../cli/client/connection.ts";
import { ROOT } from "../cli/dev/local-server.ts";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import type { ParitySummary } from "../src/training/parity-report.ts";
import { KillableServer } from "../tests/support/killable-server.ts";
import { type Figure, printReport } from "./report.ts";
import { runNowcast } from "./run-nowcast.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, keep: { type: "boolean", default: false } },
});
const root = mkdtempSync(join(tmpdir(), "nowcast-parity-"));
/** What an untouched lake needs to hand over everything: objects drain after a second, epochs are written after another. */
const STILL_MS = 10_000;
const PATIENCE_MS = 240_000;

interface Replayed {
  readonly decisions: number;
  readonly degraded: { readonly first: number; readonly remaining: number };
}

/** @param rows that must have come at least; those that got lost on the way come again after 20 s */
async function untilStill(server: KillableServer, rows: number): Promise<void> {
  const client = new Client({ url: server.url, key: LOCAL_KEY, timeoutMs: 60_000 });
  let before = "";
  let still = 0;
  for (let waited = 0; waited < PATIENCE_MS && still < STILL_MS; waited += 1000) {
    const { written, appended, itemEpoch } = await client.lakeFlush();
    const now = `${written} ${appended} ${itemEpoch}`;
    still = now === before && written >= rows ? still + 1000 : 0;
    before = now;
    await pause(1000);
  }
}

/** Takes a log through a system of its own. @param makeLog writes it, and says how many events and items it has */
async function prove(name: string, makeLog: (path: string) => Promise<number>): Promise<Figure[]> {
  const dir = join(root, name);
  mkdirSync(dir);
  const path = (file: string): string => join(dir, file);
  const nowcast = (args: readonly string[], mayFail = false) => runNowcast(args, dir, { mayFail });
  const rows = await makeLog(path("log.ndjson"));
  await nowcast([
    "train",
    "--log",
    path("log.ndjson"),
    "--split",
    "time:0.8",
    "--all-features",
    "--out",
    path("model"),
  ]);
  const server = await KillableServer.start(path("state"));
  let replayed: Replayed;
  try {
    const url = ["--url", server.url];
    await nowcast(["publish", path("model"), ...url]);
    replayed = (await nowcast(["replay", path("log.ndjson"), ...url, "--record-whole", "--json"])) as Replayed;
    await untilStill(server, rows);
    await nowcast(["lake", "pull", "--out", path("lake"), ...url]);
  } finally {
    await server.kill();
  }
  const check = ["parity", "--lake", path("lake"), "--snapshot", path("model"), "--json"];
  return figuresOf(name, replayed, (await nowcast(check, true)) as ParitySummary);
}

function figuresOf(name: string, { decisions, degraded }: Replayed, summary: ParitySummary): Figure[] {
  const { no_profile: withoutView = 0, ...lost } = summary.skipped;
  const missing = Object.values(lost).reduce((sum, count) => sum + count, 0);
  for (const found of [...summary.viewMismatches, ...summary.mismatches]) {
    process.stderr.write(`${JSON.stringify(found)}\n`);
  }
  const none = (value: number) => ({ value, target: "0", holds: value === 0 });
  return [
    {
      name: `${name}: decisions compared`,
      value: summary.decisions,
      unit: `for ${decisions} lists of ${summary.visitors} visitors`,
      target: "every list at least once",
      holds: summary.decisions >= decisions - degraded.remaining,
    },
    { name: `${name}: rows`, value: summary.rows, unit: "rows" },
    { name: `${name}: columns`, value: summary.columns, unit: "columns" },
    { name: `${name}: values`, value: summary.values, unit: "float32" },
    { name: `${name}: epochs of item data`, value: summary.itemEpochs.distinct, unit: "epochs" },
    { name: `${name}: values with other bits`, unit: "float32", ...none(summary.valuesDiffering) },
    { name: `${name}: views with other bytes`, unit: "views", ...none(summary.viewsDiffering) },
    { name: `${name}: decisions that the lake does not hold enough for`, unit: "decisions", ...none(missing) },
    { name: `${name}: decisions without a view, not compared`, value: withoutView, unit: "decisions" },
  ];
}

const figures: Figure[] = [];
const data = resolve(process.env.NOWCAST_DATA ?? join(ROOT, "../shared/data"), "ranklens");
if (existsSync(data)) {
  const convert = async (file: string): Promise<number> => {
    await runNowcast(["convert", "ranklens", data], root, { file });
    return readFileSync(file, "utf8").split("\n").length - 1;
  };
  figures.push(...(await prove("ranklens", convert)));
} else process.stderr.write(`RankLens is not at ${data}: left out; NOWCAST_DATA names the folder that holds it\n`);
const simulate = async (file: string): Promise<number> => {
  const records = simulateLog({ seed: 1, endTs: 1_732_280_000_000 });
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return records.length;
};
figures.push(...(await prove("demo", simulate)));
if (!options.keep) rmSync(root, { recursive: true, force: true });
printReport(figures, options.json);
