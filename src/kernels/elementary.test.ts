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

test("the logarithm is to the bit that of its series as it is written in books", () => {
  const bits = new DataView(new ArrayBuffer(8));
  const plain = (x: number): number => {
    const subnormal = x < 2 ** -1022;
    bits.setFloat64(0, subnormal ? x * 2 ** 54 : x);
    const high = bits.getUint32(0);
    let exponent = (high >>> 20) - 1023 - (subnormal ? 54 : 0);
    bits.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
    let mantissa = bits.getFloat64(0);
    if (mantissa > Math.SQRT2) {
      mantissa /= 2;
      exponent++;
    }
    const s = (mantissa - 1) / (mantissa + 1);
    let series = 0;
    for (let n = 21; n >= 3; n -= 2) series = (series + 1 / n) * (s * s);
    return exponent * 0.6931471803691238 + (exponent * 1.9082149292705877e-10 + 2 * s * series + 2 * s);
  };
  fc.assert(
    fc.property(fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }), (x) => {
      expect(log(x)).toBe(plain(x));
    }),
    { numRuns: 2000 },
  );
  for (const x of [5e-324, 2 ** -1022, 1, Math.SQRT2, 2, Number.MAX_VALUE]) expect(log(x)).toBe(plain(x));
});
