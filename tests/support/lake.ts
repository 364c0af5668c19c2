// What stands in the lake, read as a data scientist would: the Parquet files of R2, over the API.
import { parquetReadObjects } from "hyparquet";
import type { Table } from "../../src/lake/message.ts";
import { eventually } from "./eventually.ts";
import type { RequestOptions, System } from "./system.ts";

export type Row = Readonly<Record<string, unknown>>;

/** All rows of a table of the key's site that have arrived by now. */
export async function readLake(system: System, table: Table, options: RequestOptions = {}): Promise<Row[]> {
  await system.request("/v1/lake/flush", { ...options, method: "POST" });
  const rows: Row[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await system.request(`/v1/lake/files?cursor=${encodeURIComponent(cursor)}`, options);
    const listing = (await page.json()) as { files: { key: string }[]; cursor: string | null };
    for (const { key } of listing.files.filter(({ key }) => key.startsWith(`table=${table}/`))) {
      const file = await system.request(`/v1/lake/file?key=${encodeURIComponent(key)}`, options);
      rows.push(...(await parquetReadObjects({ file: await file.arrayBuffer() })));
    }
    cursor = listing.cursor;
  }
  return rows;
}

/** The rows of a table whose column has one of the values, as soon as each value has a row. */
export function rowsInLake(
  system: System,
  table: Table,
  column: string,
  values: readonly string[],
  withinMs = 20_000,
): Promise<Row[]> {
  return eventually(async () => {
    const rows = (await readLake(system, table)).filter((row) => values.includes(row[column] as string));
    return new Set(rows.map((row) => row[column])).size === new Set(values).size ? rows : null;
  }, withinMs);
}
