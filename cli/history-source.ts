// Where `train` and `evaluate` read their history from: a log or the lake. The options and the reading, with progress.
import { profileOfSite } from "../nowcast.config.ts";
import { buildHistory, type History } from "../src/training/history.ts";
import { readLake } from "../src/training/lake-log.ts";
import { type LogRecord, readLog } from "../src/training/log.ts";
import { instant } from "./options.ts";
import { startProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

export const historyArgs = {
  log: { type: "string", description: "History log (NDJSON, plain or .gz)", valueHint: "LOG" },
  lake: {
    type: "string",
    description: "Folder of the lake's Parquet files, as `nowcast lake pull` makes it",
    valueHint: "DIR",
  },
  site: { type: "string", description: "Site, for --lake and --epochs", default: "default" },
  until: { type: "string", description: "Only events before this time (ISO 8601 or epoch ms)", valueHint: "TIME" },
} as const;

export interface HistoryOptions {
  readonly log?: string | undefined;
  readonly lake?: string | undefined;
  readonly site: string;
  readonly until?: string | undefined;
}

/** @throws UsageError unless exactly one of `log` and `lake` is given; what reading them throws */
export async function loadHistory(options: HistoryOptions): Promise<History> {
  return buildHistory(await loadRecords(options), profileOfSite(options.site));
}

/**
 * The history with a separate test log put in by time, and which records are of that log.
 * @throws as `loadHistory`
 */
export async function loadHistoryWithTest(options: HistoryOptions, test: string) {
  const train = await loadRecords(options);
  const held = await loadRecords({ log: test, site: options.site, until: options.until });
  const records = [...train, ...held];
  // Stable: of equal times what trains comes first. Items have no time: those of the test log come after the training log.
  const until = train.reduce((newest, record) => (record.kind === "event" ? Math.max(newest, record.ts) : newest), 0);
  const items = held.filter(({ kind }) => kind === "item");
  const events = records.filter((record) => record.kind === "event").sort((a, b) => a.ts - b.ts);
  const cut = events.findIndex(({ ts }) => ts > until);
  const [before, after] = cut < 0 ? [events, []] : [events.slice(0, cut), events.slice(cut)];
  const merged = [...train.filter(({ kind }) => kind === "item"), ...before, ...items, ...after];
  return { history: buildHistory(merged, profileOfSite(options.site)), train, held: new Set(held) };
}

async function loadRecords({ log, lake, site, until }: HistoryOptions): Promise<LogRecord[]> {
  if ((log === undefined) === (lake === undefined)) throw new UsageError("give either --log LOG or --lake DIR");
  const before = until === undefined ? undefined : instant("until", until);
  const source =
    log === undefined ? readLake(lake as string, { site, ...(before ? { until: before } : {}) }) : readLog(log);
  const progress = startProgress({ label: "records read" });
  const records: LogRecord[] = [];
  try {
    for await (const record of source) {
      if (before !== undefined && record.kind === "event" && record.ts >= before) continue;
      records.push(record);
      progress.update(records.length);
    }
  } finally {
    progress.stop();
  }
  return records;
}
