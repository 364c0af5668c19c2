// The feature table: the rows that our own rankers are fitted to, as Parquet, for whoever trains elsewhere. docs/rankers.md
// tells its columns.
import { parquetWriteBuffer } from "hyparquet-writer";
import type { FeatureRows } from "./feature-rows.ts";

/** Rows of a row group: what a reader holds at once. */
const ROW_GROUP = 50_000;

/**
 * A row for each candidate: list, visitor, position, label, then the features. Lists are numbered in the order of time, visitors
 * in no order that tells who they are. The same rows give the same bytes.
 * @param names of the feature columns, in order
 */
export function encodeFeatureTable({ data, visitors }: FeatureRows, names: readonly string[]): ArrayBuffer {
  const { matrix, groups, labels, columns } = data;
  const rows = labels.length;
  const list = new Int32Array(rows);
  const visitor = new Int32Array(rows);
  const position = new Int32Array(rows);
  for (let index = 0; index + 1 < groups.length; index++) {
    const [from, to] = [groups[index] as number, groups[index + 1] as number];
    list.fill(index, from, to);
    visitor.fill(visitors[index] as number, from, to);
    for (let row = from; row < to; row++) position[row] = row - from;
  }
  const feature = (column: number): Float32Array => {
    const values = new Float32Array(rows);
    for (let row = 0, at = column; row < rows; row++, at += columns) values[row] = matrix[at] as number;
    return values;
  };
  return parquetWriteBuffer({
    columnData: [
      { name: "list", type: "INT32", data: list },
      { name: "visitor", type: "INT32", data: visitor },
      { name: "position", type: "INT32", data: position },
      { name: "label", type: "FLOAT", data: labels },
      ...names.map((name, column) => ({ name, type: "FLOAT" as const, data: feature(column) })),
    ],
    rowGroupSize: ROW_GROUP,
    statistics: true,
  });
}
