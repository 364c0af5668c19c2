// Small dense vector routines on float32 rows of one matrix, given by offset so that no view is made per row.

/** Dot product of `dimensions` values from `a[aOffset…]` and `b[bOffset…]`, summed in float64 in index order. */
export function dotAt(a: Float32Array, aOffset: number, b: Float32Array, bOffset: number, dimensions: number): number {
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += (a[aOffset + i] as number) * (b[bOffset + i] as number);
  return sum;
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
