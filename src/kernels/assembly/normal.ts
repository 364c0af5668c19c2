// The sums of src/kernels/normal-equations.ts, two columns at once. Each is of the same terms in the same order as there, and
// nothing is fused, so that the bits are the same. No memory of its own: the caller lays out what it imports.

/**
 * Adds `count` observations: hessian += curvature × x xᵀ and step += residual × x. Of the hessian the lower triangle, and
 * one place behind the diagonal of every other row.
 * @param x count rows of `size` float64, `stride` apart
 * @param stride of the rows of x and of the hessian, a multiple of 2
 */
export function accumulate(
  x: usize,
  count: i32,
  size: i32,
  stride: i32,
  residuals: usize,
  curvatures: usize,
  hessian: usize,
  step: usize,
): void {
  const bytes = <usize>stride << 3;
  let n = 0;
  for (; n + 3 < count; n += 4) {
    const a = x + <usize>n * bytes;
    const b = a + bytes;
    const c = b + bytes;
    const d = c + bytes;
    const at = <usize>n << 3;
    const r0 = load<f64>(residuals + at);
    const r1 = load<f64>(residuals + at, 8);
    const r2 = load<f64>(residuals + at, 16);
    const r3 = load<f64>(residuals + at, 24);
    const c0 = load<f64>(curvatures + at);
    const c1 = load<f64>(curvatures + at, 8);
    const c2 = load<f64>(curvatures + at, 16);
    const c3 = load<f64>(curvatures + at, 24);
    for (let i = 0; i < size; i++) {
      const own = <usize>i << 3;
      const x0 = load<f64>(a + own);
      const x1 = load<f64>(b + own);
      const x2 = load<f64>(c + own);
      const x3 = load<f64>(d + own);
      store<f64>(step + own, load<f64>(step + own) + r0 * x0 + r1 * x1 + r2 * x2 + r3 * x3);
      const w0 = f64x2.splat(c0 * x0);
      const w1 = f64x2.splat(c1 * x1);
      const w2 = f64x2.splat(c2 * x2);
      const w3 = f64x2.splat(c3 * x3);
      const row = hessian + <usize>i * bytes;
      for (let j: usize = 0; j <= own; j += 16) {
        let sum = f64x2.add(v128.load(row + j), f64x2.mul(w0, v128.load(a + j)));
        sum = f64x2.add(sum, f64x2.mul(w1, v128.load(b + j)));
        sum = f64x2.add(sum, f64x2.mul(w2, v128.load(c + j)));
        v128.store(row + j, f64x2.add(sum, f64x2.mul(w3, v128.load(d + j))));
      }
    }
  }
  for (; n < count; n++) {
    const a = x + <usize>n * bytes;
    const residual = load<f64>(residuals + (<usize>n << 3));
    const curvature = load<f64>(curvatures + (<usize>n << 3));
    for (let i = 0; i < size; i++) {
      const own = <usize>i << 3;
      const xi = load<f64>(a + own);
      store<f64>(step + own, load<f64>(step + own) + residual * xi);
      const weighted = f64x2.splat(curvature * xi);
      const row = hessian + <usize>i * bytes;
      for (let j: usize = 0; j <= own; j += 16) {
        v128.store(row + j, f64x2.add(v128.load(row + j), f64x2.mul(weighted, v128.load(a + j))));
      }
    }
  }
}
