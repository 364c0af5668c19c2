// Fits the ranker to the rows: kind, penalty, number of trees and features are chosen with the last lists by time held back
// (choose-kind.ts, select-penalty.ts, drop-features.ts); then everything is learned again, from all lists and the columns kept.
import type { RankerKind } from "../ranking/ranker-model.ts";
import { BOOSTINGS, type TriedBoosting } from "./boostings.ts";
import { chooseKind, KINDS, type TriedKind, tryKinds } from "./choose-kind.ts";
import { dropFeatures, type FeatureSelection } from "./drop-features.ts";
import type { ColumnSpan } from "./eliminate-features.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { type FittedRecipe, fitRecipe, type RankerRecipe } from "./fit-recipe.ts";
import type { BoostOptions } from "./gbdt/boost.ts";
import { meanOf, measureLists, ndcg10, pickColumns, type RankingMetric, sliceLists, spreadLists } from "./lists.ts";
import { MOST_LINEAR_ROWS } from "./listwise.ts";
import { selectPenalty } from "./select-penalty.ts";
import type { Trial } from "./trial.ts";

/** Part of the lists, the newest, that is chosen on. */
const VALIDATION_SHARE = 0.2;
/** With fewer lists than this nothing can be chosen: a linear model with a penalty that suits most data stands. */
const FEWEST_LISTS = 10;
/** With fewer lists trees are not tried: what the lists held back say of them would be chance. */
const FEWEST_LISTS_FOR_TREES = 1_000;
/** With fewer lists the finest trees are not tried: they gain nothing, and the best of two looks better than it is. */
const FEWEST_LISTS_FOR_FINE_TREES = 4_000;
const DEFAULT_L2 = 0.01;
/** Enough to tell penalties apart: each trial begins where the one before ended. */
const TRIAL_STEPS = 60;

export interface FitRankerOptions {
  /** Any integer, 1 by default. */
  readonly seed?: number;
  /** Kinds to choose from; linear is always one of them. All by default. */
  readonly kinds?: readonly RankerKind[];
  /** What a list's order is worth, NDCG@10 by default. */
  readonly metric?: RankingMetric;
  /** The features that the columns are of; those that are not missed are dropped. Without it all columns stay. */
  readonly features?: readonly ColumnSpan[];
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

export type { TriedKind } from "./choose-kind.ts";

/** Learned from all lists, over `columns` of the rows. */
export interface FittedRanker extends FittedRecipe {
  readonly recipe: RankerRecipe;
  /** The columns of the rows that are kept, ascending. */
  readonly columns: Uint32Array;
  /** Null when all columns stay unasked. */
  readonly selection: FeatureSelection | null;
  /** Null when there were too few lists to hold some back. */
  readonly validation: {
    readonly queries: number;
    /** NDCG@10 of what was chosen, trained on the earlier lists alone, and of the orders to beat. */
    readonly ndcg10: { readonly model: number; readonly ctr: number; readonly loggedOrder: number };
    /** On all columns. */
    readonly kinds: readonly TriedKind[];
    /** The metric of the trees alone: without any, and after each that was grown; empty where none were. */
    readonly boosting: readonly number[];
    /** What boosting was tried with; the best made the trees. */
    readonly boostings: readonly TriedBoosting[];
    readonly trials: readonly { readonly l2: number; readonly crossEntropy: number }[];
  } | null;
}

/** @throws RangeError when there is no list */
export function fitRanker(rows: FeatureRows, options: FitRankerOptions = {}): FittedRanker {
  const { data, clickRate, visitors, positions } = rows;
  const { seed = 1, metric = ndcg10, kinds = KINDS, features, monotone, debiasPositions = false, onProgress } = options;
  const lists = data.groups.length - 1;
  if (lists < FEWEST_LISTS) {
    const recipe = { kind: "linear", l2: DEFAULT_L2, factors: null, trees: 0, weight: 0, settings: {} } as const;
    const columns = Uint32Array.from({ length: data.columns }, (_, column) => column);
    return { ...fitRecipe(data, recipe, { seed }), recipe, columns, selection: null, validation: null };
  }
  const cut = lists - Math.max(1, Math.floor(lists * VALIDATION_SHARE));
  const rowCut = data.groups[cut] as number;
  const trial: Trial = {
    train: sliceLists(data, 0, cut),
    held: sliceLists(data, cut, lists),
    visitors: visitors.subarray(cut),
    metric,
    boosting: {
      ...(monotone ? { monotone } : {}),
      ...(debiasPositions && positions ? { positions: positions.subarray(0, rowCut) } : {}),
    },
    settings: options.boost ? [options.boost] : BOOSTINGS.slice(0, lists < FEWEST_LISTS_FOR_FINE_TREES ? 1 : undefined),
    seed,
  };
  const penalty = selectPenalty(spreadLists(trial.train, MOST_LINEAR_ROWS).data, trial.held, {
    iterations: TRIAL_STEPS,
    ...(features ? { features } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
  const tried = tryKinds(trial, penalty.model, lists < FEWEST_LISTS_FOR_TREES ? ["linear"] : kinds);
  const choice = chooseKind(tried.candidates, trial);
  const narrowed =
    features && dropFeatures(trial, penalty, choice.chosen, features, visitors.subarray(0, cut), tried.treeGain);
  const { chosen, columns, start } = narrowed ?? {
    chosen: choice.chosen,
    columns: Uint32Array.from(penalty.model.weight.keys()),
    start: penalty.model.weight,
  };

  const { l2, factors } = penalty;
  const recipe: RankerRecipe = {
    ...{ kind: chosen.kind, l2, trees: chosen.trees, weight: chosen.weight, settings: chosen.settings },
    factors: factors && Float32Array.from(columns, (column) => factors[column] as number),
  };
  const fitted = fitRecipe(pickColumns(data, columns), recipe, {
    seed,
    start,
    ...(monotone ? { monotone: Int8Array.from(columns, (column) => monotone[column] as number) } : {}),
    ...(debiasPositions && positions ? { positions } : {}),
  });
  const heldRates = clickRate.subarray(rowCut);
  return {
    ...fitted,
    recipe,
    columns,
    selection: narrowed?.selection ?? null,
    validation: {
      queries: lists - cut,
      ndcg10: {
        model: meanOf(measureLists(trial.held, chosen.scores, ndcg10)),
        ctr: meanOf(measureLists(trial.held, heldRates, ndcg10)),
        loggedOrder: meanOf(measureLists(trial.held, new Float32Array(heldRates.length), ndcg10)),
      },
      kinds: choice.tried,
      boosting: tried.trace,
      boostings: tried.boostings,
      trials: penalty.trials.map(({ l2, measure }) => ({ l2, crossEntropy: -measure })),
    },
  };
}
