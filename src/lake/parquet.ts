// Rows of a table as one Parquet file.
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Table } from "./message.ts";
import { type Column, type LakeRow, TABLE_COLUMNS } from "./tables.ts";

/** The bytes depend on the rows alone: writing a segment again gives the same file. */
export function encodeParquet(table: Table, rows: readonly LakeRow[]): ArrayBuffer {
  return parquetWriteBuffer({
    columnData: TABLE_COLUMNS[table].map((column) => ({
      name: column.name,
      type: column.type,
      data: rows.map((row) => cell(column, row[column.field])),
    })),
    // Parquet's own statistics let readers skip row groups by time and visitor.
    statistics: true,
  });
}

function cell({ type }: Column, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "TIMESTAMP":
      return new Date(value as number);
    case "INT64":
      return BigInt(value as number);
    default:
      return value;
  }
}
