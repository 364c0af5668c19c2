// Counts that fade by half-life, as forward decay (Cormode et al., Time-Decaying Aggregates, ICDE 2009): an event at time t
// adds 2^((t − landmark) / halfLife) to a sum that is never touched again, and reading divides by the same of now: one
// factor a half-life and decision, no exp an item. Landmarks are multiples of 32 half-lives, so that moving a sum to
// another landmark is a product with a power of two, which is exact: where landmarks stand cannot change a result.
// Sums are rounded to float32 at every step, wherever they are kept.
import { exp, LN2 } from "../kernels/elementary.ts";

const HOUR_MS = 3_600_000;
export const HALF_LIVES = ["1h", "1d", "7d"] as const;
export type HalfLife = (typeof HALF_LIVES)[number];
export const HALF_LIFE_MS: Readonly<Record<HalfLife, number>> = {
  "1h": HOUR_MS,
  "1d": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
};
const MS = HALF_LIVES.map((halfLife) => HALF_LIFE_MS[halfLife]);

const LANDMARK_HALF_LIVES = 32;
const STEP_DOWN = 1 / 4_294_967_296;
/** What is left of a sum after so many half-lives is nothing: 2^−96. */
const NOTHING = STEP_DOWN * STEP_DOWN * STEP_DOWN;

/** Number of the landmark that time `at` is measured from. @param index of the half-life in {@link HALF_LIVES} */
export function landmarkOf(at: number, index: number): number {
  return Math.floor(at / ((MS[index] as number) * LANDMARK_HALF_LIVES));
}

/** What one event at `at` adds to a sum at `landmark`; below 1 when it lies before it. */
export function weightOf(at: number, index: number, landmark: number): number {
  const own = landmarkOf(at, index);
  const ms = MS[index] as number;
  return moved(exp((LN2 * (at - own * ms * LANDMARK_HALF_LIVES)) / ms), own, landmark);
}

/** The sum `value` at landmark `from`, at landmark `to`; exact, and 0 when hardly anything is left. */
export function moved(value: number, from: number, to: number): number {
  if (from === to || value === 0) return value;
  if (to - from > 8) return 0;
  let result = value;
  for (let at = from; at < to; at++) result *= STEP_DOWN;
  for (let at = from; at > to; at--) result /= STEP_DOWN;
  return result < NOTHING ? 0 : result;
}

/** What turns a sum at `landmark` into the decayed count at `now`; bounded, lest nothing times infinity be no number. */
export function factorAt(now: number, index: number, landmark: number): number {
  const ms = MS[index] as number;
  return Math.min(1 / NOTHING, exp((-LN2 * (now - landmark * ms * LANDMARK_HALF_LIVES)) / ms));
}

/** The decayed count that one event a millisecond, for `sinceMs` until now, would have. */
export function steadyCount(index: number, sinceMs: number): number {
  const ms = MS[index] as number;
  return (ms / LN2) * (1 - exp((-LN2 * sinceMs) / ms));
}
