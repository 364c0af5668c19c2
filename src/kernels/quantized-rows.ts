// Rows of a matrix in int8 with one float32 scale a row: value = code × scale, where the largest of a row has code ±127. A
// quarter of float32's memory; of a row of length 1 no value is off by more than 1/254 of its largest.

/** A stride is a multiple of this: what SIMD takes at once. */
export const STRIDE = 16;

export class QuantizedRows {
  /** rows × stride; 0 behind the dimensions. */
  readonly codes: Int8Array;
  /** One a row, at least 0. */
  readonly scales: Float32Array;
  readonly dimensions: number;
  readonly stride: number;

  /** @throws RangeError when the lengths do not fit */
  constructor(codes: Int8Array, scales: Float32Array, dimensions: number) {
    this.stride = strideOf(dimensions);
    if (codes.length !== scales.length * this.stride) {
      throw new RangeError(`${codes.length} codes for ${scales.length} rows of ${this.stride}`);
    }
    this.codes = codes;
    this.scales = scales;
    this.dimensions = dimensions;
  }

  /** @param matrix rows × dimensions, finite */
  static of(matrix: Float32Array, dimensions: number): QuantizedRows {
    const rows = dimensions === 0 ? 0 : matrix.length / dimensions;
    const stride = strideOf(dimensions);
    const codes = new Int8Array(rows * stride);
    const scales = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      scales[row] = quantizeRow(matrix, row * dimensions, dimensions, codes, row * stride);
    }
    return new QuantizedRows(codes, scales, dimensions);
  }

  get rows(): number {
    return this.scales.length;
  }

  /** query · row, summed in float64 in an order that is always the same. */
  dot(query: Float32Array, row: number): number {
    const { codes, dimensions } = this;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    let i = 0;
    let j = row * this.stride;
    for (; i + 3 < dimensions; i += 4, j += 4) {
      sum0 += (query[i] as number) * (codes[j] as number);
      sum1 += (query[i + 1] as number) * (codes[j + 1] as number);
      sum2 += (query[i + 2] as number) * (codes[j + 2] as number);
      sum3 += (query[i + 3] as number) * (codes[j + 3] as number);
    }
    for (; i < dimensions; i++, j++) sum0 += (query[i] as number) * (codes[j] as number);
    return (sum0 + sum1 + (sum2 + sum3)) * (this.scales[row] as number);
  }

  /** Writes a · row and c · row to `out[at]` and `out[at + 1]`, to the bit as `dot` has them. */
  dotPair(a: Float32Array, c: Float32Array, row: number, out: Float32Array, at: number): void {
    const { codes, dimensions } = this;
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let c0 = 0;
    let c1 = 0;
    let c2 = 0;
    let c3 = 0;
    let i = 0;
    let j = row * this.stride;
    for (; i + 3 < dimensions; i += 4, j += 4) {
      const b0 = codes[j] as number;
      const b1 = codes[j + 1] as number;
      const b2 = codes[j + 2] as number;
      const b3 = codes[j + 3] as number;
      a0 += (a[i] as number) * b0;
      a1 += (a[i + 1] as number) * b1;
      a2 += (a[i + 2] as number) * b2;
      a3 += (a[i + 3] as number) * b3;
      c0 += (c[i] as number) * b0;
      c1 += (c[i + 1] as number) * b1;
      c2 += (c[i + 2] as number) * b2;
      c3 += (c[i + 3] as number) * b3;
    }
    for (; i < dimensions; i++, j++) {
      const rest = codes[j] as number;
      a0 += (a[i] as number) * rest;
      c0 += (c[i] as number) * rest;
    }
    const scale = this.scales[row] as number;
    out[at] = (a0 + a1 + (a2 + a3)) * scale;
    out[at + 1] = (c0 + c1 + (c2 + c3)) * scale;
  }

  /** row · other, both of this matrix. */
  dotBetween(row: number, other: number): number {
    const { codes, stride } = this;
    let sum = 0;
    for (let i = row * stride, j = other * stride, end = i + stride; i < end; i++, j++) {
      sum += (codes[i] as number) * (codes[j] as number);
    }
    return sum * (this.scales[row] as number) * (this.scales[other] as number);
  }

  /** target[i] += weight × row[i]. */
  addScaledTo(target: Float32Array, row: number, weight: number): void {
    const { codes, stride } = this;
    const factor = weight * (this.scales[row] as number);
    for (let i = 0, j = row * stride; i < this.dimensions; i++, j++) {
      target[i] = (target[i] as number) + factor * (codes[j] as number);
    }
  }

  /** target[at + i] = row[i]. */
  copyTo(target: Float64Array, row: number, at: number): void {
    const { codes, dimensions, stride } = this;
    const scale = this.scales[row] as number;
    for (let i = 0, j = row * stride; i < dimensions; i++, j++) target[at + i] = (codes[j] as number) * scale;
  }

  /** Component `i` of a row. */
  valueAt(row: number, i: number): number {
    return (this.codes[row * this.stride + i] as number) * (this.scales[row] as number);
  }

  /** A row as float32, in a buffer of its own. */
  row(row: number): Float32Array {
    return Float32Array.from({ length: this.dimensions }, (_, i) => this.valueAt(row, i));
  }
}

/** Length of a row in memory. */
export function strideOf(dimensions: number): number {
  return Math.ceil(dimensions / STRIDE) * STRIDE;
}

/**
 * Writes codes of `source[offset … offset + dimensions − 1]` and returns their scale; 0 for a row of zeros, and for one too
 * small for float32 to scale.
 */
export function quantizeRow(
  source: Float32Array,
  offset: number,
  dimensions: number,
  codes: Int8Array,
  at: number,
): number {
  let largest = 0;
  for (let i = 0; i < dimensions; i++) largest = Math.max(largest, Math.abs(source[offset + i] as number));
  const scale = Math.fround(largest / 127);
  if (scale === 0) return 0;
  for (let i = 0; i < dimensions; i++) {
    // The scale was rounded: a code of 128 must not wrap round.
    codes[at + i] = Math.max(-127, Math.min(127, Math.round((source[offset + i] as number) / scale)));
  }
  return scale;
}
