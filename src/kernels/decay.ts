// Exponential decay by half-life: what an observation of some age still counts.
import { exp, LN2 } from "./elementary.ts";

/** 1 at age 0, 0.5 at one half-life. A negative age (clocks that disagree) counts as 0. */
export function decayed(ageMs: number, halfLifeMs: number): number {
  return ageMs <= 0 ? 1 : exp((-LN2 * ageMs) / halfLifeMs);
}
