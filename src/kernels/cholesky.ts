// Systems of equations with a small positive definite matrix, by its Cholesky factor (Golub and Van Loan, "Matrix
// Computations", section 4.2). Matrices are row-major, size × size; only the lower triangle is read and written.

/** Puts the factor L in place of A = L Lᵀ. A matrix that is not positive definite to working precision gives NaN. */
export function factorize(a: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j] as number;
      for (let k = 0, p = i * size, q = j * size; k < j; k++, p++, q++) sum -= (a[p] as number) * (a[q] as number);
      a[i * size + j] = i === j ? Math.sqrt(sum) : sum / (a[j * size + j] as number);
    }
  }
}

/** Solves L Lᵀ x = b in place. @param factor as `factorize` leaves it; @param b at least `size` long: becomes x */
export function solveFactorized(factor: Float64Array, b: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[i * size + k] as number) * (b[k] as number);
    b[i] = sum / (factor[i * size + i] as number);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < size; k++) sum -= (factor[k * size + i] as number) * (b[k] as number);
    b[i] = sum / (factor[i * size + i] as number);
  }
}

/** Writes the whole inverse of L Lᵀ to `out`. */
export function invertFactorized(factor: Float64Array, out: Float64Array, size: number): void {
  const column = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    column.fill(0);
    column[j] = 1;
    solveFactorized(factor, column, size);
    for (let i = 0; i < size; i++) out[i * size + j] = column[i] as number;
  }
}
