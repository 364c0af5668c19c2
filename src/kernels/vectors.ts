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
