// The first start: simulated shoppers visit the sample shop, a model learns from them, and it is published. Whatever
// broke off is taken up again by the next start: the log is the same, and events are known by their ids.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simulateLog } from "../../examples/sample/shoppers.ts";
import { buildHistory } from "../../src/training/history.ts";
import type { LogRecord } from "../../src/training/log.ts";
import { writeSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { train } from "../../src/training/train.ts";
import type { Client } from "../client/client.ts";
import { importLog } from "../client/import-log.ts";
import { publishSnapshot } from "../client/publish-snapshot.ts";
import { type Progress, startProgress } from "../progress.ts";

const SHOPPERS = 200;
const SEED = 1;

export interface SeedOptions {
  /** Folder for the sample's log and model. */
  readonly folder: string;
  /** Epoch ms: when the simulated fortnight ends, for a sample that is not there yet. */
  readonly now: number;
  readonly say: (line: string) => void;
}

/** Imports, trains and publishes. @returns the version that ranks */
export async function seed(client: Client, { folder, now, say }: SeedOptions): Promise<string> {
  const { records, path } = sampleLog(folder, now);
  const events = records.filter(({ kind }) => kind === "event").length;
  say(
    `No model yet. Seeding with SIMULATED data: ${SHOPPERS} shoppers, ${records.length - events} items, ${events} events.`,
  );
  let progress: Progress | null = null;
  const counts = await importLog(path, client, {
    stateFolder: join(folder, "imports"),
    onStart: (total) => {
      progress = startProgress({ label: "records sent", total });
    },
    onProgress: (done) => progress?.update(done),
  });
  (progress as Progress | null)?.stop();
  if (counts.rejected > 0) throw new Error(`${counts.rejected} events of the sample were rejected`);
  say("Training a model on what they clicked …");
  const trained = await train(buildHistory(records));
  const model = join(folder, "sample-model");
  await writeSnapshotDir(model, trained);
  const { version } = await publishSnapshot(model, client);
  say(`Published snapshot ${version}.`);
  await untilModelServes(client, records);
  return version;
}

/** The log of the sample, made once: the same events with the same ids, however often a start breaks off. */
function sampleLog(folder: string, now: number): { records: LogRecord[]; path: string } {
  mkdirSync(folder, { recursive: true });
  const settings = join(folder, "sample.json");
  const { endTs } = existsSync(settings)
    ? (JSON.parse(readFileSync(settings, "utf8")) as { endTs: number })
    : { endTs: now };
  const records = simulateLog({ seed: SEED, endTs, shoppers: SHOPPERS });
  const path = join(folder, "sample.ndjson");
  writeFileSync(path, `${records.map((record) => JSON.stringify(record)).join("\n")}\n`);
  writeFileSync(settings, `${JSON.stringify({ endTs, seed: SEED, shoppers: SHOPPERS })}\n`);
  return { records, path };
}

/** The isolate follows the pointer and warms ONNX up by itself; whoever tries the first curl should find it done. */
async function untilModelServes(client: Client, records: readonly LogRecord[]): Promise<void> {
  const visitor = records.find((record) => record.kind === "event");
  const anonymousId = visitor?.kind === "event" ? (visitor.anonymousId ?? "visitor") : "visitor";
  for (let attempt = 0; attempt < 150; attempt++) {
    const { degraded } = await client.decide({ anonymousId, placements: { home: { type: "recommend", count: 4 } } });
    if (degraded.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the published model does not serve; `nowcast publish` says why");
}
