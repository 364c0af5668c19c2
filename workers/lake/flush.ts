// Writes what a log holds: each segment becomes Parquet files and item counts, then the log forgets it. Every step can
// be repeated: files have the segment's name and content, counts are applied once a segment.

import type { Segment } from "../../durable-objects/lake-log.ts";
import type { OutcomeCounts } from "../../src/catalog/item-table.ts";
import { outcomesOf } from "../../src/catalog/outcomes.ts";
import type { AcceptedEvent } from "../../src/events/event.ts";
import { partitionKey } from "../../src/lake/keys.ts";
import type { Table } from "../../src/lake/message.ts";
import { encodeParquet, rowProblem } from "../../src/lake/parquet.ts";
import type { LakeRow } from "../../src/lake/tables.ts";

/** Segments written by one call at most: what is left waits for the next. */
const MAX_SEGMENTS = 16;

export async function flushLog(env: LakeEnv, log: string): Promise<{ rows: number; files: number }> {
  const stub = env.LAKE_LOG.getByName(log);
  let rows = 0;
  let files = 0;
  for (let i = 0; i < MAX_SEGMENTS; i++) {
    const segment = await stub.take();
    if (segment === null) break;
    const written = await writeSegment(env, log, segment);
    rows += written.rows;
    files += written.files;
    await stub.commit(segment.to);
  }
  return { rows, files };
}

async function writeSegment(env: LakeEnv, log: string, segment: Segment): Promise<{ rows: number; files: number }> {
  const files = new Map<string, { table: Table; rows: LakeRow[] }>();
  const countsOfSite = new Map<string, Map<string, OutcomeCounts>>();
  let rows = 0;
  for (const chunk of segment.chunks) {
    for (const line of chunk.rows.split("\n")) {
      const { table, row } = readRow(chunk.table, line);
      const key = partitionKey(table, chunk.site, row.receivedAt, log, segment.to);
      const file = files.get(key) ?? { table, rows: [] };
      file.rows.push(row);
      files.set(key, file);
      rows++;
      if (table === "events") {
        const counts = countsOfSite.get(chunk.site) ?? new Map<string, OutcomeCounts>();
        for (const { itemId, outcome } of outcomesOf(row as unknown as AcceptedEvent)) {
          const item = counts.get(itemId) ?? {};
          item[outcome] = (item[outcome] ?? 0) + 1;
          counts.set(itemId, item);
        }
        countsOfSite.set(chunk.site, counts);
      }
    }
  }
  await Promise.all([...files].map(([key, { table, rows }]) => env.LAKE.put(key, encodeParquet(table, rows))));
  for (const [site, counts] of countsOfSite) {
    if (counts.size === 0) continue;
    const batch = { site, log, segment: segment.to, counts: [...counts] };
    await env.ITEM_STATS.getByName(`${site}:items`).applyCounts(batch);
  }
  return { rows, files: files.size };
}

/** A row as its table takes it. One that cannot be written goes to the failed events: it must not hold up its log. */
function readRow(table: Table, line: string): { table: Table; row: LakeRow } {
  let problem: string;
  try {
    const row = JSON.parse(line) as LakeRow;
    const field = rowProblem(table, row);
    if (field === null) return { table, row };
    problem = `the column of ${field} cannot hold it`;
  } catch {
    problem = "the row is not JSON";
  }
  const message = `${table}: ${problem}`;
  return { table: "failed_events", row: { receivedAt: 0, code: "not_writable", message, raw: line } };
}
