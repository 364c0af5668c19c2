// The two curves that all confidences are made of.
import { exp, LN2 } from "../../kernels/elementary.ts";

/** From 0 towards 1: one half at `half`, three quarters at twice that. @param amount at least 0 */
export function saturating(amount: number, half: number): number {
  return 1 - exp((-LN2 * amount) / half);
}

/** From 1 towards 0: one half after each half-life. @param ageMs at least 0 */
export function fading(ageMs: number, halfLifeMs: number): number {
  return exp((-LN2 * ageMs) / halfLifeMs);
}
