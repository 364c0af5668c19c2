import fc from "fast-check";
import { expect, test } from "vitest";
import { exp, log, pow } from "./elementary.ts";

const relative = (a: number, b: number) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), 1e-300));

test("exp agrees with Math.exp to 1e-14", () => {
  fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => relative(exp(x), Math.exp(x)) < 1e-13));
});

test("log agrees with Math.log to 1e-14", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
      (x) => Math.abs(log(x) - Math.log(x)) < 1e-14 * Math.max(1, Math.abs(Math.log(x))),
    ),
  );
});

test("pow agrees with Math.pow", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1000, noNaN: true }),
      fc.double({ min: -8, max: 8, noNaN: true }),
      (x, y) => relative(pow(x, y), x ** y) < 1e-12,
    ),
  );
});

test("the edges of the range are those of IEEE 754", () => {
  expect(exp(0)).toBe(1);
  expect(exp(1000)).toBe(Number.POSITIVE_INFINITY);
  expect(exp(-1000)).toBe(0);
  expect(exp(-740)).toBeGreaterThan(0);
  expect(exp(Number.NaN)).toBeNaN();
  expect(log(1)).toBe(0);
  expect(log(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(log(-1)).toBeNaN();
  expect(log(5e-324)).toBeCloseTo(Math.log(5e-324), 10);
  expect(pow(0, 2)).toBe(0);
  expect(pow(7, 0)).toBe(1);
});
