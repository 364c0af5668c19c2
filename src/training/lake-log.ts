// The lake as a history log: Parquet under Hive partitions, read and sorted by DuckDB, which spills to disk what does not
// fit into memory. What comes out is what `readLog` gives for a log: items, then events in canonical order.
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Table } from "../lake/message.ts";
import { type Column, TABLE_COLUMNS } from "../lake/tables.ts";
import type { LogEvent, LogItem, LogRecord } from "./log.ts";

export interface ReadLakeOptions {
  /** `default` by default. */
  readonly site?: string;
  /** Epoch ms: rows received from then on are left out. */
  readonly until?: number;
}

/** The folder holds no events of the site. */
export class LakeError extends Error {
  override readonly name = "LakeError";
}

/** A visitor's events under the name of their object, which no id is read from. */
export interface LakeVisitor {
  /** Pseudonym: the object's name. */
  readonly visitor: string;
  /** In the order of `seq`. */
  readonly events: readonly LogEvent[];
}

/**
 * Yields the catalogue as its newest rows tell it (deleted items left out), then the events by time of receipt; a
 * visitor's own always in the order of `seq`. An event without ids has the visitor's pseudonym as `anonymousId`; `ts` is
 * never after the receipt, as in the fold. Rows without a visitor (consent to statistics alone) are nobody's history.
 * @param dir holds `table=events/site=…/dt=…/hour=…/*.parquet` and `table=items/…`
 * @throws LakeError when there are no events of the site
 */
export async function* readLake(dir: string, options: ReadLakeOptions = {}): AsyncGenerator<LogRecord> {
  yield* withLake<LogRecord>(dir, options, async function* (connection, source) {
    const items = source("items");
    if (items !== null) {
      yield* rows(
        connection,
        `SELECT * FROM (SELECT * FROM ${items} QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1)
         WHERE NOT coalesce(deleted, false) ORDER BY id`,
        toItem,
      );
    }
    // Replays bring their own time of receipt, which may go back; seq never does.
    yield* rows(
      connection,
      `SELECT * EXCLUDE (placed_at) FROM
         (SELECT *, max(received_at) OVER (PARTITION BY visitor ORDER BY seq) AS placed_at FROM ${source("events")})
       WHERE visitor IS NOT NULL ORDER BY placed_at, visitor, seq`,
      toEvent,
    );
  });
}

/**
 * Yields the events of the same lake visitor by visitor, in the order of their names: one visitor is held at a time.
 * @throws LakeError when there are no events of the site
 */
export async function* readLakeVisitors(dir: string, options: ReadLakeOptions = {}): AsyncGenerator<LakeVisitor> {
  yield* withLake<LakeVisitor>(dir, options, async function* (connection, source) {
    const sql = `SELECT * FROM (SELECT * FROM ${source("events")}) WHERE visitor IS NOT NULL ORDER BY visitor, seq`;
    let visitor = "";
    let events: LogEvent[] = [];
    for await (const next of rows(connection, sql, (row) => ({ visitor: String(row.visitor), event: toEvent(row) }))) {
      if (next.visitor !== visitor) {
        if (events.length > 0) yield { visitor, events };
        visitor = next.visitor;
        events = [];
      }
      events.push(next.event);
    }
    if (events.length > 0) yield { visitor, events };
  });
}

/** What SQL reads a table from; null when the lake has no file of it. */
type Source = (table: Table) => string | null;

async function* withLake<T>(
  dir: string,
  { site = "default", until }: ReadLakeOptions,
  read: (connection: DuckDBConnection, source: Source) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const before = until === undefined ? "" : `WHERE received_at < make_timestamp_ms(${Math.trunc(until)})`;
  const source: Source = (table) => {
    const files = join(dir, `table=${table}`, `site=${site}`, "**", "*.parquet");
    if (globSync(files).length === 0) return null;
    return `read_parquet('${files.replaceAll("'", "''")}', union_by_name = true, hive_partitioning = false) ${before}`;
  };
  if (source("events") === null) throw new LakeError(`${dir} holds no events of site ${site}`);
  const instance = await DuckDBInstance.create(":memory:", { temp_directory: join(tmpdir(), "nowcast-lake") });
  const connection = await instance.connect();
  try {
    yield* read(connection, source);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

type Row = Readonly<Record<string, unknown>>;

async function* rows<T>(connection: DuckDBConnection, sql: string, read: (row: Row) => T): AsyncGenerator<T> {
  const result = await connection.stream(sql);
  for await (const batch of result.yieldRowObjectJs()) for (const row of batch) yield read(row);
}

function toItem(row: Row): LogItem {
  const { seq: _seq, receivedAt: _receivedAt, deleted: _deleted, ...item } = fieldsOf("items", row);
  return { kind: "item", ...item } as unknown as LogItem;
}

function toEvent(row: Row): LogEvent {
  const { seq: _, ...event } = fieldsOf("events", row);
  const { visitor, receivedAt } = event;
  const known = event.anonymousId !== undefined || event.userId !== undefined;
  const ts = Math.min(event.ts as number, receivedAt as number);
  return { kind: "event", ...event, ts, ...(known ? {} : { anonymousId: visitor }) } as unknown as LogEvent;
}

/** The row of JSON that the columns were made of; what is null is left out. Columns unknown to this build are too. */
function fieldsOf(table: Table, row: Row): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const column of TABLE_COLUMNS[table]) {
    const value = row[column.name];
    if (value !== null && value !== undefined) fields[column.field] = cell(column, value);
  }
  return fields;
}

function cell({ type }: Column, value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "bigint") return Number(value);
  return type === "JSON" && typeof value === "string" ? JSON.parse(value) : value;
}
