// The visitor's own taste, learned within the decision: a logistic regression of "shown and clicked or not" on content
// vectors and on how the item does with everyone else, whose log-odds are the starting point. It is what turns items shown
// and passed over into evidence. One Newton step from zero under a Gaussian prior (Bishop 2006, §4.5.1), which is where
// the posterior of few, weak observations lies; with d dimensions and n showings it costs O(n d² + d³).
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { log } from "../kernels/elementary.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** Prior precision of every weight. */
const RIDGE = 1;
/** Click rates beyond are those of a handful of events: nothing is that certain. */
const LOWEST_RATE = 0.001;
const HIGHEST_RATE = 0.95;

export interface TasteModel {
  /** One float32 a content dimension; a candidate's lift in log-odds is their dot product with its content vector. */
  readonly content: Float32Array;
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

/**
 * @param showings hash32 of id → times shown; @param clicks hash32 of id → times clicked
 * @returns all 0 without showings of items that the snapshot knows
 */
export function fitTaste(
  showings: { readonly size: number; entries(): Iterable<readonly [number, number]> },
  clicks: { get(hash: number): number | undefined },
  snapshot: Snapshot,
  items: ItemTable,
): TasteModel {
  const dimensions = snapshot.manifest.contentDimensions;
  // Behind the content: appeal, and a constant that takes up how much this visitor clicks at all.
  const d = dimensions + 2;
  // One row a dimension, one column a showing: the sums below then run along memory.
  const n = showings.size;
  const x = new Float64Array(d * n);
  const weighted = new Float64Array(d * n);
  const step = new Float64Array(d);
  const logMean = logMeanRate(items);
  let showing = 0;
  for (const [hash, times] of showings.entries()) {
    const index = snapshot.ids.indexOfHash(hash);
    if (index < 0) continue;
    const slot = items.slotOf(snapshot.ids.at(index));
    const clicked = Math.min(clicks.get(hash) ?? 0, times);
    const rate = clickRate(items, slot, clicked, times);
    const expected = bounded(rate);
    const residual = clicked - times * expected;
    const curvature = times * expected * (1 - expected);
    for (let i = 0, at = showing; i < d; i++, at += n) {
      const value =
        i < dimensions ? snapshot.content.valueAt(index, i) : i === dimensions ? popularAppeal(rate, logMean) : 1;
      x[at] = value;
      weighted[at] = curvature * value;
      step[i] = (step[i] as number) + value * residual;
    }
    showing++;
  }
  const hessian = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) hessian[i * d + j] = dot(x, i * n, weighted, j * n, showing) + (i === j ? RIDGE : 0);
  }
  solveCholesky(hessian, step, d);
  return { content: Float32Array.from(step.subarray(0, dimensions)), popular: step[dimensions] as number };
}

function dot(a: Float64Array, aOffset: number, b: Float64Array, bOffset: number, count: number): number {
  let even = 0;
  let odd = 0;
  let k = 0;
  for (; k + 1 < count; k += 2) {
    even += (a[aOffset + k] as number) * (b[bOffset + k] as number);
    odd += (a[aOffset + k + 1] as number) * (b[bOffset + k + 1] as number);
  }
  if (k < count) even += (a[aOffset + k] as number) * (b[bOffset + k] as number);
  return even + odd;
}

function bounded(rate: number): number {
  return Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, rate));
}

/** Solves A x = b in place for a positive definite A given by its lower triangle; `b` becomes x. */
function solveCholesky(a: Float64Array, b: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j] as number;
      for (let k = 0, p = i * d, q = j * d; k < j; k++, p++, q++) sum -= (a[p] as number) * (a[q] as number);
      a[i * d + j] = i === j ? Math.sqrt(sum) : sum / (a[j * d + j] as number);
    }
  }
  for (let i = 0; i < d; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (a[i * d + k] as number) * (b[k] as number);
    b[i] = sum / (a[i * d + i] as number);
  }
  for (let i = d - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let k = i + 1; k < d; k++) sum -= (a[k * d + i] as number) * (b[k] as number);
    b[i] = sum / (a[i * d + i] as number);
  }
}
