import fc from "fast-check";
import { expect, test } from "vitest";
import { QuantizedRows } from "./quantized-rows.ts";

const value = fc.float({ min: -8, max: 8, noNaN: true });

test("no value is off by more than half a step, and products are those of the rounded values", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 37 }),
      fc.array(value, { minLength: 4 * 37, maxLength: 4 * 37 }),
      (d, all) => {
        const matrix = Float32Array.from(all.slice(0, 3 * d));
        const query = Float32Array.from(all.slice(3 * 37, 3 * 37 + d));
        const rows = QuantizedRows.of(matrix, d);
        for (let row = 0; row < 3; row++) {
          const own = matrix.subarray(row * d, (row + 1) * d);
          const largest = Math.max(...own.map(Math.abs));
          const rounded = rows.row(row);
          own.forEach((x, i) => {
            expect(Math.abs(x - (rounded[i] as number))).toBeLessThanOrEqual((largest / 254) * 1.0001 + 1e-42);
          });
          const expected = rounded.reduce((sum, x, i) => sum + x * (query[i] as number), 0);
          expect(rows.dot(query, row)).toBeCloseTo(expected, 3);
          const other = rows.row((row + 1) % 3);
          const between = rounded.reduce((sum, x, i) => sum + x * (other[i] as number), 0);
          expect(rows.dotBetween(row, (row + 1) % 3)).toBeCloseTo(between, 3);
          const pair = new Float32Array(2);
          rows.dotPair(query, own, row, pair, 0);
          expect([...pair]).toEqual([Math.fround(rows.dot(query, row)), Math.fround(rows.dot(own, row))]);
          const target = Float32Array.from(query);
          rows.addScaledTo(target, row, 2);
          target.forEach((x, i) => {
            expect(x).toBeCloseTo((query[i] as number) + 2 * (rounded[i] as number), 3);
          });
        }
      },
    ),
  );
});

test("a row of zeros stays one, the smallest numbers do not overflow, and a row is padded to sixteen", () => {
  const rows = QuantizedRows.of(Float32Array.of(0, 0, 1e-45, -1e-45, 3.4e38, -3.4e38), 2);
  expect([rows.stride, rows.codes.length, rows.rows]).toEqual([16, 48, 3]);
  expect([...rows.row(0)]).toEqual([0, 0]);
  expect([...rows.row(1)].every((x) => Math.abs(x) <= 1e-45)).toBe(true);
  expect([...rows.codes.subarray(32, 35)]).toEqual([127, -127, 0]);
});

test("codes that do not fit the rows are refused", () => {
  expect(() => new QuantizedRows(new Int8Array(16), new Float32Array(2), 4)).toThrow(RangeError);
});
