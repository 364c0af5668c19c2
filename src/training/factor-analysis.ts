// The two steps of the expectation maximization behind taste-vectors.ts, variational in that visitors and items are taken
// as independent given the clicks (Bishop 2006, §10.1). Memory: a matrix of dimensions² a visitor, half of one an item.

import { factorize, invertFactorized, solveFactorized } from "../kernels/cholesky.ts";
import { log } from "../kernels/elementary.ts";
import { addObservation } from "../kernels/normal-equations.ts";
import type { Random } from "../kernels/random.ts";
import type { ItemDesign } from "./item-design.ts";
import { RidgePrior } from "./ridge-prior.ts";
import type { TasteObservations } from "./taste-observations.ts";

/** Every so many visitors, one is held out: vectors are not learned from it. */
const HELD_OUT = 10;
/** To begin with: standard deviation of an item around its prior, variance of the visitor's appeal and activity. */
const START_SPREAD = 0.3;
const START_VARIANCE = 0.5;

export class FactorAnalysis {
  readonly #data: TasteObservations;
  readonly #items: number;
  readonly #dimensions: number;
  readonly #observed: ByItem;
  readonly #prior: RidgePrior;
  /** items × dimensions. */
  readonly #vectors: Float64Array;
  /** Posterior covariance of an item's vector: its lower triangle, row after row; 0 to begin with. */
  readonly #covariance: Float32Array;
  #popularVariance = START_VARIANCE;
  #activityVariance = START_VARIANCE;
  /** A visitor's posterior: mean (d) and E[w wᵀ] (d × d), d = dimensions + 2. */
  readonly #means: Float64Array;
  readonly #moments: Float64Array;

  constructor(data: TasteObservations, design: ItemDesign, dimensions: number, random: Random) {
    this.#data = data;
    this.#dimensions = dimensions;
    this.#items = design.matrix.length / design.columns;
    this.#observed = byItem(data, this.#items);
    const coefficients = Float64Array.from(
      { length: design.columns * dimensions },
      () => (random.normal() * START_SPREAD) / Math.sqrt(dimensions),
    );
    this.#prior = new RidgePrior(design, this.#observed.items, dimensions, coefficients, START_SPREAD ** 2);
    this.#vectors = new Float64Array(this.#items * dimensions);
    for (let item = 0; item < this.#items; item++) this.#prior.meanInto(this.#vectors, item * dimensions, item);
    this.#covariance = new Float32Array((this.#items * dimensions * (dimensions + 1)) / 2);
    const d = dimensions + 2;
    this.#means = new Float64Array(data.visitors * d);
    this.#moments = new Float64Array(data.visitors * d * d);
  }

  /**
   * The visitors' posteriors under the vectors of the moment.
   * @returns mean log evidence of the visitors held out, beyond that of everyone clicking what all others do
   */
  expect(): number {
    const { visitors, starts, item, residual, curvature, appeal } = this.#data;
    const k = this.#dimensions;
    const d = k + 2;
    const hessian = new Float64Array(d * d);
    const inverse = new Float64Array(d * d);
    const step = new Float64Array(d);
    const x = new Float64Array(d);
    let evidence = 0;
    let held = 0;
    for (let visitor = 0; visitor < visitors; visitor++) {
      hessian.fill(0);
      step.fill(0);
      for (let at = starts[visitor] as number; at < (starts[visitor + 1] as number); at++) {
        const index = item[at] as number;
        for (let i = 0; i < k; i++) x[i] = this.#vectors[index * k + i] as number;
        x[k] = appeal[at] as number;
        x[k + 1] = 1;
        addObservation(hessian, step, x, residual[at] as number, curvature[at] as number);
        // Those held out are judged as when serving, where vectors are taken at their word.
        if (!isHeldOut(visitor)) this.#addUncertainty(hessian, index, curvature[at] as number);
      }
      for (let i = 0; i < d; i++) hessian[i * d + i] = (hessian[i * d + i] as number) + this.#precision(i);
      const gradient = step.slice();
      factorize(hessian, d);
      solveFactorized(hessian, step, d);
      if (isHeldOut(visitor)) {
        evidence += logEvidence(gradient, step, hessian) - log(this.#popularVariance * this.#activityVariance) / 2;
        held++;
        continue;
      }
      invertFactorized(hessian, inverse, d);
      this.#means.set(step, visitor * d);
      for (let i = 0, at = visitor * d * d; i < d; i++) {
        for (let j = 0; j < d; j++, at++) {
          this.#moments[at] = (inverse[i * d + j] as number) + (step[i] as number) * (step[j] as number);
        }
      }
    }
    return evidence / held;
  }

  /** The vectors and priors under which what `expect` found is most likely. */
  maximize(): void {
    const k = this.#dimensions;
    const d = k + 2;
    const mean = this.#meanMoments();
    this.#popularVariance = mean[k * d + k] as number;
    this.#activityVariance = mean[d * d - 1] as number;
    const { items } = this.#observed;
    const precision = new Float64Array(k * k);
    const inverse = new Float64Array(k * k);
    const vector = new Float64Array(k);
    let uncertainty = 0;
    for (let row = 0; row < items.length; row++) {
      const item = items[row] as number;
      this.#posteriorOf(row, precision, vector);
      factorize(precision, k);
      solveFactorized(precision, vector, k);
      invertFactorized(precision, inverse, k);
      this.#vectors.set(vector, item * k);
      for (let i = 0, at = (item * k * (k + 1)) / 2; i < k; i++) {
        uncertainty += inverse[i * k + i] as number;
        for (let j = 0; j <= i; j++, at++) this.#covariance[at] = inverse[i * k + j] as number;
      }
    }
    this.#prior.update(this.#vectors, uncertainty);
  }

  /** Items that nobody was shown have the vector that their design makes likely. */
  result(): { readonly vectors: Float32Array; readonly popularVariance: number; readonly activityVariance: number } {
    const k = this.#dimensions;
    const seen = new Set(this.#observed.items);
    const vectors = this.#vectors.slice();
    for (let item = 0; item < this.#items; item++) if (!seen.has(item)) this.#prior.meanInto(vectors, item * k, item);
    return {
      vectors: Float32Array.from(vectors),
      popularVariance: this.#popularVariance,
      activityVariance: this.#activityVariance,
    };
  }

  /** A visitor who is shown an item of uncertain vector tells that much less. */
  #addUncertainty(hessian: Float64Array, item: number, curvature: number): void {
    const k = this.#dimensions;
    for (let i = 0, at = (item * k * (k + 1)) / 2; i < k; i++) {
      for (let j = 0, to = i * (k + 2); j <= i; j++, at++, to++) {
        hessian[to] = (hessian[to] as number) + curvature * (this.#covariance[at] as number);
      }
    }
  }

  /** Of component `i` of a visitor. */
  #precision(i: number): number {
    if (i < this.#dimensions) return 1;
    return 1 / (i === this.#dimensions ? this.#popularVariance : this.#activityVariance);
  }

  /** Precision (its lower triangle) of an item's vector, and what it times the vector is. */
  #posteriorOf(row: number, precision: Float64Array, sums: Float64Array): void {
    const { items, starts, at: observations, visitor } = this.#observed;
    const { residual, curvature, appeal } = this.#data;
    const k = this.#dimensions;
    const d = k + 2;
    const { spread } = this.#prior;
    this.#prior.meanInto(sums, 0, items[row] as number);
    precision.fill(0);
    for (let i = 0; i < k; i++) {
      precision[i * k + i] = 1 / spread;
      sums[i] = (sums[i] as number) / spread;
    }
    for (let n = starts[row] as number; n < (starts[row + 1] as number); n++) {
      const at = observations[n] as number;
      const [h, r, a] = [curvature[at] as number, residual[at] as number, appeal[at] as number];
      const mean = (visitor[n] as number) * d;
      const moments = mean * d;
      for (let i = 0; i < k; i++) {
        const line = moments + i * d;
        // The appeal and the activity of the visitor explain their part.
        const explained = a * (this.#moments[line + k] as number) + (this.#moments[line + k + 1] as number);
        sums[i] = (sums[i] as number) + r * (this.#means[mean + i] as number) - h * explained;
        for (let j = 0; j <= i; j++) {
          precision[i * k + j] = (precision[i * k + j] as number) + h * (this.#moments[line + j] as number);
        }
      }
    }
  }

  /** Of the visitors that are learned from. */
  #meanMoments(): Float64Array {
    const d = this.#dimensions + 2;
    const mean = new Float64Array(d * d);
    let count = 0;
    for (let visitor = 0; visitor < this.#data.visitors; visitor++) {
      if (isHeldOut(visitor)) continue;
      count++;
      for (let i = 0, at = visitor * d * d; i < d * d; i++, at++) {
        mean[i] = (mean[i] as number) + (this.#moments[at] as number);
      }
    }
    return mean.map((sum) => sum / count);
  }
}

function isHeldOut(visitor: number): boolean {
  return visitor % HELD_OUT === HELD_OUT - 1;
}

/** log ∫ exp(gᵀw − ½ wᵀ(A − D)w) N(w; 0, D⁻¹) dw without ½ log |D|, where A = L Lᵀ and w = A⁻¹ g. */
function logEvidence(gradient: Float64Array, mean: Float64Array, factor: Float64Array): number {
  const d = mean.length;
  let sum = 0;
  for (let i = 0; i < d; i++) {
    sum += ((gradient[i] as number) * (mean[i] as number)) / 2 - log(factor[i * d + i] as number);
  }
  return sum;
}

/** Items that were shown to visitors who are learned from: `starts` bounds each one's observations `at`, of whose `visitor`. */
interface ByItem {
  readonly items: Uint32Array;
  readonly starts: Uint32Array;
  readonly at: Uint32Array;
  readonly visitor: Uint32Array;
}

function byItem({ visitors, starts, item }: TasteObservations, items: number): ByItem {
  const counts = new Uint32Array(items);
  const each = (visit: (item: number, at: number, visitor: number) => void): void => {
    for (let visitor = 0; visitor < visitors; visitor++) {
      if (isHeldOut(visitor)) continue;
      for (let at = starts[visitor] as number; at < (starts[visitor + 1] as number); at++) {
        visit(item[at] as number, at, visitor);
      }
    }
  };
  each((item) => {
    counts[item] = (counts[item] as number) + 1;
  });
  const observed = Uint32Array.from([...counts.keys()].filter((item) => (counts[item] as number) > 0));
  const bounds = new Uint32Array(observed.length + 1);
  const next = new Uint32Array(items);
  observed.forEach((item, row) => {
    next[item] = bounds[row] as number;
    bounds[row + 1] = (bounds[row] as number) + (counts[item] as number);
  });
  const total = bounds[observed.length] as number;
  const out = { items: observed, starts: bounds, at: new Uint32Array(total), visitor: new Uint32Array(total) };
  each((item, at, visitor) => {
    const to = next[item] as number;
    next[item] = to + 1;
    out.at[to] = at;
    out.visitor[to] = visitor;
  });
  return out;
}
