// The model of all lists but a part, with some columns or all, and what it loses on that part: one Newton step from the
// model of all lists, out of sums that quadratic-loss.ts made.
import { factorize, solveFactorized } from "../kernels/cholesky.ts";
import type { QuadraticPart } from "./quadratic-loss.ts";

/** A penalty of 0 would leave columns that say the same without a solution. */
const LEAST_L2 = 1e-9;

export class FoldModel {
  readonly #held: QuadraticPart;
  readonly #weight: Float64Array;
  /** Mean Hessian of the others and the penalty. */
  readonly #curvature: Float64Array;
  /** The right side of the Newton step's equations. */
  readonly #target: Float64Array;

  /** @param weight of all lists' model, where the sums were taken; @param penalty of each column in it */
  constructor(held: QuadraticPart, parts: readonly QuadraticPart[], weight: Float64Array, penalty: Float64Array) {
    const width = weight.length;
    const others = parts.filter((part) => part !== held);
    const lists = others.reduce((sum, part) => sum + part.lists, 0);
    this.#held = held;
    this.#weight = weight;
    this.#curvature = new Float64Array(width * width);
    this.#target = new Float64Array(width);
    for (const { hessian, gradient } of others) {
      addScaledTo(this.#curvature, hessian, 1 / Math.max(1, lists));
      addScaledTo(this.#target, gradient, -1 / Math.max(1, lists));
    }
    for (let i = 0; i < width; i++) {
      const at = i * width;
      this.#target[i] = (this.#target[i] as number) + dot(this.#curvature.subarray(at, at + width), weight);
      this.#curvature[at + i] = (this.#curvature[at + i] as number) + Math.max(penalty[i] as number, LEAST_L2);
    }
  }

  /** @param active 1 for columns that the model has; @returns its weights, 0 for other columns */
  weights(active: Uint8Array): Float64Array {
    const width = active.length;
    const on = Uint32Array.from(active.keys()).filter((column) => active[column] === 1);
    const size = on.length;
    const a = new Float64Array(size * size);
    const b = Float64Array.from(on, (column) => this.#target[column] as number);
    for (let i = 0; i < size; i++) {
      const from = (on[i] as number) * width;
      for (let j = 0; j <= i; j++) a[i * size + j] = this.#curvature[from + (on[j] as number)] as number;
    }
    factorize(a, size);
    solveFactorized(a, b, size);
    const weights = new Float64Array(width);
    for (let i = 0; i < size; i++) weights[on[i] as number] = b[i] as number;
    return weights;
  }

  /** What the part loses by that model beside the model of all lists, summed over its lists; quadratic. */
  loss(active: Uint8Array): number {
    const { gradient, hessian } = this.#held;
    const moved = this.weights(active);
    addScaledTo(moved, this.#weight, -1);
    let loss = 0;
    for (let i = 0, width = moved.length; i < width; i++) {
      const bent = dot(hessian.subarray(i * width, (i + 1) * width), moved);
      loss += (moved[i] as number) * ((gradient[i] as number) + 0.5 * bent);
    }
    return loss;
  }
}

function addScaledTo(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + scale * (source[i] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
