// Fits the ranker to the rows: a linear model, trees, and trees on top of the linear model. Which of them ranks, its penalty and its
// number of trees are chosen on the last lists by time; then everything is used. A dearer kind must be better by more than
// the standard error of the paired difference (the one-standard-error rule of Breiman et al., "Classification and regression
// trees", 1984): what is within noise is not worth its cost.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type RankerKind, type RankerModel, scoreModel } from "../ranking/ranker-model.ts";
import type { TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { type BoostInput, type BoostOptions, boost } from "./gbdt/boost.ts";
import { meanOf, measureLists, ndcg10, type RankingMetric, sliceLists } from "./lists.ts";
import { type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";
import { selectL2 } from "./select-l2.ts";

/** Part of the lists, the newest, that is chosen on. */
const VALIDATION_SHARE = 0.2;
/** With fewer lists than this nothing can be chosen: a linear model with a penalty that suits most data stands. */
const FEWEST_LISTS = 10;
/** With fewer lists trees are not tried: what the lists held back say of them would be chance. */
const FEWEST_LISTS_FOR_TREES = 500;
const DEFAULT_L2 = 0.01;
/** Enough to tell penalties apart: each trial begins where the one before ended. */
const TRIAL_STEPS = 60;
/** Trees without gain after which boosting ends. */
const PATIENCE = 30;
/** From the cheapest to serve to the dearest. */
const KINDS: readonly RankerKind[] = ["linear", "trees", "linear+trees"];

export interface FitRankerOptions {
  /** Any integer, 1 by default. */
  readonly seed?: number;
  /** Kinds to choose from; linear is always one of them. All by default. */
  readonly kinds?: readonly RankerKind[];
  /** What a list's order is worth, NDCG@10 by default. */
  readonly metric?: RankingMetric;
  /** Direction a column that trees must keep to, see Feature.monotone. */
  readonly monotone?: Int8Array;
  readonly boost?: Partial<BoostOptions>;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TriedKind {
  readonly kind: RankerKind;
  /** The metric's mean over the lists held back, trained on the earlier lists alone. */
  readonly measure: number;
  /** Trees kept; 0 for the linear model. */
  readonly trees: number;
  /** Its measure minus that of the kind it had to beat, with the standard error of that; null for the linear model. */
  readonly gain: { readonly over: RankerKind; readonly delta: number; readonly standardError: number } | null;
}

export interface FittedRanker {
  /** Trained on all lists. */
  readonly model: RankerModel;
  readonly l2: number;
  /** What the trees' splits gained by column, null without trees. */
  readonly treeGain: Float64Array | null;
  /** Null when there were too few lists to hold some back. */
  readonly validation: {
    readonly queries: number;
    /** NDCG@10 of the kind chosen, trained on the earlier lists alone, and of the orders to beat. */
    readonly ndcg10: { readonly model: number; readonly ctr: number; readonly loggedOrder: number };
    readonly kinds: readonly TriedKind[];
    readonly trials: readonly { readonly l2: number; readonly crossEntropy: number }[];
  } | null;
}

interface Candidate {
  readonly kind: RankerKind;
  /** Of the lists held back. */
  readonly scores: Float32Array;
  readonly measures: Float64Array;
  readonly trees: number;
}

/** @throws RangeError when there is no list */
export function fitRanker(
  { data, clickRate, visitors }: FeatureRows,
  { seed = 1, kinds = KINDS, metric = ndcg10, monotone, boost: settings, onProgress }: FitRankerOptions = {},
): FittedRanker {
  const lists = data.groups.length - 1;
  if (lists < FEWEST_LISTS) {
    const linear = trainListwise(data, { l2: DEFAULT_L2 }).model;
    return { model: { kind: "linear", linear }, l2: DEFAULT_L2, treeGain: null, validation: null };
  }
  const cut = lists - Math.max(1, Math.floor(lists * VALIDATION_SHARE));
  const [train, held] = [sliceLists(data, 0, cut), sliceLists(data, cut, lists)];
  const heldRates = clickRate.subarray(data.groups[cut]);
  const selected = selectL2(train, held, { iterations: TRIAL_STEPS, ...(onProgress ? { onProgress } : {}) });
  const boosting = { ...settings, seed };
  const directions = monotone === undefined ? {} : { monotone };

  const candidates = KINDS.filter(
    (kind) => kind === "linear" || (kinds.includes(kind) && lists >= FEWEST_LISTS_FOR_TREES),
  ).flatMap((kind): Candidate[] => {
    const linear = scoreLists(selected.model, held);
    if (kind === "linear") return [{ kind, scores: linear, measures: measureLists(held, linear, metric), trees: 0 }];
    const base = kind === "trees" ? {} : { base: scoreLists(selected.model, train) };
    const heldBase = kind === "trees" ? {} : { base: linear };
    const measure = (scores: Float64Array): number => meanOf(measureLists(held, scores, metric));
    const validation = { matrix: held.matrix, ...heldBase, measure, patience: PATIENCE };
    const boosted = boost({ data: train, ...base, ...directions, validation }, boosting);
    if (boosted.ensemble === null) return [];
    const scores = scoreRows(modelOf(kind, selected.model, boosted.ensemble), held);
    return [{ kind, scores, measures: measureLists(held, scores, metric), trees: boosted.trees }];
  });
  const { chosen, tried } = choose(candidates, visitors.subarray(cut), seed);

  const linear = trainListwise(data, { l2: selected.l2, start: selected.model.weight }).model;
  const trees = refitTrees({ data, ...directions }, chosen, linear, boosting);
  return {
    model: trees?.ensemble ? modelOf(chosen.kind, linear, trees.ensemble) : { kind: "linear", linear },
    l2: selected.l2,
    treeGain: trees?.ensemble ? trees.gain : null,
    validation: {
      queries: lists - cut,
      ndcg10: {
        model: meanOf(measureLists(held, chosen.scores, ndcg10)),
        ctr: meanOf(measureLists(held, heldRates, ndcg10)),
        loggedOrder: meanOf(measureLists(held, new Float32Array(heldRates.length), ndcg10)),
      },
      kinds: tried,
      trials: selected.trials.map(({ l2, measure }) => ({ l2, crossEntropy: -measure })),
    },
  };
}

/** Goes from the cheapest to the dearest and moves on only for what is more than a standard error better. */
function choose(candidates: readonly Candidate[], clusters: Uint32Array, seed: number) {
  const tried: TriedKind[] = [];
  let chosen = candidates[0] as Candidate;
  for (const candidate of candidates) {
    const { kind, measures, trees } = candidate;
    let gain: TriedKind["gain"] = null;
    if (kind !== "linear") {
      const { delta, ci95 } = pairedBootstrap(measures, chosen.measures, { seed, clusters });
      const standardError = (ci95[1] - ci95[0]) / (2 * 1.96);
      gain = { over: chosen.kind, delta, standardError };
      if (delta > standardError) chosen = candidate;
    }
    tried.push({ kind, measure: meanOf(measures), trees, gain });
  }
  return { chosen, tried };
}

function refitTrees(
  input: BoostInput,
  { kind, trees }: Candidate,
  linear: LinearModel,
  settings: Partial<BoostOptions>,
) {
  if (kind === "linear") return null;
  const base = kind === "trees" ? {} : { base: scoreLists(linear, input.data) };
  return boost({ ...input, ...base }, { ...settings, trees });
}

/** Scores of all rows, by the arithmetic that serves. */
function scoreRows(model: RankerModel, { matrix, labels }: ListwiseData): Float32Array {
  const scores = new Float32Array(labels.length);
  scoreModel(model, matrix, scores.length, scores);
  return scores;
}

function modelOf(kind: RankerKind, linear: LinearModel, trees: TreeEnsemble): RankerModel {
  return kind === "linear" ? { kind, linear } : { kind, linear, trees };
}
