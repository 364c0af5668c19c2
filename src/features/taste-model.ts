// The visitor's own taste, learned within the decision: a logistic regression of "shown and clicked or not" on the items'
// taste vectors and on how the item does with everyone else, whose log-odds are the starting point. It is what turns items
// shown and passed over into evidence. One Newton step from zero under a Gaussian prior (Bishop 2006, §4.5.1), which is
// where the posterior of few, weak observations lies; with d dimensions and n showings it costs O(n d² + d³). Training
// learns the vectors and the prior for this very step (src/training/taste-vectors.ts).
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { factorize, solveFactorized } from "../kernels/cholesky.ts";
import { log } from "../kernels/elementary.ts";
import type { HashCounts } from "../kernels/hash-counts.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import { NormalEquations } from "../kernels/normal-equations.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** Click rates beyond are those of a handful of events: nothing is that certain. */
const LOWEST_RATE = 0.001;
const HIGHEST_RATE = 0.95;

export interface TasteModel {
  /** One float32 a taste dimension; a candidate's lift in log-odds is their dot product with its taste vector. */
  readonly weights: Float32Array;
  /** Lift in log-odds by each unit of `popularAppeal`: above 0 for a visitor who clicks what everyone clicks. */
  readonly popular: number;
}

/** What `popularAppeal` compares with: the logarithm of the catalogue's mean click rate. */
export function logMeanRate(items: ItemTable): number {
  return log(bounded(items.meanClickRate));
}

/** How much more often an item is clicked than the catalogue's mean, as a logarithm. @param rate as `clickRate` gives it */
export function popularAppeal(rate: number, logMean: number): number {
  return log(bounded(rate)) - logMean;
}

export interface Expectation {
  /** Clicks beyond the expected ones. */
  residual: number;
  /** Variance of the clicks. */
  curvature: number;
  /** `popularAppeal` of the item. */
  appeal: number;
}

/** Writes to `out` what `clicked` of `shown` showings say of an item that the others click at `rate`. */
export function expectation(out: Expectation, rate: number, logMean: number, clicked: number, shown: number): void {
  const expected = bounded(rate);
  out.residual = clicked - shown * expected;
  out.curvature = shown * expected * (1 - expected);
  out.appeal = log(expected) - logMean;
}

const hold = holdsLast();

/**
 * @param showings hash32 of id → times shown; @param clicks hash32 of id → times clicked
 * @returns all 0 without showings of items that the snapshot knows
 */
export function fitTaste(
  showings: HashCounts,
  clicks: { get(hash: number): number | undefined },
  snapshot: Snapshot,
  items: ItemTable,
): TasteModel {
  const { vectors, popularVariance, activityVariance } = snapshot.taste;
  const { dimensions } = vectors;
  // Behind the vector: appeal, and a constant that takes up how much this visitor clicks at all.
  const d = dimensions + 2;
  const system = new NormalEquations(d);
  hold(system);
  const logMean = logMeanRate(items);
  const found: Expectation = { residual: 0, curvature: 0, appeal: 0 };
  const shown = new Int32Array(showings.size);
  const counts = new Float64Array(showings.size);
  showings.columnTo(0, shown, counts);
  for (let i = 0; i < shown.length; i++) {
    const hash = (shown[i] as number) >>> 0;
    const index = snapshot.ids.indexOfHash(hash);
    if (index < 0) continue;
    const times = counts[i] as number;
    const slot = items.slotOfHash(hash);
    const clicked = Math.min(clicks.get(hash) ?? 0, times);
    expectation(found, clickRate(items, slot, clicked, times), logMean, clicked, times);
    const { x } = system;
    const at = system.next();
    vectors.copyTo(x, index, at);
    x[at + dimensions] = found.appeal;
    x[at + dimensions + 1] = 1;
    system.add(found.residual, found.curvature);
  }
  const { hessian, step } = system.finish();
  for (let i = 0; i < dimensions; i++) hessian[i * d + i] = (hessian[i * d + i] as number) + 1;
  const popular = dimensions * (d + 1);
  hessian[popular] = (hessian[popular] as number) + 1 / popularVariance;
  hessian[popular + d + 1] = (hessian[popular + d + 1] as number) + 1 / activityVariance;
  factorize(hessian, d);
  solveFactorized(hessian, step, d);
  return { weights: Float32Array.from(step.subarray(0, dimensions)), popular: step[dimensions] as number };
}

function bounded(rate: number): number {
  return Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, rate));
}
