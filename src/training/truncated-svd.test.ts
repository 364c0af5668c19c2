import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { type Csr, CsrBuilder } from "./csr.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import { truncatedSvd } from "./truncated-svd.ts";

function sparse(cells: readonly (readonly number[])[], columns = cells[0]?.length ?? 0): Csr {
  const builder = new CsrBuilder(cells.length, columns);
  cells.forEach((row, r) => {
    row.forEach((value, c) => {
      if (value !== 0) builder.add(r, c, value);
    });
  });
  return builder.build();
}

function randomCells(seed: number, rows: number, columns: number, density: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => (random.next() < density ? Math.fround(random.normal()) : 0)),
  );
}

/** A × Aᵀ, rows × rows: what the factors approximate. */
function rowProducts(cells: readonly (readonly number[])[]): number[][] {
  return cells.map((a) => cells.map((b) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)));
}

/** The best rank-k approximation of A Aᵀ by dense Jacobi: the brute-force twin. */
function twin(cells: readonly (readonly number[])[], k: number): { singular: number[]; products: number[][] } {
  const size = cells.length;
  const { values, vectors } = symmetricEigen(Float64Array.from(rowProducts(cells).flat()), size);
  const kept = Array.from({ length: Math.min(k, size) }, (_, j) => j);
  const products = cells.map((_, r) =>
    cells.map((_, s) =>
      kept.reduce((sum, j) => sum + (values[j] ?? 0) * (vectors[r * size + j] ?? 0) * (vectors[s * size + j] ?? 0), 0),
    ),
  );
  return { singular: kept.map((j) => Math.sqrt(Math.max(0, values[j] ?? 0))), products };
}

function factorProducts(factors: Float32Array, rows: number, dimensions: number): number[][] {
  const row = (r: number): Float32Array => factors.subarray(r * dimensions, (r + 1) * dimensions);
  const all = Array.from({ length: rows }, (_, r) => row(r));
  return all.map((a) => all.map((b) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)));
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  expect(Math.max(0, ...actual.map((x, i) => Math.abs(x - (expected[i] ?? Number.NaN))))).toBeLessThan(tolerance);
}

test("the Jacobi eigenvectors are orthonormal and rebuild the matrix", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 9 }), (seed, size) => {
      const symmetric = rowProducts(randomCells(seed, size, size + 1, 0.7));
      const { values, vectors } = symmetricEigen(Float64Array.from(symmetric.flat()), size);
      const rebuilt = symmetric.map((cells, r) =>
        cells.map((_, c) =>
          values.reduce(
            (sum, value, j) => sum + value * (vectors[r * size + j] ?? 0) * (vectors[c * size + j] ?? 0),
            0,
          ),
        ),
      );
      expectClose(rebuilt.flat(), symmetric.flat(), 1e-10);
      const norms = Array.from({ length: size }, (_, j) =>
        symmetric.reduce((sum, _, r) => sum + (vectors[r * size + j] ?? 0) ** 2, 0),
      );
      expectClose(norms, new Array<number>(size).fill(1), 1e-12);
      expect([...values]).toEqual([...values].sort((a, b) => b - a));
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("singular values and row products equal those of the dense decomposition", () => {
  for (const [seed, rows, columns, dimensions] of [
    [1, 12, 8, 8],
    [2, 8, 30, 5],
    [3, 40, 25, 6],
    [4, 1, 5, 1],
    [5, 9, 1, 1],
  ] as const) {
    const cells = randomCells(seed, rows, columns, 0.5);
    const expected = twin(cells, dimensions);
    const { factors, singular } = truncatedSvd(sparse(cells), { dimensions, seed: 9, iterations: 30 });
    expectClose([...singular], expected.singular, 1e-5);
    expectClose(factorProducts(factors, rows, dimensions).flat(), expected.products.flat(), 1e-4);
  }
});

test("a matrix of lower rank than dimensions is rebuilt exactly, and the rest is zero", () => {
  const left = randomCells(6, 20, 3, 1);
  const right = randomCells(7, 3, 15, 1);
  const cells = left.map((row) =>
    Array.from({ length: 15 }, (_, c) => Math.fround(row.reduce((sum, x, i) => sum + x * (right[i]?.[c] ?? 0), 0))),
  );
  const { factors, singular } = truncatedSvd(sparse(cells), { dimensions: 8, seed: 1 });
  expect([...singular].map((sigma) => sigma > 0)).toEqual([true, true, true, false, false, false, false, false]);
  expectClose(factorProducts(factors, 20, 8).flat(), rowProducts(cells).flat(), 1e-3);
  expect(factors.every(Number.isFinite)).toBe(true);
});

test("dimensions beyond the size of the matrix are zero", () => {
  const cells = [
    [3, 0],
    [0, 2],
    [0, 0],
  ];
  const { factors, singular } = truncatedSvd(sparse(cells), { dimensions: 4, seed: 1 });
  expectClose([...singular], [3, 2, 0, 0], 1e-6);
  expectClose([...factors], [3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], 1e-6);
});

test("zero matrices and matrices without rows or columns give zeros", () => {
  const zero = truncatedSvd(new CsrBuilder(4, 3).build(), { dimensions: 2, seed: 1 });
  expect([...zero.factors, ...zero.singular]).toEqual(new Array<number>(10).fill(0));
  expect(truncatedSvd(new CsrBuilder(0, 3).build(), { dimensions: 2, seed: 1 }).factors).toHaveLength(0);
  expect([...truncatedSvd(new CsrBuilder(2, 0).build(), { dimensions: 1, seed: 1 }).factors]).toEqual([0, 0]);
});

test("singularPower scales the factors from U to U Σ", () => {
  const matrix = sparse(randomCells(8, 10, 6, 0.8));
  const plain = truncatedSvd(matrix, { dimensions: 3, seed: 1, singularPower: 0 });
  const half = truncatedSvd(matrix, { dimensions: 3, seed: 1, singularPower: 0.5 });
  const lengths = [0, 1, 2].map((d) => plain.factors.reduce((sum, x, i) => (i % 3 === d ? sum + x * x : sum), 0));
  expectClose(lengths, [1, 1, 1], 1e-6);
  expectClose(
    [...half.factors],
    [...plain.factors].map((x, i) => x * Math.sqrt(plain.singular[i % 3] ?? 0)),
    1e-6,
  );
});

test("equal seeds give equal bits, and other seeds the same decomposition up to rounding", () => {
  const matrix = sparse(randomCells(10, 30, 20, 0.3));
  const first = truncatedSvd(matrix, { dimensions: 4, seed: 1, iterations: 40 });
  expect(truncatedSvd(matrix, { dimensions: 4, seed: 1, iterations: 40 })).toEqual(first);
  const other = truncatedSvd(matrix, { dimensions: 4, seed: 2, iterations: 40 });
  expectClose([...other.factors], [...first.factors], 1e-4);
});

test("progress is reported to the end", () => {
  const seen: string[] = [];
  const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
  truncatedSvd(sparse([[1]]), { dimensions: 1, seed: 1, iterations: 2, onProgress });
  expect(seen).toEqual(["1/3", "2/3", "3/3"]);
});

test("a dimension that is not an integer from 1 is refused", () => {
  expect(() => truncatedSvd(sparse([[1]]), { dimensions: 0, seed: 1 })).toThrow(RangeError);
});
