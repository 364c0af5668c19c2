// Seeded randomness, equal to the bit in Node and workerd. The generator is sfc32 (Chris Doty-Humphrey, PractRand):
// 128 bits of state, passes PractRand, a few integer operations a draw. The seed fills the state through splitmix32.
// Not for secrets: tokens and keys come from WebCrypto.
import { log } from "./elementary.ts";

/** One stream of random numbers. The same seed gives the same stream, always. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2⁻³². */
  next(): number;
  /** Uniform in {0 … n−1}, without modulo bias. @throws RangeError unless n is an integer in 1 … 2³² */
  integer(n: number): number;
  /** Standard normal: mean 0, variance 1. */
  normal(): number;
  /** Reorders in place; every order is equally likely (Fisher and Yates, Durstenfeld 1964). */
  shuffle<T>(values: MutableList<T>): void;
}

/** An array or a typed array. */
interface MutableList<T> {
  readonly length: number;
  [index: number]: T;
}

const TWO_32 = 2 ** 32;

/** @param seed any integer; its low 32 bits count. @throws RangeError when it is not an integer */
export function createRandom(seed: number): Random {
  if (!Number.isInteger(seed)) throw new RangeError(`random seed: ${seed} is not an integer`);
  const next32 = sfc32(seed);

  function integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) throw new RangeError(`random integer: ${n} is not in 1..2^32`);
    const fair = TWO_32 - (TWO_32 % n);
    for (;;) {
      const draw = next32();
      if (draw < fair) return draw % n;
    }
  }

  // Leva, "A fast normal random number generator", ACM TOMS 18 (1992): a ratio of uniforms. The quadratic form Q decides
  // all but 1 % of the draws without the logarithm.
  function normal(): number {
    for (;;) {
      const u = (next32() + 0.5) / TWO_32;
      const v = 1.7156 * ((next32() + 0.5) / TWO_32 - 0.5);
      const x = u - 0.449871;
      const y = Math.abs(v) + 0.386595;
      const q = x * x + y * (0.196 * y - 0.25472 * x);
      if (q < 0.27597) return v / u;
      if (q <= 0.27846 && v * v <= -4 * u * u * log(u)) return v / u;
    }
  }

  function shuffle<T>(values: MutableList<T>): void {
    for (let last = values.length - 1; last > 0; last--) {
      const chosen = integer(last + 1);
      const moved = values[last] as T;
      values[last] = values[chosen] as T;
      values[chosen] = moved;
    }
  }

  return { next: () => next32() / TWO_32, integer, normal, shuffle };
}

/** The raw generator: unsigned 32-bit integers. */
function sfc32(seed: number): () => number {
  const split = splitmix32(seed);
  let a = split();
  let b = split();
  let c = split();
  let counter = 1;
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** Turns one seed into independent words (Steele, Lea and Flood 2014, in 32 bits). */
function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
}
