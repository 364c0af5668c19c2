// Features that are the same for every item of a list: where, when, on what, how the visit goes so far. A linear ranker
// cannot use such a column by itself (it moves every item alike); trees split on it, and `crossed` makes columns of it
// that differ by item.
import type { Feature, FeatureInput } from "./feature.ts";

/** @param values writes one number a column, made once a decision */
export function constantInList(
  name: string,
  version: number,
  columns: readonly string[],
  values: (input: FeatureInput, out: Float32Array) => void,
): Feature {
  return {
    name,
    version,
    columns: columns.map((column) => `${name}.${column}`),
    stage: "first",
    cost: 2 * columns.length,
    fill(input, out, offset, stride) {
      const row = new Float32Array(columns.length);
      values(input, row);
      for (let i = 0; i < row.length; i++) if (!Number.isFinite(row[i])) row[i] = 0;
      for (let n = 0, at = offset; n < input.candidates.count; n++, at += stride) {
        for (let i = 0; i < row.length; i++) out[at + i] = row[i] as number;
      }
    },
  };
}
