// The first start: simulated shoppers visit the sample shop, a model learns from them, and it is published. Whatever
// broke off is taken up again by the next start: the log is the same, and events are known by their ids.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { SHOP_CONFIG } from "../../examples/storefront/site-config.ts";
import { buildHistory } from "../../src/training/history.ts";
import type { LogRecord } from "../../src/training/log.ts";
import { writeSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { train } from "../../src/training/train.ts";
import type { Client } from "../client/client.ts";
import { holdsNothing, importLog } from "../client/import-log.ts";
import { publishSnapshot } from "../client/publish-snapshot.ts";
import type { Progress } from "../progress.ts";

const SHOPPERS = 200;
const SEED = 1;

export interface SeedOptions {
  /** Folder for the sample's log and model. */
  readonly folder: string;
  /** Epoch ms: when the simulated fortnight ends, unless an earlier start began with another one. */
  readonly now: number;
  /** 200 by default. */
  readonly shoppers?: number;
  readonly say: (line: string) => void;
  readonly startProgress: (options: { label: string; total: number }) => Progress;
}

/** Imports, trains and publishes. @returns the version that ranks */
export async function seed(client: Client, options: SeedOptions): Promise<string> {
  const { folder, now, shoppers = SHOPPERS, say } = options;
  // A server that holds nothing begins with a fortnight that ends now; any other goes on with the one it was given.
  const endTs = (await holdsNothing(client)) ? now : (begunWith(folder) ?? now);
  const { records, path } = writeSample(folder, endTs, shoppers);
  const events = records.filter(({ kind }) => kind === "event").length;
  say("No model yet: seeding with SIMULATED data. No person did any of this.");
  say(`${shoppers} shoppers, a shop of ${records.length - events} items, ${events} events of the last 14 days`);
  await sendAll(path, client, join(folder, "imports"), options.startProgress);
  say("Training a model on what they clicked …");
  const trained = await train(buildHistory(records));
  const model = join(folder, "sample-model");
  await writeSnapshotDir(model, trained);
  const { version } = await publishSnapshot(model, client);
  await configureShop(client);
  say(`Published as ${version}; waiting until it serves …`);
  await untilModelServes(client, records, say);
  return version;
}

/** What the shop's site is configured with, unless it has been configured already. */
async function configureShop(client: Client): Promise<void> {
  const { version, ...document } = await client.siteConfig();
  if (version === 0) await client.putSiteConfig({ ...document, ...SHOP_CONFIG }, version);
}

function begunWith(folder: string): number | null {
  try {
    const { endTs } = JSON.parse(readFileSync(join(folder, "sample.json"), "utf8"));
    return typeof endTs === "number" ? endTs : null;
  } catch {
    return null;
  }
}

/** The sample's log: with the same end the same events with the same ids. */
function writeSample(folder: string, endTs: number, shoppers: number): { records: LogRecord[]; path: string } {
  mkdirSync(folder, { recursive: true });
  const records = simulateLog({ seed: SEED, endTs, shoppers });
  const path = join(folder, "sample.ndjson");
  writeFileSync(join(folder, "sample.json"), `${JSON.stringify({ endTs, seed: SEED, shoppers })}\n`);
  writeFileSync(path, `${records.map((record) => JSON.stringify(record)).join("\n")}\n`);
  return { records, path };
}

async function sendAll(
  log: string,
  client: Client,
  stateFolder: string,
  startProgress: SeedOptions["startProgress"],
): Promise<void> {
  let progress: Progress | null = null;
  const { rejected } = await importLog(log, client, {
    stateFolder,
    onStart: (total) => {
      progress = startProgress({ label: "Records sent", total });
    },
    onProgress: (done) => progress?.update(done),
  }).finally(() => progress?.stop());
  if (rejected > 0) throw new Error(`${rejected} records of the sample were rejected`);
}

const POLL_MS = 200;
const PATIENCE_MS = 45_000;

/** The isolate finds the new model by itself; whoever tries the first curl should find it there. */
async function untilModelServes(client: Client, records: readonly LogRecord[], say: (line: string) => void) {
  const shopper = records.find((record) => record.kind === "event")?.anonymousId ?? "";
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { degraded, placements } = await client.decide({
      anonymousId: shopper,
      placements: { home: { type: "recommend", count: 4 } },
      budgetMs: { profile: 2_000 },
    });
    if (degraded.length === 0 && placements.home?.strategy === "model") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  say("The model is published and not in use yet: decisions say why in `degraded`.");
}
