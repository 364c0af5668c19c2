// Numbers from outside as a matrix can hold them: a price or an attribute may be anything that JSON can say.
import { log1p } from "../kernels/elementary.ts";

const LARGEST = 1e15;

/** `value` within ±10^15; 0 for NaN. */
export function bounded(value: number): number {
  if (value > LARGEST) return LARGEST;
  if (value < -LARGEST) return -LARGEST;
  return Number.isNaN(value) ? 0 : value;
}

/** log(1 + count); most counts are 0, whose logarithm need not be worked out. */
export function logCount(count: number): number {
  return count === 0 ? 0 : log1p(count);
}

/** log(1 + |value|) with the sign of `value`; 0 for NaN. */
export function signedLog(value: number): number {
  const size = bounded(value);
  return size < 0 ? -log1p(-size) : log1p(size);
}
