// Drops the features that select-features.ts would do without, if the kind of ranker chosen ranks the lists held back as well
// without them: learned anew on the columns left, compared list by list.
import { gainOver, tryKinds } from "./choose-kind.ts";
import type { ColumnSpan, LossChange } from "./eliminate-features.ts";
import { pickColumns, spreadLists } from "./lists.ts";
import { MOST_LINEAR_ROWS, trainListwise } from "./listwise.ts";
import { type DroppedFeature, selectFeatures } from "./select-features.ts";
import type { SelectedPenalty } from "./select-penalty.ts";
import type { Candidate, Trial } from "./trial.ts";

/** What the ranker does without, and what that did to the lists held back. */
export interface FeatureSelection {
  /** In the order in which they went. */
  readonly dropped: readonly DroppedFeature[];
  /** Columns, and nanoseconds a candidate as features declare them, with all features and with those kept. */
  readonly columns: { readonly all: number; readonly kept: number };
  readonly cost: { readonly all: number; readonly kept: number };
  /** What each feature kept is worth beside the others, in cross-entropy; largest first. */
  readonly worth: readonly LossChange[];
  /** The metric with the features kept minus that with all; null when nothing but constants was to go. */
  readonly check: { readonly delta: number; readonly standardError: number; readonly passed: boolean } | null;
}

export interface Dropped {
  readonly selection: FeatureSelection;
  /** What ranks the lists held back now, over `columns`. */
  readonly chosen: Candidate;
  /** Ascending. */
  readonly columns: Uint32Array;
  /** Weights of a linear model over `columns`, to begin with. */
  readonly start: Float32Array;
}

/** @param chosen learned on all columns; @param visitors of the training lists; @param treeGain by column, null where no trees were grown */
export function dropFeatures(
  trial: Trial,
  penalty: SelectedPenalty,
  chosen: Candidate,
  features: readonly ColumnSpan[],
  visitors: Uint32Array,
  treeGain: Float64Array | null,
): Dropped {
  const { l2, factors, model } = penalty;
  const some = spreadLists(trial.train, MOST_LINEAR_ROWS);
  const { dropped, worth } = selectFeatures(some.data, model, features, {
    ...{ l2, factors, visitors: some.lists.map((list) => visitors[list] as number) },
    treeGain: chosen.kind === "linear" ? null : treeGain,
  });
  const constants = dropped.filter(({ reason }) => reason === "constant");
  const unchecked: Dropped = {
    ...without(features, constants, model.weight),
    chosen,
    selection: describe(features, constants, worth, null),
  };
  if (constants.length === dropped.length) return unchecked;
  const { columns, start } = without(features, dropped, model.weight);
  const narrow = narrowed({ ...trial, settings: [chosen.settings] }, columns);
  const paid = factors && { factors: Float32Array.from(columns, (column) => factors[column] as number) };
  const linear = trainListwise(spreadLists(narrow.train, MOST_LINEAR_ROWS).data, { l2, ...paid, start }).model;
  const again = tryKinds(narrow, linear, [chosen.kind]).candidates.find(({ kind }) => kind === chosen.kind);
  const gain = again ? gainOver(again, chosen, trial) : { delta: 0, standardError: 0 };
  const passed = again !== undefined && gain.delta >= -gain.standardError;
  const check = { delta: gain.delta, standardError: gain.standardError, passed };
  if (again === undefined || !passed) {
    return { ...unchecked, selection: describe(features, constants, worth, check) };
  }
  return { chosen: again, columns, start: linear.weight, selection: describe(features, dropped, worth, check) };
}

/** The trial on some of the columns. */
function narrowed(trial: Trial, columns: Uint32Array): Trial {
  const { monotone, ...boosting } = trial.boosting;
  return {
    ...trial,
    train: pickColumns(trial.train, columns),
    held: pickColumns(trial.held, columns),
    boosting: { ...boosting, ...(monotone ? { monotone: Int8Array.from(columns, (c) => monotone[c] as number) } : {}) },
  };
}

function without(features: readonly ColumnSpan[], dropped: readonly DroppedFeature[], weight: Float32Array) {
  const gone = new Set(dropped.map(({ feature }) => feature));
  const kept = features.filter(({ name }) => !gone.has(name));
  const columns = Uint32Array.from(
    kept.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
  );
  return { columns, start: Float32Array.from(columns, (column) => weight[column] as number) };
}

function describe(
  features: readonly ColumnSpan[],
  dropped: readonly DroppedFeature[],
  worth: readonly LossChange[],
  check: FeatureSelection["check"],
): FeatureSelection {
  const columns = features.reduce((sum, { from, to }) => sum + to - from, 0);
  const cost = features.reduce((sum, feature) => sum + feature.cost, 0);
  return {
    dropped,
    columns: { all: columns, kept: dropped.reduce((left, feature) => left - feature.columns, columns) },
    cost: { all: cost, kept: dropped.reduce((left, feature) => left - feature.cost, cost) },
    worth,
    check,
  };
}
