// Imports a log file: with a checkpoint, so that an import that was broken off goes on where it was.
import { join } from "node:path";
import { readLineBatches } from "../../src/training/lines.ts";
import { type LogError, readLog } from "../../src/training/log.ts";
import { Checkpoint } from "./checkpoint.ts";
import type { Client } from "./client.ts";
import type { Refusal } from "./encode.ts";
import { type ImportCounts, importRecords, NO_COUNTS } from "./import-records.ts";
import { Ledger } from "./ledger.ts";

export interface ImportLogOptions {
  /** Where the checkpoint is kept, `.nowcast/imports` by default. */
  readonly stateFolder?: string;
  /** @param total lines of the log; @param resumedAt records that an earlier run settled */
  readonly onStart?: (total: number, resumedAt: number) => void;
  readonly onProgress?: (done: number, seconds: number) => void;
  readonly onBadLine?: (error: LogError) => void;
  readonly onRejected?: (refusal: Refusal) => void;
}

export interface ImportResult extends Omit<ImportCounts, "acceptedBefore"> {
  readonly log: string;
  readonly badLines: number;
  /** Records that an earlier, broken-off run had settled; they are part of the counts. */
  readonly resumedAt: number;
  /** Of this run. */
  readonly seconds: number;
}

/** @throws what `importRecords` throws, and LogError when the file cannot be read to its end; a bad line is skipped */
export async function importLog(log: string, client: Client, options: ImportLogOptions = {}): Promise<ImportResult> {
  const { now } = client.transport.ports;
  const startedAt = now();
  const checkpoint = new Checkpoint(log, client.transport.url, options.stateFolder ?? join(".nowcast", "imports"));
  const { ledger, counts: before } = await resume(checkpoint, client);
  const resumedAt = ledger.count;
  options.onStart?.(await countLines(log), resumedAt);
  let badLines = 0;
  const records = readLog(log, {
    onBadLine(error) {
      badLines++;
      options.onBadLine?.(error);
    },
  });
  const { acceptedBefore: _, ...counts } = await importRecords(records, client, {
    ledger,
    counts: before,
    ...(options.onRejected ? { onRejected: options.onRejected } : {}),
    onSettled(ledger, counts) {
      checkpoint.save(ledger, counts);
      options.onProgress?.(ledger.count, (now() - startedAt) / 1000);
    },
  });
  checkpoint.remove();
  return { log, ...counts, badLines, resumedAt, seconds: (now() - startedAt) / 1000 };
}

/** Neither an item nor a row of the lake: nothing was ever sent there, or at most within the last seconds. */
export async function holdsNothing(client: Client): Promise<boolean> {
  const { appended, itemEpoch } = await client.lakeStatus();
  return appended === 0 && itemEpoch === 0;
}

/** A checkpoint does not outlive its server: where that holds nothing at all, it was set up anew since then. */
async function resume(checkpoint: Checkpoint, client: Client): Promise<{ ledger: Ledger; counts: ImportCounts }> {
  const found = checkpoint.load();
  if (found.ledger.count > 0 && (await holdsNothing(client))) {
    return { ledger: new Ledger(), counts: { ...NO_COUNTS } };
  }
  return found;
}

async function countLines(path: string): Promise<number> {
  let lines = 0;
  for await (const batch of readLineBatches(path)) lines += batch.length;
  return lines;
}
