// The linear ranker: softmax over the candidates of a list, trained so that the probability goes to those that were
// clicked (ListNet's top-one cross-entropy; Cao et al., "Learning to rank: from pairwise approach to listwise approach",
// ICML 2007). Convex, so the same data give the same model; the L2 penalty is chosen on lists held back.
import { exp, log } from "../kernels/elementary.ts";
import { type LinearModel, scoreLinear } from "../ranking/linear-scorer.ts";
import { minimize } from "./lbfgs.ts";

/** Rows that a linear model over a hundred columns has enough of: more lists make it dearer and no better (docs/quality.md). */
export const MOST_LINEAR_ROWS = 400_000;

/** Lists of candidates: the rows of list g are groups[g] … groups[g + 1] − 1. */
export interface ListwiseData {
  /** rows × columns, row-major. */
  readonly matrix: Float32Array;
  /** Offsets, ascending from 0 to rows; length lists + 1. */
  readonly groups: Uint32Array;
  /** Relevance of each row, from 0; only the proportions within a list count. */
  readonly labels: Float32Array;
  readonly columns: number;
}

export interface ListwiseOptions {
  /** Weight of ½‖w‖² beside the mean cross-entropy of a list; from 0. */
  readonly l2: number;
  /** How many times `l2` each column pays, from 0; once by default. */
  readonly factors?: Float32Array;
  /** L-BFGS steps at most, 200 by default. */
  readonly iterations?: number;
  /** Stops when a step gains less than this part of the loss, 1e-9 by default. */
  readonly tolerance?: number;
  /** Weights to begin with, over standardized columns; zeros by default. */
  readonly start?: Float32Array;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface ListwiseResult {
  readonly model: LinearModel;
  /** The penalized loss at the start and after each step. */
  readonly trace: number[];
}

/**
 * Fits a linear model to lists. Columns are standardized over all rows first; a constant column gets scale and weight 0.
 * A list without any positive label says nothing and is passed over.
 * @throws RangeError when shapes disagree, a label is negative, a feature is not finite, or no list has a label
 */
export function trainListwise(data: ListwiseData, options: ListwiseOptions): ListwiseResult {
  const { l2, factors, iterations = 200, tolerance = 1e-9, start, onProgress } = options;
  check(data);
  if (!(l2 >= 0)) throw new RangeError(`listwise: l2 must be from 0, not ${l2}`);
  const lists = labelTotals(data).reduce((count, total) => count + (total > 0 ? 1 : 0), 0);
  if (lists === 0) throw new RangeError("listwise: no list has a label above 0");
  const { mean, scale } = standardization(data);
  const from = start === undefined ? new Float64Array(data.columns) : Float64Array.from(start);
  if (from.length !== data.columns)
    throw new RangeError(`listwise: ${from.length} start weights, ${data.columns} columns`);
  if (factors !== undefined && !(factors.length === data.columns && factors.every((factor) => factor >= 0))) {
    throw new RangeError(
      `listwise: ${factors.length} factors of the penalty, ${data.columns} columns; each must be from 0`,
    );
  }
  const varying = Array.from(scale.keys()).filter((c) => scale[c] !== 0);
  const penalty = Float64Array.from(varying, (c) => l2 * (factors?.[c] ?? 1));
  const objective = penalizedLoss(data, standardized(data, varying, mean, scale), penalty, lists);
  const initial = Float64Array.from(varying, (c) => from[c] as number);
  const { x, trace } = minimize(objective, initial, { iterations, tolerance, ...(onProgress ? { onProgress } : {}) });
  const weight = new Float32Array(data.columns);
  varying.forEach((c, k) => {
    weight[c] = x[k] as number;
  });
  return { model: { mean, scale, weight }, trace };
}

/**
 * The mean cross-entropy of the lists that have a label, under any scores.
 * @param scores one a row
 * @throws RangeError when no list has a label
 */
export function crossEntropy(data: ListwiseData, scores: ArrayLike<number>): number {
  const lists = labelTotals(data).reduce((count, total) => count + (total > 0 ? 1 : 0), 0);
  if (lists === 0) throw new RangeError("listwise: no list has a label above 0");
  return crossEntropies(data, scores).reduce((sum, each) => sum + each, 0) / lists;
}

/** The cross-entropy of each list under any scores, 0 where it has no label. @param scores one a row */
export function crossEntropies(data: ListwiseData, scores: ArrayLike<number>): Float64Array {
  return labelTotals(data).map((total, group) => {
    if (total <= 0) return 0;
    const from = data.groups[group] as number;
    const to = data.groups[group + 1] as number;
    let top = Number.NEGATIVE_INFINITY;
    for (let row = from; row < to; row++) top = Math.max(top, scores[row] as number);
    let mass = 0;
    let matched = 0;
    for (let row = from; row < to; row++) {
      mass += exp((scores[row] as number) - top);
      matched += ((data.labels[row] as number) / total) * ((scores[row] as number) - top);
    }
    return log(mass) - matched;
  });
}

/** Scores of all rows, by the arithmetic that serves. */
export function scoreLists(model: LinearModel, data: ListwiseData): Float32Array {
  const scores = new Float32Array(data.labels.length);
  scoreLinear(model, data.matrix, scores.length, scores);
  return scores;
}

/** The columns that vary, standardized, row after row: what the loss walks through some thousand times. */
function standardized(
  { matrix, columns, labels }: ListwiseData,
  varying: readonly number[],
  mean: Float32Array,
  scale: Float32Array,
): Float32Array {
  const width = varying.length;
  const out = new Float32Array(labels.length * width);
  varying.forEach((c, k) => {
    const [centre, factor] = [mean[c] as number, scale[c] as number];
    for (let at = k, from = c; at < out.length; at += width, from += columns) {
      out[at] = ((matrix[from] as number) - centre) * factor;
    }
  });
  return out;
}

/** @param rows standardized, a value a column that `penalty` has */
function penalizedLoss(data: ListwiseData, rows: Float32Array, penalty: Float64Array, lists: number) {
  const columns = penalty.length;
  const { groups, labels } = data;
  const totals = labelTotals(data);
  const scores = new Float64Array(labels.length);
  return (weight: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let loss = 0;
    for (let group = 0; group < totals.length; group++) {
      const total = totals[group] as number;
      if (total <= 0) continue;
      const from = groups[group] as number;
      const to = groups[group + 1] as number;
      let top = Number.NEGATIVE_INFINITY;
      for (let row = from, at = from * columns; row < to; row++) {
        let score = 0;
        for (let c = 0; c < columns; c++, at++) score += (rows[at] as number) * (weight[c] as number);
        scores[row] = score;
        if (score > top) top = score;
      }
      let mass = 0;
      for (let row = from; row < to; row++) mass += exp((scores[row] as number) - top);
      const logMass = log(mass);
      for (let row = from, at = from * columns; row < to; row++) {
        const relative = (scores[row] as number) - top;
        const target = (labels[row] as number) / total;
        loss += target * (logMass - relative);
        const residual = exp(relative) / mass - target;
        for (let c = 0; c < columns; c++, at++) {
          gradient[c] = (gradient[c] as number) + residual * (rows[at] as number);
        }
      }
    }
    loss /= lists;
    for (let c = 0; c < columns; c++) {
      const w = weight[c] as number;
      const own = penalty[c] as number;
      gradient[c] = (gradient[c] as number) / lists + own * w;
      loss += 0.5 * own * w * w;
    }
    return loss;
  };
}

function labelTotals({ groups, labels }: ListwiseData): Float64Array {
  const totals = new Float64Array(groups.length - 1);
  for (let group = 0; group < totals.length; group++) {
    for (let row = groups[group] as number; row < (groups[group + 1] as number); row++) {
      totals[group] = (totals[group] as number) + (labels[row] as number);
    }
  }
  return totals;
}

/** Mean and 1 / standard deviation a column; scale 0 where float32 cannot tell the values apart. */
function standardization({ matrix, columns, labels }: ListwiseData): { mean: Float32Array; scale: Float32Array } {
  const rows = labels.length;
  const mean = new Float32Array(columns);
  const scale = new Float32Array(columns);
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    for (let at = c; at < matrix.length; at += columns) sum += matrix[at] as number;
    if (!Number.isFinite(sum)) throw new RangeError(`listwise: column ${c} holds a number that is not finite`);
    const centre = sum / rows;
    let squares = 0;
    for (let at = c; at < matrix.length; at += columns) squares += ((matrix[at] as number) - centre) ** 2;
    const deviation = Math.sqrt(squares / rows);
    mean[c] = centre;
    scale[c] = deviation > 1e-7 * Math.abs(centre) ? 1 / deviation : 0;
  }
  return { mean, scale };
}

function check({ matrix, groups, labels, columns }: ListwiseData): void {
  const rows = labels.length;
  if (matrix.length !== rows * columns) {
    throw new RangeError(`listwise: ${matrix.length} features are not ${rows} rows × ${columns} columns`);
  }
  if (
    groups[0] !== 0 ||
    groups[groups.length - 1] !== rows ||
    groups.some((at, i) => i > 0 && at < (groups[i - 1] ?? 0))
  ) {
    throw new RangeError(`listwise: group offsets must ascend from 0 to ${rows}`);
  }
  const bad = labels.findIndex((label) => !(label >= 0 && Number.isFinite(label)));
  if (bad >= 0) throw new RangeError(`listwise: the label of row ${bad} is ${labels[bad]}, not a number from 0`);
}
