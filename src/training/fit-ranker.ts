// Fits the ranker to the rows: the penalty is chosen on the last lists by time, then everything is used.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";
import { ndcgAt, rankingOf } from "./metrics.ts";
import { selectL2 } from "./select-l2.ts";

/** Part of the lists, the newest, that the penalty is chosen on. */
const VALIDATION_SHARE = 0.2;
/** With fewer lists than this nothing can be chosen: a penalty that suits most data stands. */
const FEWEST_LISTS = 10;
const DEFAULT_L2 = 0.01;
/** Enough to tell penalties apart: each trial begins where the one before ended. */
const TRIAL_STEPS = 60;

export interface FittedRanker {
  /** Trained on all lists. */
  readonly model: LinearModel;
  readonly l2: number;
  /** Null when there were too few lists to hold some back. */
  readonly validation: {
    readonly queries: number;
    /** NDCG@10 of the model trained on the earlier lists alone, and of the orders to beat. */
    readonly ndcg10: { readonly model: number; readonly ctr: number; readonly loggedOrder: number };
    readonly trials: readonly { readonly l2: number; readonly crossEntropy: number }[];
  } | null;
}

/** @throws RangeError when there is no list */
export function fitRanker(
  { data, clickRate }: FeatureRows,
  onProgress?: (done: number, total: number) => void,
): FittedRanker {
  const lists = data.groups.length - 1;
  if (lists < FEWEST_LISTS) {
    return { model: trainListwise(data, { l2: DEFAULT_L2 }).model, l2: DEFAULT_L2, validation: null };
  }
  const cut = lists - Math.max(1, Math.floor(lists * VALIDATION_SHARE));
  const [train, held] = [slice(data, 0, cut), slice(data, cut, lists)];
  const selected = selectL2(train, held, { iterations: TRIAL_STEPS, ...(onProgress ? { onProgress } : {}) });
  const heldRates = clickRate.subarray(data.groups[cut]);
  return {
    model: trainListwise(data, { l2: selected.l2, start: selected.model.weight }).model,
    l2: selected.l2,
    validation: {
      queries: lists - cut,
      ndcg10: {
        model: meanNdcg(held, scoreLists(selected.model, held)),
        ctr: meanNdcg(held, heldRates),
        loggedOrder: meanNdcg(held, new Float32Array(heldRates.length)),
      },
      trials: selected.trials.map(({ l2, measure }) => ({ l2, crossEntropy: -measure })),
    },
  };
}

/** The lists from…to as data of their own; rows are views. */
export function slice({ matrix, groups, labels, columns }: ListwiseData, from: number, to: number): ListwiseData {
  const start = groups[from] as number;
  const end = groups[to] as number;
  return {
    matrix: matrix.subarray(start * columns, end * columns),
    groups: groups.slice(from, to + 1).map((offset) => offset - start),
    labels: labels.subarray(start, end),
    columns,
  };
}

function meanNdcg({ groups, labels }: ListwiseData, scores: Float32Array): number {
  let sum = 0;
  for (let list = 0; list + 1 < groups.length; list++) {
    const [from, to] = [groups[list] as number, groups[list + 1] as number];
    sum += ndcgAt(labels.subarray(from, to), rankingOf(scores.subarray(from, to)), 10);
  }
  return sum / (groups.length - 1);
}
