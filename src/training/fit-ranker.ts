// Fits the ranker to the rows: a linear model, trees, and the sum of both. Which of them ranks, its penalty and its
// number of trees are chosen on the last lists by time; then everything is used. A dearer kind must be better by more than
// the standard error of the paired difference (the one-standard-error rule of Breiman et al., "Classification and regression
// trees", 1984): what is within noise is not worth its cost.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type RankerKind, type RankerModel, scoreModel } from "../ranking/ranker-model.ts";
import { scaleTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { type BoostOptions, boost } from "./gbdt/boost.ts";
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
const LEAF_SHARE = 0.005;
/** Of the trees beside the linear model in their sum; both are learned on their own. */
const TREE_WEIGHTS = [1, 0.5, 2];
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
  /**
   * Whether trees leave out of their scores what the place of a row was worth by itself. Off by default: features know the
   * place already, and clicks that are measured by reward whoever repeats the order shown.
   */
  readonly debiasPositions?: boolean;
  readonly boost?: Partial<BoostOptions>;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface TriedKind {
  readonly kind: RankerKind;
  /** The metric's mean over the lists held back, trained on the earlier lists alone. */
  readonly measure: number;
  /** Trees kept; 0 for the linear model. */
  readonly trees: number;
  /** What the trees are multiplied with. */
  readonly weight: number;
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
    /** The metric of the trees alone: without any, and after each that was grown; empty where none were. */
    readonly boosting: readonly number[];
    readonly trials: readonly { readonly l2: number; readonly crossEntropy: number }[];
  } | null;
}

interface Candidate {
  readonly kind: RankerKind;
  /** Of the lists held back. */
  readonly scores: Float32Array;
  readonly measures: Float64Array;
  readonly trees: number;
  readonly weight: number;
}

/** @throws RangeError when there is no list */
export function fitRanker(
  { data, clickRate, visitors, positions }: FeatureRows,
  {
    seed = 1,
    kinds = KINDS,
    metric = ndcg10,
    monotone,
    debiasPositions = false,
    boost: settings,
    onProgress,
  }: FitRankerOptions = {},
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
  const linearScores = scoreLists(selected.model, held);
  const candidates: Candidate[] = [
    { kind: "linear", scores: linearScores, measures: measureLists(held, linearScores, metric), trees: 0, weight: 0 },
  ];
  const boosting = { minChildRows: fewestRows(train), ...settings, seed };
  const directions = monotone === undefined ? {} : { monotone };
  let trace: readonly number[] = [];
  if (lists >= FEWEST_LISTS_FOR_TREES && kinds.some((kind) => kind !== "linear")) {
    const measure = (scores: Float64Array): number => meanOf(measureLists(held, scores, metric));
    const validation = { matrix: held.matrix, measure, patience: PATIENCE };
    const shown = debiasPositions && positions ? { positions: positions.subarray(0, data.groups[cut]) } : {};
    const { ensemble, trace: traced } = boost({ data: train, ...directions, ...shown, validation }, boosting);
    trace = traced;
    if (ensemble !== null) {
      const all = [
        weighed("trees", [1], selected.model, ensemble, held, metric),
        weighed("linear+trees", TREE_WEIGHTS, selected.model, ensemble, held, metric),
      ];
      candidates.push(...all.filter(({ kind }) => kinds.includes(kind)));
    }
  }
  const { chosen, tried } = choose(candidates, visitors.subarray(cut), seed);

  const linear = trainListwise(data, { l2: selected.l2, start: selected.model.weight }).model;
  const trees =
    chosen.kind === "linear"
      ? null
      : boost(
          { data, ...directions },
          { ...boosting, minChildRows: fewestRows(data), ...settings, trees: chosen.trees },
        );
  return {
    model: trees?.ensemble
      ? modelOf(chosen.kind, linear, scaleTrees(trees.ensemble, chosen.weight))
      : { kind: "linear", linear },
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
      boosting: trace,
      trials: selected.trials.map(({ l2, measure }) => ({ l2, crossEntropy: -measure })),
    },
  };
}

/** Goes from the cheapest to the dearest and moves on only for what is more than a standard error better. */
function choose(candidates: readonly Candidate[], clusters: Uint32Array, seed: number) {
  const tried: TriedKind[] = [];
  let chosen = candidates[0] as Candidate;
  for (const candidate of candidates) {
    const { kind, measures, trees, weight } = candidate;
    let gain: TriedKind["gain"] = null;
    if (kind !== "linear") {
      const { delta, ci95 } = pairedBootstrap(measures, chosen.measures, { seed, clusters });
      const standardError = (ci95[1] - ci95[0]) / (2 * 1.96);
      gain = { over: chosen.kind, delta, standardError };
      if (delta > standardError) chosen = candidate;
    }
    tried.push({ kind, measure: meanOf(measures), trees, weight, gain });
  }
  return { chosen, tried };
}

/** A kind at that weight of the trees at which it measures best. */
function weighed(
  kind: RankerKind,
  weights: readonly number[],
  linear: LinearModel,
  trees: TreeEnsemble,
  held: ListwiseData,
  metric: RankingMetric,
): Candidate {
  const all = weights.map((weight): Candidate => {
    const scores = scoreRows(modelOf(kind, linear, scaleTrees(trees, weight)), held);
    return { kind, scores, measures: measureLists(held, scores, metric), trees: trees.roots.length, weight };
  });
  return all.reduce((best, each) => (meanOf(each.measures) > meanOf(best.measures) ? each : best));
}

/** What a leaf has at least: a share of the rows, so that more data say more. */
function fewestRows({ labels }: ListwiseData): number {
  return Math.min(1000, Math.max(20, Math.round(labels.length * LEAF_SHARE)));
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
