// Truncated singular value decomposition of a sparse matrix by randomized subspace iteration: multiply a few random
// vectors by the matrix, again and again, and they come to lie in the span of its leading singular vectors; there the
// problem is small. Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 53 (2011), alg. 4.4, 5.1.
import { createRandom } from "../kernels/random.ts";
import { type Csr, multiplyInto, multiplyTransposedInto } from "./csr.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface TruncatedSvdOptions {
  readonly dimensions: number;
  readonly seed: number;
  /** Rounds through the matrix and its transpose, 4 by default. More for slowly falling singular values. */
  readonly iterations?: number;
  /** Directions kept beyond `dimensions` while iterating, 10 by default. */
  readonly oversample?: number;
  /** Factors are U Σ^power. 1 (default): their dot products approximate those of the rows; 0: plain U; 0.5: between. */
  readonly singularPower?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TruncatedSvd {
  /** rows × dimensions, row-major; the columns beyond the rank of the matrix are 0. */
  readonly factors: Float32Array;
  /** Length `dimensions`, descending, 0 beyond the rank. */
  readonly singular: Float32Array;
}

/** Singular values below this part of the largest are rounding noise: the values came in as float32. */
const NOISE = 1e-6;

/**
 * The leading left singular vectors and values. Each column's sign is such that its entry of largest magnitude is
 * positive, so equal input and seed give equal output to the bit.
 * @throws RangeError unless `dimensions` is an integer from 1
 */
export function truncatedSvd(matrix: Csr, options: TruncatedSvdOptions): TruncatedSvd {
  const { dimensions, seed, iterations = 4, oversample = 10, singularPower = 1, onProgress } = options;
  if (!Number.isInteger(dimensions) || dimensions < 1) throw new RangeError(`svd: ${dimensions} is not a dimension`);
  const { rows, columns } = matrix;
  const width = Math.min(dimensions + oversample, rows, columns);
  const random = createRandom(seed);
  const inColumns = block(width, columns);
  const inRows = block(width, rows);
  for (const vector of inColumns) for (let i = 0; i < columns; i++) vector[i] = random.normal();

  const total = iterations + 1;
  for (let round = 0; round < total; round++) {
    inRows.forEach((vector, j) => {
      multiplyInto(vector, matrix, inColumns[j] as Float64Array);
    });
    orthonormalize(inRows);
    inColumns.forEach((vector, j) => {
      multiplyTransposedInto(vector, matrix, inRows[j] as Float64Array);
    });
    if (round < iterations) orthonormalize(inColumns);
    onProgress?.(round + 1, total);
  }
  // Now inRows is Q and inColumns is AᵀQ, so QᵀAAᵀQ = V Σ² Vᵀ gives A ≈ (QV) Σ Wᵀ.
  const { values, vectors } = symmetricEigen(gram(inColumns), width);

  const factors = new Float32Array(rows * dimensions);
  const singular = new Float32Array(dimensions);
  const floor = NOISE * Math.sqrt(Math.max(0, values[0] ?? 0));
  for (let d = 0; d < Math.min(dimensions, width); d++) {
    const sigma = Math.sqrt(Math.max(0, values[d] as number));
    if (sigma <= floor) break;
    singular[d] = sigma;
    const direction = new Float64Array(rows);
    inRows.forEach((vector, j) => {
      addScaled(direction, vector, vectors[j * width + d] as number);
    });
    const scale = signOfLargest(direction) * sigma ** singularPower;
    for (let row = 0; row < rows; row++) factors[row * dimensions + d] = scale * (direction[row] as number);
  }
  return { factors, singular };
}

function block(width: number, length: number): Float64Array[] {
  return Array.from({ length: width }, () => new Float64Array(length));
}

/**
 * Gram and Schmidt, each vector twice, which is enough for orthogonality to working precision (Giraud, Langou and
 * Rozložník 2005). A vector that depends on those before it becomes 0: the matrix has no further rank to give.
 */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, j) => {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < j; i++) {
        const other = vectors[i] as Float64Array;
        addScaled(vector, other, -dot(vector, other));
      }
    }
    const after = Math.sqrt(dot(vector, vector));
    const scale = after > 1e-10 * before ? 1 / after : 0;
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * scale;
  });
}

/** All dot products between the vectors: width × width. */
function gram(vectors: readonly Float64Array[]): Float64Array {
  const width = vectors.length;
  const products = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      const product = dot(vectors[i] as Float64Array, vectors[j] as Float64Array);
      products[i * width + j] = product;
      products[j * width + i] = product;
    }
  }
  return products;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + scale * (source[i] as number);
}

function signOfLargest(vector: Float64Array): number {
  let largest = 0;
  for (const x of vector) if (Math.abs(x) > Math.abs(largest)) largest = x;
  return largest < 0 ? -1 : 1;
}
