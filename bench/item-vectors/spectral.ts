// Item vectors as the leading singular vectors of who was interested in what.
import type { Csr } from "../../src/training/csr.ts";
import { type FitItemVectors, interestMatrix } from "../../src/training/item-vectors.ts";
import { truncatedSvd } from "../../src/training/truncated-svd.ts";

export const spectralVectors: FitItemVectors = (visitors, { items, dimensions, seed }) =>
  truncatedSvd(normalized(interestMatrix(visitors, items)), { dimensions, seed }).factors;

/**
 * In place: each value divided by the roots of its row's and its column's sums, so that neither popular items nor busy
 * visitors dominate (the normalization of spectral co-clustering; Dhillon, KDD 2001).
 */
function normalized(matrix: Csr): Csr {
  const ofRow = new Float64Array(matrix.rows);
  const ofColumn = new Float64Array(matrix.columns);
  const { offsets, indices, values } = matrix;
  const eachCell = (visit: (row: number, column: number, at: number) => void): void => {
    for (let row = 0; row < matrix.rows; row++) {
      for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
        visit(row, indices[at] as number, at);
      }
    }
  };
  eachCell((row, column, at) => {
    const value = values[at] as number;
    ofRow[row] = (ofRow[row] as number) + value;
    ofColumn[column] = (ofColumn[column] as number) + value;
  });
  eachCell((row, column, at) => {
    values[at] = (values[at] as number) / Math.sqrt((ofRow[row] as number) * (ofColumn[column] as number));
  });
  return matrix;
}
