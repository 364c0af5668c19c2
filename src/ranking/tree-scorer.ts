// The plain TypeScript scorer of trees, by the definition: the oracle of ONNX and of the layout that serves (packed-trees.ts).
// It compares and adds up in float32 in the order of onnxruntime's TreeEnsembleRegressor: trees one after the other, the base
// score last.

import type { TreeEnsemble } from "../snapshot/tree-ensemble.ts";

/** Scores `rows` rows of a row-major matrix into `out`, whose first `rows` values are written over. Allocates nothing. */
export function scoreTrees(ensemble: TreeEnsemble, matrix: Float32Array, rows: number, out: Float32Array): void {
  out.fill(0, 0, rows);
  for (let tree = 0; tree < ensemble.roots.length; tree++) addTree(ensemble, tree, matrix, rows, out);
  const base = Math.fround(ensemble.baseScore);
  if (base !== 0) for (let row = 0; row < rows; row++) out[row] = (out[row] as number) + base;
}

/** Adds one tree's leaves to `out`, rounded to what `out` holds. */
export function addTree(
  ensemble: TreeEnsemble,
  tree: number,
  matrix: Float32Array,
  rows: number,
  out: Float32Array | Float64Array,
): void {
  const { roots, columns, feature, threshold, left, right, missingLeft, value } = ensemble;
  const root = roots[tree] as number;
  for (let row = 0, offset = 0; row < rows; row++, offset += columns) {
    let node = root;
    for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
      const x = matrix[offset + column] as number;
      const goesLeft = x <= (threshold[node] as number) || (missingLeft[node] === 1 && Number.isNaN(x));
      node = (goesLeft ? left[node] : right[node]) as number;
    }
    out[row] = (out[row] as number) + (value[node] as number);
  }
}

/**
 * Adds what each column added to the score of one row: along the row's path through each tree, the change of the expected
 * value at a node goes to the column that the node compares (Saabas, "Interpreting random forests", 2014). With the
 * return value they add up to the score.
 * @param out columns float64, added to
 * @returns the expected score of any row
 */
export function addPathContributions(
  ensemble: TreeEnsemble,
  matrix: Float32Array,
  row: number,
  out: Float64Array,
): number {
  const { roots, columns, feature, threshold, left, right, missingLeft, value } = ensemble;
  const offset = row * columns;
  let expected = ensemble.baseScore;
  for (const root of roots) {
    expected += value[root] as number;
    let node = root;
    for (let column = feature[node] as number; column >= 0; column = feature[node] as number) {
      const x = matrix[offset + column] as number;
      const goesLeft = Number.isNaN(x) ? missingLeft[node] === 1 : x <= (threshold[node] as number);
      const child = (goesLeft ? left[node] : right[node]) as number;
      out[column] = (out[column] as number) + (value[child] as number) - (value[node] as number);
      node = child;
    }
  }
  return expected;
}
