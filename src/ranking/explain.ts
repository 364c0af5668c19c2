// Why an item stands where it stands: what each column added to the score. Of a linear model that is exact; of trees it is told
// along the row's paths (see tree-scorer.ts); of their sum both are added.
import type { Ranker } from "./ranker.ts";
import { addPathContributions } from "./tree-scorer.ts";

/** Column name → its value in the matrix and what it added to the score of row `row`. */
export function explainRow(
  ranker: Ranker,
  matrix: Float32Array,
  row: number,
): Record<string, { value: number; contribution: number }> {
  const { features, model } = ranker;
  const { width } = features;
  const values = matrix.subarray(row * width, (row + 1) * width);
  const contributions = new Float64Array(width);
  if (model.kind !== "linear") addPathContributions(model.trees, values, 0, contributions);
  if (model.kind !== "trees") {
    const { mean, scale, weight } = model.linear;
    values.forEach((value, column) => {
      const share = (value - (mean[column] as number)) * (scale[column] as number) * (weight[column] as number);
      contributions[column] = (contributions[column] as number) + share;
    });
  }
  return Object.fromEntries(
    features.columnNames.map((name, column) => [
      name,
      { value: values[column] as number, contribution: contributions[column] as number },
    ]),
  );
}
