import { expect, test } from "vitest";
import { decayed } from "./decay.ts";
import { addScaledTo, dotAt, normalizeAt } from "./vectors.ts";

test("rows of one matrix are addressed by offset", () => {
  const matrix = Float32Array.from([1, 2, 3, 4, 5, 6]);
  expect(dotAt(matrix, 0, matrix, 3, 3)).toBe(1 * 4 + 2 * 5 + 3 * 6);
  const target = new Float32Array(3);
  addScaledTo(target, matrix, 3, 0.5);
  expect([...target]).toEqual([2, 2.5, 3]);
});

test("the dot product is the plain sum, for every length and offset", () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => Math.fround(1 / (i - 20.5)));
  for (let dimensions = 0; dimensions <= 19; dimensions++) {
    for (const [from, to] of [
      [0, 20],
      [1, 21],
      [3, 7],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < dimensions; i++) sum += (values[from + i] ?? 0) * (values[to + i] ?? 0);
      expect(dotAt(values, from, values, to, dimensions)).toBeCloseTo(sum, 12);
    }
  }
});

test("normalizing gives length 1 and leaves a zero vector alone", () => {
  const matrix = Float32Array.from([3, 4, 0, 0]);
  expect(normalizeAt(matrix, 0, 2)).toBe(5);
  expect(dotAt(matrix, 0, matrix, 0, 2)).toBeCloseTo(1, 6);
  expect(normalizeAt(matrix, 2, 2)).toBe(0);
  expect([...matrix.subarray(2)]).toEqual([0, 0]);
});

test("a half-life halves, and the future counts whole", () => {
  expect(decayed(0, 1000)).toBe(1);
  expect(decayed(1000, 1000)).toBeCloseTo(0.5, 15);
  expect(decayed(3000, 1000)).toBeCloseTo(0.125, 15);
  expect(decayed(-5, 1000)).toBe(1);
});
