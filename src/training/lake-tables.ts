// The lake's tables: Parquet under Hive partitions, read and sorted by DuckDB, which spills to disk what does not fit into
// memory.
import { globSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Table } from "../lake/message.ts";
import { type Column, TABLE_COLUMNS } from "../lake/tables.ts";

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

/** What SQL reads a table from; null when the lake has no file of it. */
export type LakeSource = (table: Table) => string | null;

export async function* withLake<T>(
  dir: string,
  { site = "default", until }: ReadLakeOptions,
  read: (connection: DuckDBConnection, source: LakeSource) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const before = until === undefined ? "" : `WHERE received_at < make_timestamp_ms(${Math.trunc(until)})`;
  const source: LakeSource = (table) => {
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

/**
 * What to select of a table: all columns, text as its bytes. DuckDB's client (1.5.6) decodes text without its first character
 * where that is U+FEFF, a byte order mark; whoever typed one typed it.
 */
export function allOf(table: Table): string {
  const text = TABLE_COLUMNS[table].filter(({ type }) => type === "STRING").map(({ name }) => `'${name}'`);
  return `COLUMNS(c -> c NOT IN (${text})), encode(COLUMNS(c -> c IN (${text})))`;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export type LakeRow = Readonly<Record<string, unknown>>;

export async function* rows<T>(
  connection: DuckDBConnection,
  sql: string,
  read: (row: LakeRow) => T,
): AsyncGenerator<T> {
  const result = await connection.stream(sql);
  for await (const batch of result.yieldRowObjectJs()) for (const row of batch) yield read(row);
}

/** The row of JSON that the columns were made of; what is null is left out. Columns unknown to this build are too. */
export function fieldsOf(table: Table, row: LakeRow): Record<string, unknown> {
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
  if (value instanceof Uint8Array) return decoder.decode(value);
  return type === "JSON" && typeof value === "string" ? JSON.parse(value) : value;
}
