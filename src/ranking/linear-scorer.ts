// The plain TypeScript twin of the linear ranker that training exports to ONNX: standardize, then one dot product a row.
import type { Scorer } from "./scorer.ts";

/** A linear ranker over standardized features: score = Σ ((x − mean) × scale) × weight. Arrays of length `columns`. */
export interface LinearModel {
  readonly mean: Float32Array;
  /** 1 / standard deviation; 0 for a column that was constant in training. */
  readonly scale: Float32Array;
  readonly weight: Float32Array;
}

/** @throws RangeError when the three arrays differ in length or hold a number that is not finite */
export function linearScorer(model: LinearModel): Scorer {
  const columns = model.weight.length;
  for (const [name, values] of Object.entries({ mean: model.mean, scale: model.scale, weight: model.weight })) {
    if (values.length !== columns) {
      throw new RangeError(`linear model: ${name} has ${values.length} columns, weight has ${columns}`);
    }
    if (!values.every(Number.isFinite)) throw new RangeError(`linear model: ${name} holds a number that is not finite`);
  }
  return {
    kind: "typescript",
    columns,
    async score(matrix, rows) {
      const scores = new Float32Array(rows);
      scoreLinear(model, matrix, rows, scores);
      return scores;
    },
  };
}

/** Scores `rows` rows of a row-major matrix into `out`. Allocates nothing. */
export function scoreLinear(model: LinearModel, matrix: Float32Array, rows: number, out: Float32Array): void {
  const { mean, scale, weight } = model;
  const columns = weight.length;
  let row = 0;
  // Four rows at a time: their sums do not wait for each other.
  for (let a = 0; row + 3 < rows; row += 4, a += 4 * columns) {
    const b = a + columns;
    const c = b + columns;
    const d = c + columns;
    let sumA = 0;
    let sumB = 0;
    let sumC = 0;
    let sumD = 0;
    for (let column = 0; column < columns; column++) {
      const m = mean[column] as number;
      const s = scale[column] as number;
      const w = weight[column] as number;
      sumA += Math.fround(Math.fround((matrix[a + column] as number) - m) * s) * w;
      sumB += Math.fround(Math.fround((matrix[b + column] as number) - m) * s) * w;
      sumC += Math.fround(Math.fround((matrix[c + column] as number) - m) * s) * w;
      sumD += Math.fround(Math.fround((matrix[d + column] as number) - m) * s) * w;
    }
    out[row] = sumA;
    out[row + 1] = sumB;
    out[row + 2] = sumC;
    out[row + 3] = sumD;
  }
  for (let at = row * columns; row < rows; row++, at += columns) {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      const centred = Math.fround((matrix[at + column] as number) - (mean[column] as number));
      sum += Math.fround(centred * (scale[column] as number)) * (weight[column] as number);
    }
    out[row] = sum;
  }
}
