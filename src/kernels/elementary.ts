// exp, log and pow made of IEEE 754 additions, multiplications and divisions alone. ECMAScript leaves Math.exp and
// its kin to the engine; features computed by the trainer in Node and by the Worker in workerd must agree to the bit.
// Range reduction as in fdlibm (Sun Microsystems, 1993); the polynomials are plain Taylor series, summed by Horner.

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;
const MAX_EXP = 709.782712893384;
const MIN_EXP = -745.1332191019412;

export const LN2 = Math.LN2;

const bits = new DataView(new ArrayBuffer(8));

/** 2 to the power of an integer in [-1022, 1023]. */
function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
/** Which half of a float64 has its sign and exponent. */
const HIGH_WORD = words[1] === 0 ? 0 : 1;
/** 2^(1023 − i): brings a number of biased exponent i into [1, 2). */
const TO_MANTISSA = Float64Array.from(
  { length: 2047 },
  (_, i) => powerOfTwo(Math.max(-1022, 1023 - i)) / (i === 2046 ? 2 : 1),
);

/** e to the power of x; relative error below 1e-15. */
export function exp(x: number): number {
  if (x > MAX_EXP) return Number.POSITIVE_INFINITY;
  if (x < MIN_EXP) return 0;
  if (Number.isNaN(x)) return x;
  const k = Math.round(x * INVERSE_LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // |r| ≤ ln2 / 2: the term after r^13 / 13! is below 2e-17 of the sum.
  let sum = 1;
  for (let n = 13; n >= 1; n--) sum = 1 + (r / n) * sum;
  if (k > 1023) return sum * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1022) return sum * powerOfTwo(-1022) * powerOfTwo(Math.max(k + 1022, -1022));
  return sum * powerOfTwo(k);
}

/** Natural logarithm; relative error below 1e-15. NaN below 0, -Infinity at 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let exponent = 0;
  let mantissa = x;
  if (mantissa < 2.2250738585072014e-308) {
    mantissa *= 18014398509481984; // 2^54: a subnormal becomes normal
    exponent = -54;
  }
  double[0] = mantissa;
  const biased = (words[HIGH_WORD] as number) >>> 20;
  exponent += biased - 1023;
  // A product with a power of two is exact, and does not wait for bits to be put together in memory.
  mantissa *= TO_MANTISSA[biased] as number;
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    exponent += 1;
  }
  // log m = 2 artanh((m − 1) / (m + 1)), with |s| ≤ 0.1716: s^23 / 23 is below 1e-18.
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let series = ((((1 / 21) * q + 1 / 19) * q + 1 / 17) * q + 1 / 15) * q;
  series = ((((series + 1 / 13) * q + 1 / 11) * q + 1 / 9) * q + 1 / 7) * q;
  series = ((series + 1 / 5) * q + 1 / 3) * q;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * series + 2 * s);
}

/** log(1 + x) for counts and ages: plain composition, exact enough for x ≥ 0. */
export function log1p(x: number): number {
  return log(1 + x);
}

/** base to the power of exponent, for base ≥ 0. */
export function pow(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (base === 0) return exponent > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(exponent * log(base));
}
