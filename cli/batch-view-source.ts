// The batch view of the lake that `train` reads, with progress.
import { profile } from "../nowcast.config.ts";
import { type BatchView, batchViewOf } from "../src/training/batch-view.ts";
import { type LakeVisitor, readLakeVisitors } from "../src/training/lake-log.ts";
import type { LogItem } from "../src/training/log.ts";
import type { HistoryOptions } from "./history-source.ts";
import { instant } from "./options.ts";
import { startProgress } from "./progress.ts";

/** Null without a lake: logs do not say whose object an event went to. @param items the catalogue */
export async function loadBatchView(
  { lake, site, until }: HistoryOptions,
  items: ReadonlyMap<string, LogItem>,
): Promise<BatchView | null> {
  if (lake === undefined) return null;
  const options = { site, ...(until === undefined ? {} : { until: instant("until", until) }) };
  return batchViewOf(counted(readLakeVisitors(lake, options)), { items, sessionTimeoutMs: profile.sessionTimeoutMs });
}

async function* counted(visitors: AsyncIterable<LakeVisitor>): AsyncGenerator<LakeVisitor> {
  const progress = startProgress({ label: "visitors read" });
  let read = 0;
  try {
    for await (const visitor of visitors) {
      yield visitor;
      progress.update(++read);
    }
  } finally {
    progress.stop();
  }
}
