import fc from "fast-check";
import { expect, test } from "vitest";
import { factorize, invertFactorized, solveFactorized } from "./cholesky.ts";

/** B Bᵀ + I, whole. */
const positiveDefinite = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc
    .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size * size, maxLength: size * size })
    .map((b) => ({
      size,
      a: Float64Array.from({ length: size * size }, (_, at) => {
        const [i, j] = [Math.floor(at / size), at % size];
        let sum = i === j ? 1 : 0;
        for (let k = 0; k < size; k++) sum += (b[i * size + k] ?? 0) * (b[j * size + k] ?? 0);
        return sum;
      }),
    })),
);

test("the solution solves the system, and the inverse times the matrix is the identity", () => {
  fc.assert(
    fc.property(positiveDefinite, ({ size, a }) => {
      const factor = a.slice();
      factorize(factor, size);
      const x = Float64Array.from({ length: size }, (_, i) => i + 1);
      solveFactorized(factor, x, size);
      const inverse = new Float64Array(size * size);
      invertFactorized(factor, inverse, size);
      for (let i = 0; i < size; i++) {
        let product = 0;
        for (let k = 0; k < size; k++) product += (a[i * size + k] ?? 0) * (x[k] ?? 0);
        expect(product).toBeCloseTo(i + 1, 7);
        for (let j = 0; j < size; j++) {
          let cell = 0;
          for (let k = 0; k < size; k++) cell += (a[i * size + k] ?? 0) * (inverse[k * size + j] ?? 0);
          expect(cell).toBeCloseTo(i === j ? 1 : 0, 7);
        }
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("a matrix that is not positive definite gives NaN", () => {
  const factor = Float64Array.from([1, 0, 2, 1]);
  factorize(factor, 2);
  expect(factor[3]).toBeNaN();
});
