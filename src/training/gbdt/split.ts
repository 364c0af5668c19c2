// The best split of a leaf by its histogram: the one that lowers the second-order loss most (Chen and Guestrin, "XGBoost",
// KDD 2016, equation 7), among those that leave enough in both children and go with the declared direction.
import { type HistogramLayout, STRIDE } from "./histogram.ts";

export interface LeafSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
}

/** What a leaf may say at least and at most: monotone columns above it narrow that. */
export interface LeafBounds {
  readonly low: number;
  readonly high: number;
}

export interface SplitLimits {
  readonly l2: number;
  readonly minRows: number;
  readonly minHessian: number;
  /** Direction a column: 1 the score may only rise with it, −1 only fall, 0 free. */
  readonly monotone: Int8Array;
}

export interface Split {
  readonly column: number;
  /** Bins up to this one go left. */
  readonly bin: number;
  readonly gain: number;
  readonly left: LeafSums;
  readonly right: LeafSums;
}

/** The Newton step of a leaf within its bounds. */
export function leafValue({ gradient, hessian }: LeafSums, l2: number, { low, high }: LeafBounds): number {
  return Math.min(high, Math.max(low, -gradient / (hessian + l2)));
}

/** By how much the loss falls when the leaf says `value`. */
function gainOf({ gradient, hessian }: LeafSums, l2: number, value: number): number {
  return -(2 * gradient * value + (hessian + l2) * value * value);
}

/** Null when no split gains anything. Of equal gains the first column, then the lowest bin. */
export function bestSplit(
  histogram: Float64Array,
  layout: HistogramLayout,
  columns: Uint32Array,
  sums: LeafSums,
  bounds: LeafBounds,
  limits: SplitLimits,
): Split | null {
  const { l2, minRows, minHessian, monotone } = limits;
  const { low, high } = bounds;
  const free = low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY;
  const stay = gainOf(sums, l2, leafValue(sums, l2, bounds));
  // Rounding in the subtraction of histograms must not look like a gain.
  let best = 1e-9 * (1 + Math.abs(stay));
  let found: { column: number; bin: number; gradient: number; hessian: number; rows: number } | null = null;
  for (const column of columns) {
    const from = layout.starts[column] as number;
    const last = (layout.starts[column + 1] as number) - 1;
    const direction = monotone[column] as number;
    let gradient = 0;
    let hessian = 0;
    let rows = 0;
    for (let bin = from; bin < last; bin++) {
      const at = STRIDE * bin;
      const here = histogram[at + 2] as number;
      if (here === 0) continue;
      gradient += histogram[at] as number;
      hessian += histogram[at + 1] as number;
      rows += here;
      if (rows < minRows || hessian < minHessian) continue;
      if (sums.rows - rows < minRows || sums.hessian - hessian < minHessian) break;
      const g = sums.gradient - gradient;
      const h = sums.hessian - hessian;
      let gain: number;
      if (free && direction === 0) gain = (gradient * gradient) / (hessian + l2) + (g * g) / (h + l2) - stay;
      else {
        const left = Math.min(high, Math.max(low, -gradient / (hessian + l2)));
        const right = Math.min(high, Math.max(low, -g / (h + l2)));
        if (direction * (right - left) < 0) continue;
        gain =
          -(2 * gradient * left + (hessian + l2) * left * left) - (2 * g * right + (h + l2) * right * right) - stay;
      }
      if (gain > best) {
        best = gain;
        found = { column, bin: bin - from, gradient, hessian, rows };
      }
    }
  }
  if (found === null) return null;
  const { column, bin, gradient, hessian, rows } = found;
  const left = { gradient, hessian, rows };
  const right = {
    gradient: sums.gradient - gradient,
    hessian: sums.hessian - hessian,
    rows: sums.rows - rows,
  };
  return { column, bin, gain: best, left, right };
}
