// Implicit alternating least squares: of all visitors and all items, those that met should give 1, all others weakly 0, with
// penalties that grow with how often a row occurs (Rendle, Krichene, Zhang and Koren, "Revisiting the performance of iALS",
// RecSys 2022). A row is solved for a few dimensions at a time (iALS++: Rendle et al., arXiv 2110.14044, 2021): products of
// what met are kept up to date, products with everything else come from one small Gram matrix.
import { factorize, solveFactorized } from "../kernels/cholesky.ts";
import { createRandom } from "../kernels/random.ts";
import type { Csr } from "./csr.ts";

export interface ImplicitAlsOptions {
  readonly dimensions: number;
  readonly seed: number;
  /** Sweeps over both sides, 12 by default. */
  readonly epochs?: number;
  /** Dimensions solved at a time, 16 by default. */
  readonly block?: number;
  /** What all pairs together weigh for not having met, beside what those that met weigh; 1 by default. */
  readonly unobserved?: number;
  /** Penalty, 0.03 by default, times what a row's pairs weigh, met or not, to the power `scaling`. */
  readonly l2?: number;
  /** 1 by default: proportional to how often a row occurs; 0: the same for all. */
  readonly scaling?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Standard deviation of a product at the start. */
const START = 0.1;

/**
 * @param matrix values are the weights of what met, above 0
 * @returns rows × dimensions, row-major; rows without an entry are 0
 * @throws RangeError unless dimensions, epochs and block are integers from 1, and the penalty and the other weights from 0
 */
export function implicitAls(matrix: Csr, options: ImplicitAlsOptions): Float32Array {
  const { dimensions, seed, epochs = 12, block = 16, unobserved = 1, l2 = 0.03, scaling = 1, onProgress } = options;
  for (const [name, value] of Object.entries({ dimensions, epochs, block })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`implicit ALS: ${name} is ${value}, not a number from 1`);
  }
  for (const [name, value] of Object.entries({ unobserved, l2, scaling })) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new RangeError(`implicit ALS: ${name} is ${value}, not a number from 0`);
  }
  const random = createRandom(seed);
  const sides = [sideOf(transposed(matrix), dimensions), sideOf(matrix, dimensions)] as const;
  const [columns, rows] = sides;
  const scale = START / Math.sqrt(dimensions);
  for (let row = 0; row < matrix.rows; row++) {
    if (matrix.offsets[row] === matrix.offsets[row + 1]) continue;
    for (let d = 0; d < dimensions; d++) rows.factors[row * dimensions + d] = scale * random.normal();
  }
  const met = matrix.values.reduce((sum, value) => sum + value, 0);
  const each = (unobserved * met) / (matrix.rows * matrix.columns);
  const settings = { dimensions, block: Math.min(block, dimensions), unobserved: each, l2, scaling };
  for (let epoch = 0; epoch < epochs; epoch++) {
    sweep(columns, rows, settings);
    sweep(rows, columns, settings);
    onProgress?.(epoch + 1, epochs);
  }
  return Float32Array.from(rows.factors);
}

interface Side {
  readonly matrix: Csr;
  readonly factors: Float64Array;
}

type Settings = Required<Pick<ImplicitAlsOptions, "dimensions" | "block" | "unobserved" | "l2" | "scaling">>;

function sideOf(matrix: Csr, dimensions: number): Side {
  return { matrix, factors: new Float64Array(matrix.rows * dimensions) };
}

/** Solves all rows of one side against the other. */
function sweep({ matrix, factors }: Side, { factors: other }: Side, settings: Settings): void {
  const { dimensions, block, unobserved, l2, scaling } = settings;
  const { rows, offsets, indices, values } = matrix;
  const gram = gramOf(other, dimensions);
  const hessian = new Float64Array(block * block);
  const step = new Float64Array(block);
  let products = new Float64Array(64);
  for (let row = 0; row < rows; row++) {
    const begin = offsets[row] as number;
    const end = offsets[row + 1] as number;
    if (begin === end) continue;
    if (products.length < end - begin) products = new Float64Array(2 * (end - begin));
    const base = row * dimensions;
    let weight = unobserved * matrix.columns;
    for (let at = begin; at < end; at++) {
      weight += values[at] as number;
      products[at - begin] = dot(factors, base, other, (indices[at] as number) * dimensions, dimensions);
    }
    const penalty = l2 * weight ** scaling;
    for (let from = 0; from < dimensions; from += block) {
      const size = Math.min(block, dimensions - from);
      // Of the penalty and of everything that did not meet.
      for (let i = 0; i < size; i++) {
        const line = (from + i) * dimensions;
        step[i] =
          penalty * (factors[base + from + i] as number) + unobserved * dot(gram, line, factors, base, dimensions);
        for (let j = 0; j <= i; j++) hessian[i * size + j] = unobserved * (gram[line + from + j] as number);
        hessian[i * size + i] = (hessian[i * size + i] as number) + penalty;
      }
      for (let at = begin; at < end; at++) {
        const met = (indices[at] as number) * dimensions + from;
        const value = values[at] as number;
        const residual = value * ((products[at - begin] as number) - 1);
        for (let i = 0; i < size; i++) {
          const factor = other[met + i] as number;
          step[i] = (step[i] as number) + residual * factor;
          const weighted = value * factor;
          for (let j = 0; j <= i; j++)
            hessian[i * size + j] = (hessian[i * size + j] as number) + weighted * (other[met + j] as number);
        }
      }
      factorize(hessian, size);
      solveFactorized(hessian, step, size);
      for (let i = 0; i < size; i++)
        factors[base + from + i] = (factors[base + from + i] as number) - (step[i] as number);
      if (from + size === dimensions) break;
      for (let at = begin; at < end; at++) {
        const met = (indices[at] as number) * dimensions + from;
        products[at - begin] = (products[at - begin] as number) - dot(step, 0, other, met, size);
      }
    }
  }
}

/** dimensions × dimensions: sum of the outer products of all rows. */
function gramOf(factors: Float64Array, dimensions: number): Float64Array {
  const gram = new Float64Array(dimensions * dimensions);
  for (let base = 0; base < factors.length; base += dimensions) {
    for (let i = 0; i < dimensions; i++) {
      const factor = factors[base + i] as number;
      if (factor === 0) continue;
      for (let j = 0; j < dimensions; j++)
        gram[i * dimensions + j] = (gram[i * dimensions + j] as number) + factor * (factors[base + j] as number);
    }
  }
  return gram;
}

function transposed({ rows, columns, offsets, indices, values }: Csr): Csr {
  const starts = new Uint32Array(columns + 1);
  for (const column of indices) starts[column + 1] = (starts[column + 1] as number) + 1;
  for (let column = 0; column < columns; column++)
    starts[column + 1] = (starts[column + 1] as number) + (starts[column] as number);
  const next = starts.slice();
  const out = { indices: new Uint32Array(indices.length), values: new Float32Array(indices.length) };
  for (let row = 0; row < rows; row++) {
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const place = next[indices[at] as number] as number;
      next[indices[at] as number] = place + 1;
      out.indices[place] = row;
      out.values[place] = values[at] as number;
    }
  }
  return { rows: columns, columns: rows, offsets: starts, ...out };
}

function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (a[fromA + i] as number) * (b[fromB + i] as number);
  return sum;
}
