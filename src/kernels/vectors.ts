// Small dense vector routines on float32 rows of one matrix, given by offset so that no view is made per row.

/**
 * Dot product of `dimensions` values from `a[aOffset…]` and `b[bOffset…]`, summed in float64. Four sums that do not wait
 * for one another are added up last, always in the same order, so the bits are the same everywhere.
 */
export function dotAt(a: Float32Array, aOffset: number, b: Float32Array, bOffset: number, dimensions: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = aOffset;
  let j = bOffset;
  const end = aOffset + dimensions;
  for (; i + 3 < end; i += 4, j += 4) {
    sum0 += (a[i] as number) * (b[j] as number);
    sum1 += (a[i + 1] as number) * (b[j + 1] as number);
    sum2 += (a[i + 2] as number) * (b[j + 2] as number);
    sum3 += (a[i + 3] as number) * (b[j + 3] as number);
  }
  for (; i < end; i++, j++) sum0 += (a[i] as number) * (b[j] as number);
  return sum0 + sum1 + (sum2 + sum3);
}

/**
 * Two queries at once: writes a · b and c · b to `out[at]` and `out[at + 1]`, to the bit as {@link dotAt} has them. What a
 * dot product waits for is mostly `b`.
 */
export function dotPairAt(
  a: Float32Array,
  c: Float32Array,
  b: Float32Array,
  bOffset: number,
  dimensions: number,
  out: Float32Array,
  at: number,
): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let c0 = 0;
  let c1 = 0;
  let c2 = 0;
  let c3 = 0;
  let i = 0;
  let j = bOffset;
  for (; i + 3 < dimensions; i += 4, j += 4) {
    const b0 = b[j] as number;
    const b1 = b[j + 1] as number;
    const b2 = b[j + 2] as number;
    const b3 = b[j + 3] as number;
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
    const rest = b[j] as number;
    a0 += (a[i] as number) * rest;
    c0 += (c[i] as number) * rest;
  }
  out[at] = a0 + a1 + (a2 + a3);
  out[at + 1] = c0 + c1 + (c2 + c3);
}

/** out[row] = query · row of a row-major matrix, for every row that `out` has room for. `query` has `dimensions` values. */
export function dotRows(query: Float32Array, matrix: Float32Array, dimensions: number, out: Float32Array): void {
  for (let row = 0; row < out.length; row++) out[row] = dotAt(query, 0, matrix, row * dimensions, dimensions);
}

/** target[i] += scale × source[sourceOffset + i]. */
export function addScaledTo(target: Float32Array, source: Float32Array, sourceOffset: number, scale: number): void {
  for (let i = 0; i < target.length; i++) {
    target[i] = (target[i] as number) + scale * (source[sourceOffset + i] as number);
  }
}

/** Scales `vector[offset … offset + dimensions]` to length 1 in place; a zero vector stays. Returns the old length. */
export function normalizeAt(vector: Float32Array, offset: number, dimensions: number): number {
  const length = Math.sqrt(dotAt(vector, offset, vector, offset, dimensions));
  if (length > 0) for (let i = 0; i < dimensions; i++) vector[offset + i] = (vector[offset + i] as number) / length;
  return length;
}
