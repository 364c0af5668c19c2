// The penalty of the linear ranker. First one that all columns pay alike; then an adaptive one: a feature pays the more the weaker
// it turned out under the first, by the inverse of its squared weight (Grandvalet, "Least absolute shrinkage is equivalent to
// quadratic penalization", ICANN 1998; here a feature at a time, and one step of it). Where few lists have to tell a strong
// feature, such as the place that an item was shown at, from a hundred weak ones, an even penalty that is strong enough for the
// weak ones takes from the strong one what it is worth. Which of the two holds is chosen on the lists held back, like its strength.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import type { ListwiseData } from "./listwise.ts";
import { type SelectedL2, selectL2 } from "./select-l2.ts";

export interface SelectedPenalty extends SelectedL2 {
  /** How many times more each column pays; null where all pay alike. */
  readonly factors: Float32Array | null;
}

/** The weakest features pay as many times more than the strongest one. */
const MOST_FACTOR = 300;
/** Strengths of the adaptive penalty beside the even one's: hardly any column pays as little as the strongest. */
const ADAPTIVE_SHARES = [0.3, 0.1, 0.03, 0.01];

export interface SelectPenaltyOptions {
  /** L-BFGS steps at most for each. */
  readonly iterations: number;
  /** Columns of one feature pay alike; each column by itself without it. */
  readonly features?: readonly { readonly from: number; readonly to: number }[];
  readonly onProgress?: (done: number, total: number) => void;
}

export function selectPenalty(
  train: ListwiseData,
  validation: ListwiseData,
  { iterations, features, onProgress }: SelectPenaltyOptions,
): SelectedPenalty {
  const even = selectL2(train, validation, { iterations, ...(onProgress ? { onProgress } : {}) });
  const spans = features ?? Array.from(even.model.weight, (_, column) => ({ from: column, to: column + 1 }));
  const factors = factorsOf(even.model, spans);
  const candidates = ADAPTIVE_SHARES.map((share) => Number((even.l2 * share).toPrecision(6)));
  const adaptive = selectL2(train, validation, { iterations, factors, candidates });
  return measureOf(adaptive) > measureOf(even) ? { ...adaptive, factors } : { ...even, factors: null };
}

/** By the inverse of each feature's mean squared weight per standard deviation, beside the strongest feature's. */
export function factorsOf(
  { weight, scale }: LinearModel,
  spans: readonly { readonly from: number; readonly to: number }[],
): Float32Array {
  const strengths = spans.map(({ from, to }) => {
    let [squares, columns] = [0, 0];
    for (let column = from; column < to; column++) {
      if (scale[column] === 0) continue;
      squares += (weight[column] as number) ** 2;
      columns++;
    }
    return columns === 0 ? 0 : squares / columns;
  });
  const strongest = Math.max(...strengths);
  const factors = new Float32Array(weight.length).fill(1);
  if (!(strongest > 0)) return factors;
  spans.forEach(({ from, to }, index) => {
    factors.fill(1 / Math.max((strengths[index] as number) / strongest, 1 / MOST_FACTOR), from, to);
  });
  return factors;
}

function measureOf({ l2, trials }: SelectedL2): number {
  return trials.find((trial) => trial.l2 === l2)?.measure ?? Number.NEGATIVE_INFINITY;
}
