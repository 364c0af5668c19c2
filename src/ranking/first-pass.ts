// The linear pass of the cascade: the part of a linear model's score that the columns of the first pass make, as one sum of
// products a row. Columns that are not there yet count as their mean, and add nothing.
import type { LinearModel } from "./linear-scorer.ts";

/** score = constant + Σ coefficients[i] × row[columns[i]]. */
export interface FirstPass {
  readonly columns: Int32Array;
  readonly coefficients: Float64Array;
  readonly constant: number;
}

/** @param columns of the first pass; those without weight are left out */
export function firstPassOf({ mean, scale, weight }: LinearModel, columns: Int32Array): FirstPass {
  const coefficientOf = (column: number): number => (scale[column] as number) * (weight[column] as number);
  const used = columns.filter((column) => coefficientOf(column) !== 0);
  const coefficients = Float64Array.from(used, coefficientOf);
  const constant = used.reduce((sum, column, i) => sum - (coefficients[i] as number) * (mean[column] as number), 0);
  return { columns: used, coefficients, constant };
}

/** Scores `rows` rows of a row-major matrix of `width` columns into `out`. Allocates nothing. */
export function scoreFirstPass(
  { columns, coefficients, constant }: FirstPass,
  matrix: Float32Array,
  width: number,
  rows: number,
  out: Float32Array,
): void {
  for (let row = 0, offset = 0; row < rows; row++, offset += width) {
    let sum = constant;
    for (let i = 0; i < columns.length; i++) {
      sum += (coefficients[i] as number) * (matrix[offset + (columns[i] as number)] as number);
    }
    out[row] = sum;
  }
}
