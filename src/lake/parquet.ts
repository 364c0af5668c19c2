// Rows of a table as one Parquet file.
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Table } from "./message.ts";
import { type Column, type ColumnType, type LakeRow, TABLE_COLUMNS } from "./tables.ts";

/**
 * The bytes depend on the rows alone: writing a segment again gives the same file.
 * @param rows each without a {@link rowProblem}; any other may throw
 */
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

/** The first field that its column cannot hold, null when the row can be written. */
export function rowProblem(table: Table, row: Readonly<Record<string, unknown>>): string | null {
  if (!HOLDS.TIMESTAMP(row.receivedAt)) return "receivedAt";
  for (const { field, type } of TABLE_COLUMNS[table]) {
    const value = row[field];
    if (value !== undefined && value !== null && !HOLDS[type](value)) return field;
  }
  return null;
}

/** The years 1 to 9999: what engines agree on how to write. */
const TIME_MIN = -62_135_596_800_000;
const TIME_MAX = 253_402_300_799_999;

const HOLDS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  STRING: (value) => typeof value === "string",
  JSON: () => true,
  DOUBLE: (value) => typeof value === "number",
  INT32: (value) => typeof value === "number" && (value | 0) === value,
  INT64: Number.isSafeInteger,
  BOOLEAN: (value) => typeof value === "boolean",
  TIMESTAMP: (value) => Number.isInteger(value) && (value as number) >= TIME_MIN && (value as number) <= TIME_MAX,
};

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
