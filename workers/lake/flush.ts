// Writes what a log holds: each segment becomes Parquet files and item statistics, then the log forgets it. Every step can
// be repeated: files have the segment's name and content, and each shard of items applies a segment once.

import type { Segment } from "../../durable-objects/lake-log.ts";
import { items } from "../../nowcast.config.ts";
import { byItemShard, itemShardName } from "../../src/catalog/item-shard.ts";
import { encodeOutcomes } from "../../src/catalog/outcome-codec.ts";
import { type ItemOutcome, outcomesOf } from "../../src/catalog/outcomes.ts";
import { encodePairs, type ItemPair, pairsOf } from "../../src/catalog/pairs.ts";
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
  const countsOfSite = new Map<string, Counts>();
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
        const counts = countsOfSite.get(chunk.site) ?? { outcomes: [], pairs: [] };
        counts.outcomes.push(...outcomesOf(row as unknown as AcceptedEvent));
        counts.pairs.push(...pairsOf(row as unknown as AcceptedEvent));
        countsOfSite.set(chunk.site, counts);
      }
    }
  }
  await Promise.all([...files].map(([key, { table, rows }]) => env.LAKE.put(key, encodeParquet(table, rows))));
  await Promise.all([...countsOfSite].map(([site, counts]) => countOutcomes(env, site, log, segment.to, counts)));
  return { rows, files: files.size };
}

/** What a segment says of the items of one site, in the order of its events. */
interface Counts {
  readonly outcomes: ItemOutcome[];
  readonly pairs: ItemPair[];
}

/** Hands the outcomes of a segment to the objects of their items. Applied, and numbered as an epoch, when it answers. */
async function countOutcomes(
  env: LakeEnv,
  site: string,
  log: string,
  segment: number,
  { outcomes, pairs }: Counts,
): Promise<void> {
  const outcomesOfShard = byItemShard(outcomes, ({ itemId }) => itemId, items.shards);
  const pairsOfShard = byItemShard(pairs, ({ itemId }) => itemId, items.shards);
  await Promise.all(
    [...new Set([...outcomesOfShard.keys(), ...pairsOfShard.keys()])].map((shard) => {
      const batch = {
        log,
        segment,
        outcomes: encodeOutcomes(outcomesOfShard.get(shard) ?? []),
        pairs: encodePairs(pairsOfShard.get(shard) ?? []),
      };
      return env.ITEM_STATS.getByName(itemShardName(site, shard)).applyOutcomes({ site, shard }, batch);
    }),
  );
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
