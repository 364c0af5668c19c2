// Why an item stands where it stands: for a linear ranker each column's share of the score is exact.
import type { Ranker } from "./ranker.ts";

/** Column name → its value in the matrix and what it added to the score of row `row`. */
export function explainRow(
  ranker: Ranker,
  matrix: Float32Array,
  row: number,
): Record<string, { value: number; contribution: number }> {
  const { mean, scale, weight } = ranker.snapshot.linear;
  const offset = row * ranker.features.width;
  return Object.fromEntries(
    ranker.features.columnNames.map((name, column) => {
      const value = matrix[offset + column] as number;
      const contribution = (value - (mean[column] as number)) * (scale[column] as number) * (weight[column] as number);
      return [name, { value, contribution }];
    }),
  );
}
