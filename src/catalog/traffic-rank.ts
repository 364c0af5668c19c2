// Which of two items has less recent traffic, as one number an item that is compared at any time: the logarithm of its fading
// sums with a half-life of 7 days, as if from a landmark that never moves (forward decay). It rises with outcomes alone.
import { LN2, log } from "../kernels/elementary.ts";
import { HALF_LIVES } from "./decayed-counts.ts";
import { type ItemState, landmarkOfHour } from "./item-state.ts";
import { OUTCOMES } from "./outcomes.ts";

const LAST = HALF_LIVES.length - 1;
const LANDMARK_HALF_LIVES = 32;
/** Steps a half-life: some five hours each, so that a rank that is kept in an index is seldom written. */
const STEPS = 32;

/** A whole number: 32 more are twice the traffic, or the same a week later. */
export function trafficRank(state: ItemState): number {
  let sum = 0;
  for (let outcome = 0; outcome < OUTCOMES.length; outcome++) {
    sum += state.decayed[outcome * HALF_LIVES.length + LAST] as number;
  }
  if (sum <= 0) return 0;
  return Math.floor(STEPS * (log(sum) / LN2 + LANDMARK_HALF_LIVES * landmarkOfHour(state.hour, LAST)));
}
