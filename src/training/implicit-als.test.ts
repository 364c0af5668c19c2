import { describe, expect, test } from "vitest";
import { factorize, solveFactorized } from "../kernels/cholesky.ts";
import { createRandom } from "../kernels/random.ts";
import { type Csr, CsrBuilder } from "./csr.ts";
import { implicitAls } from "./implicit-als.ts";

const ROWS = 14;
const COLUMNS = 11;
const DIMENSIONS = 5;

/** Row 3 and column 4 are empty. */
function randomMatrix(): Csr {
  const random = createRandom(3);
  const builder = new CsrBuilder(ROWS, COLUMNS);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      if (row !== 3 && column !== 4 && random.next() < 0.3) builder.add(row, column, 0.5 + random.next());
    }
  }
  return builder.build();
}

const matrix = randomMatrix();
const settings = { dimensions: DIMENSIONS, seed: 1, unobserved: 0.7, l2: 0.05, scaling: 0.8 };

/** The same by dense normal equations: each row of one side solved whole against the other. */
function solveDense(weights: number[][], other: Float64Array): Float64Array {
  const met = weights.flat().reduce((sum, weight) => sum + weight, 0);
  const each = (settings.unobserved * met) / (ROWS * COLUMNS);
  const out = new Float64Array(weights.length * DIMENSIONS);
  weights.forEach((line, row) => {
    const ofRow = line.reduce((sum, weight) => sum + weight, 0);
    if (ofRow === 0) return;
    const penalty = settings.l2 * (ofRow + each * line.length) ** settings.scaling;
    const a = new Float64Array(DIMENSIONS * DIMENSIONS);
    const b = new Float64Array(DIMENSIONS);
    line.forEach((weight, column) => {
      for (let i = 0; i < DIMENSIONS; i++) {
        const x = other[column * DIMENSIONS + i] as number;
        b[i] = (b[i] as number) + weight * x;
        for (let j = 0; j < DIMENSIONS; j++) {
          a[i * DIMENSIONS + j] =
            (a[i * DIMENSIONS + j] as number) + (weight + each) * x * (other[column * DIMENSIONS + j] as number);
        }
      }
    });
    for (let i = 0; i < DIMENSIONS; i++) a[i * DIMENSIONS + i] = (a[i * DIMENSIONS + i] as number) + penalty;
    factorize(a, DIMENSIONS);
    solveFactorized(a, b, DIMENSIONS);
    out.set(b, row * DIMENSIONS);
  });
  return out;
}

function dense({ offsets, indices, values }: Csr): number[][] {
  return Array.from({ length: ROWS }, (_, row) => {
    const line = new Array<number>(COLUMNS).fill(0);
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      line[indices[at] as number] = values[at] as number;
    }
    return line;
  });
}

describe("implicit ALS", () => {
  test.each([1, 2, DIMENSIONS])(
    "in blocks of %i comes to where solving whole rows changes nothing any more",
    (block) => {
      const factors = implicitAls(matrix, { ...settings, block, epochs: 3_000 });
      const rows = dense(matrix);
      const columns = Array.from({ length: COLUMNS }, (_, column) => rows.map((line) => line[column] as number));
      const again = solveDense(rows, solveDense(columns, Float64Array.from(factors)));
      again.forEach((value, at) => {
        expect(value).toBeCloseTo(factors[at] as number, 4);
      });
      expect(Math.max(...factors.map(Math.abs))).toBeGreaterThan(0.1);
    },
  );

  test("gives rows that met the same columns the same direction, and others another", () => {
    const builder = new CsrBuilder(4, 40);
    for (let column = 0; column < 40; column++) {
      const of = column < 20 ? [0, 1] : [2, 3];
      for (const row of of) builder.add(row, column, 1);
    }
    const factors = implicitAls(builder.build(), { dimensions: 2, seed: 1 });
    const cosine = (a: number, b: number): number => {
      const dot = (i: number, j: number) =>
        (factors[2 * i] as number) * (factors[2 * j] as number) +
        (factors[2 * i + 1] as number) * (factors[2 * j + 1] as number);
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    expect(cosine(0, 1)).toBeGreaterThan(0.99);
    expect(cosine(2, 3)).toBeGreaterThan(0.99);
    expect(cosine(0, 2)).toBeLessThan(0.3);
  });

  test("leaves what met nothing at 0; equal input and seed give equal factors, another seed others", () => {
    const factors = implicitAls(matrix, settings);
    expect(factors.subarray(3 * DIMENSIONS, 4 * DIMENSIONS)).toEqual(new Float32Array(DIMENSIONS));
    expect(implicitAls(matrix, settings)).toEqual(factors);
    expect(implicitAls(matrix, { ...settings, seed: 2 })).not.toEqual(factors);
    const progress: [number, number][] = [];
    implicitAls(matrix, { ...settings, epochs: 2, onProgress: (...at) => void progress.push(at) });
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test("is made of nothing where there is nothing, and of more dimensions than rows", () => {
    expect(implicitAls(new CsrBuilder(2, 3).build(), { dimensions: 3, seed: 1 })).toEqual(new Float32Array(6));
    expect(implicitAls(new CsrBuilder(0, 0).build(), { dimensions: 3, seed: 1 })).toHaveLength(0);
    expect(implicitAls(matrix, { dimensions: 40, seed: 1 }).every(Number.isFinite)).toBe(true);
  });

  test.each([
    [{ dimensions: 0 }, "implicit ALS: dimensions is 0, not a number from 1"],
    [{ epochs: 1.5 }, "implicit ALS: epochs is 1.5, not a number from 1"],
    [{ l2: -1 }, "implicit ALS: l2 is -1, not a number from 0"],
    [{ unobserved: Number.NaN }, "implicit ALS: unobserved is NaN, not a number from 0"],
  ])("refuses %o", (wrong, message) => {
    expect(() => implicitAls(matrix, { ...settings, ...wrong })).toThrow(new RangeError(message));
  });
});
