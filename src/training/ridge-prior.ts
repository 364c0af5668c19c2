// What items are like on the whole, given their design: vectors around a linear image of the design's rows. Ridge regression
// whose penalties (one a group of columns) and noise are those under which the data are most likely, one step of
// expectation maximization at a time (MacKay 1992).
import { factorize, invertFactorized } from "../kernels/cholesky.ts";
import type { ItemDesign } from "./item-design.ts";

const START_VARIANCE = 0.1;
/** Variances stay above: of a design without any say nothing is left to divide by. */
const LEAST_VARIANCE = 1e-8;

export class RidgePrior {
  readonly #design: ItemDesign;
  readonly #dimensions: number;
  /** The rows of the design that it learns from. */
  readonly #items: Uint32Array;
  /** Sum of c cᵀ over those. */
  readonly #gram: Float64Array;
  /** Of the coefficients, one a group. */
  readonly #groupVariance: Float64Array;
  /** columns × dimensions. */
  readonly #coefficients: Float64Array;
  #spread: number;

  /** @param items indices of the design's rows; @param coefficients to begin with, columns × dimensions; @param spread variance of a component around its mean, to begin with */
  constructor(design: ItemDesign, items: Uint32Array, dimensions: number, coefficients: Float64Array, spread: number) {
    const { columns, matrix } = design;
    this.#design = design;
    this.#dimensions = dimensions;
    this.#items = items;
    this.#coefficients = coefficients;
    this.#spread = spread;
    this.#groupVariance = new Float64Array(design.groupEnds.length).fill(START_VARIANCE);
    this.#gram = new Float64Array(columns * columns);
    for (const item of items) {
      const row = matrix.subarray(item * columns, (item + 1) * columns);
      for (let i = 0; i < columns; i++) {
        const value = row[i] as number;
        if (value === 0) continue;
        for (let j = 0; j <= i; j++) {
          this.#gram[i * columns + j] = (this.#gram[i * columns + j] as number) + value * (row[j] as number);
        }
      }
    }
  }

  /** Variance of a component around its mean. */
  get spread(): number {
    return this.#spread;
  }

  /** Writes the mean of an item's vector to `out` from `offset` on. */
  meanInto(out: Float64Array, offset: number, item: number): void {
    const { columns, matrix } = this.#design;
    const dimensions = this.#dimensions;
    out.fill(0, offset, offset + dimensions);
    for (let c = 0; c < columns; c++) {
      const value = matrix[item * columns + c] as number;
      if (value === 0) continue;
      for (let k = 0; k < dimensions; k++) {
        out[offset + k] = (out[offset + k] as number) + value * (this.#coefficients[c * dimensions + k] as number);
      }
    }
  }

  /**
   * One step towards what explains the vectors best.
   * @param vectors items × dimensions, of all items; @param uncertainty sum of their posterior variances, over items and components
   */
  update(vectors: Float64Array, uncertainty: number): void {
    const { columns, groupEnds } = this.#design;
    const dimensions = this.#dimensions;
    const covariance = this.#posterior(vectors);
    let from = 0;
    groupEnds.forEach((to, group) => {
      if (to === from) return;
      let sum = 0;
      for (let c = from; c < to; c++) {
        sum += dimensions * (covariance[c * columns + c] as number);
        for (let k = 0; k < dimensions; k++) sum += (this.#coefficients[c * dimensions + k] as number) ** 2;
      }
      this.#groupVariance[group] = Math.max(LEAST_VARIANCE, sum / ((to - from) * dimensions));
      from = to;
    });
    let squares = uncertainty;
    const mean = new Float64Array(dimensions);
    for (const item of this.#items) {
      this.meanInto(mean, 0, item);
      for (let k = 0; k < dimensions; k++) {
        squares += ((vectors[item * dimensions + k] as number) - (mean[k] as number)) ** 2;
      }
    }
    // The trace of covariance × gram, of which there is the lower triangle.
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j <= i; j++) {
        const both = (covariance[i * columns + j] as number) * (this.#gram[i * columns + j] as number);
        squares += dimensions * (i === j ? both : 2 * both);
      }
    }
    this.#spread = Math.max(LEAST_VARIANCE, squares / (this.#items.length * dimensions));
  }

  /** Puts the coefficients' posterior means in place. @returns their covariance, the same for each component */
  #posterior(vectors: Float64Array): Float64Array {
    const { columns, matrix, groupEnds } = this.#design;
    const dimensions = this.#dimensions;
    const precision = this.#gram.map((sum) => sum / this.#spread);
    for (let c = 0, group = 0; c < columns; c++) {
      while (c >= (groupEnds[group] as number)) group++;
      precision[c * columns + c] = (precision[c * columns + c] as number) + 1 / (this.#groupVariance[group] as number);
    }
    factorize(precision, columns);
    const covariance = new Float64Array(columns * columns);
    invertFactorized(precision, covariance, columns);
    const sums = new Float64Array(columns * dimensions);
    for (const item of this.#items) {
      for (let c = 0; c < columns; c++) {
        const value = (matrix[item * columns + c] as number) / this.#spread;
        if (value === 0) continue;
        for (let k = 0; k < dimensions; k++) {
          sums[c * dimensions + k] =
            (sums[c * dimensions + k] as number) + value * (vectors[item * dimensions + k] as number);
        }
      }
    }
    for (let c = 0; c < columns; c++) {
      for (let k = 0; k < dimensions; k++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) {
          sum += (covariance[c * columns + j] as number) * (sums[j * dimensions + k] as number);
        }
        this.#coefficients[c * dimensions + k] = sum;
      }
    }
    return covariance;
  }
}
