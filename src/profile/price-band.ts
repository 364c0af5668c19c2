// Price bands on a logarithmic scale: half an octave each, so that 10 and 14 are one band and 10 and 1,000 are far apart.
import { log } from "../kernels/elementary.ts";

const HALF_OCTAVE = Math.LN2 / 2;

/** Number of the band; neighbours differ by 1. @param price above 0 */
export function priceBand(price: number): number {
  return Math.floor(log(price) / HALF_OCTAVE);
}
