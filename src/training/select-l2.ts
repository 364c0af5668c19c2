// Chooses the L2 penalty of the linear ranker on lists that it was not trained on. From the strongest penalty to the
// weakest, each model starts where the one before ended: the whole path costs little more than its last model.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { crossEntropy, type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";

export interface SelectL2Options {
  /** Penalties to try, in any order. */
  readonly candidates?: readonly number[];
  /** See ListwiseOptions. */
  readonly factors?: Float32Array;
  /** L-BFGS steps at most for each, 200 by default. */
  readonly iterations?: number;
  /** How good scores are on the validation lists, higher is better; minus the cross-entropy by default. */
  readonly measure?: (scores: Float32Array, validation: ListwiseData) => number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SelectedL2 {
  readonly l2: number;
  /** Trained on the training lists alone, under `l2`. */
  readonly model: LinearModel;
  /** Every candidate with its measure, from the strongest penalty to the weakest. */
  readonly trials: readonly { readonly l2: number; readonly measure: number }[];
}

/** A step that gains less tells nothing of a penalty any more. */
const TOLERANCE = 1e-6;
const CANDIDATES = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00001];

/**
 * The penalty of the best measure; of equal ones the strongest, which makes the simpler model.
 * @throws RangeError without candidates, and what `trainListwise` throws
 */
export function selectL2(train: ListwiseData, validation: ListwiseData, options: SelectL2Options = {}): SelectedL2 {
  const { candidates = CANDIDATES, iterations = 200, factors, onProgress } = options;
  const measure = options.measure ?? ((scores, lists) => -crossEntropy(lists, scores));
  const trials: { l2: number; measure: number }[] = [];
  let best: { l2: number; model: LinearModel; measure: number } | null = null;
  let start: Float32Array | null = null;
  for (const l2 of [...candidates].sort((a, b) => b - a)) {
    const { model } = trainListwise(train, {
      ...{ l2, iterations, tolerance: TOLERANCE },
      ...(factors ? { factors } : {}),
      ...(start ? { start } : {}),
    });
    start = model.weight;
    const trial = { l2, measure: measure(scoreLists(model, validation), validation) };
    trials.push(trial);
    if (best === null || trial.measure > best.measure) best = { ...trial, model };
    onProgress?.(trials.length, candidates.length);
  }
  if (best === null) throw new RangeError("select l2: there are no candidates");
  return { l2: best.l2, model: best.model, trials };
}
