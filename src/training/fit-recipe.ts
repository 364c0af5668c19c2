// Learns the ranker of a recipe: what was chosen before (kind, penalty, number and weight of the trees) stays, and all lists
// teach.

import type { LinearModel } from "../ranking/linear-scorer.ts";
import type { RankerKind, RankerModel } from "../ranking/ranker-model.ts";
import { scaleTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { type BoostInput, type BoostOptions, boost } from "./gbdt/boost.ts";
import { spreadLists } from "./lists.ts";
import { type ListwiseData, MOST_LINEAR_ROWS, trainListwise } from "./listwise.ts";

const LEAF_SHARE = 0.005;

/** What is chosen of a ranker, beside its columns. */
export interface RankerRecipe {
  readonly kind: RankerKind;
  /** Penalty of the linear model, */
  readonly l2: number;
  /** and by how much more each column pays; null where all pay the same. */
  readonly factors: Float32Array | null;
  /** 0 for a linear model. */
  readonly trees: number;
  /** What the trees are multiplied with. */
  readonly weight: number;
  /** Of the boosting. */
  readonly settings: Partial<BoostOptions>;
}

export interface FitRecipeOptions extends Pick<BoostInput, "monotone" | "positions"> {
  readonly seed: number;
  /** Weights of the linear model to begin with; zeros by default. */
  readonly start?: Float32Array;
}

export interface FittedRecipe {
  readonly model: RankerModel;
  /** What the trees' splits gained by column; null without trees. */
  readonly treeGain: Float64Array | null;
}

/** @throws RangeError as `trainListwise` and `boost` do */
export function fitRecipe(data: ListwiseData, recipe: RankerRecipe, options: FitRecipeOptions): FittedRecipe {
  const { seed, start, monotone, positions } = options;
  const { l2, factors, settings } = recipe;
  const some = spreadLists(data, MOST_LINEAR_ROWS).data;
  const linear = trainListwise(some, { l2, ...(factors ? { factors } : {}), ...(start ? { start } : {}) }).model;
  if (recipe.kind === "linear" || recipe.trees === 0) return { model: { kind: "linear", linear }, treeGain: null };
  const { ensemble, gain } = boost(
    { data, ...(monotone ? { monotone } : {}), ...(positions ? { positions } : {}) },
    { ...boostSettings(data, { settings, seed }), trees: recipe.trees },
  );
  if (ensemble === null) return { model: { kind: "linear", linear }, treeGain: null };
  const model = modelOf(recipe.kind, linear, scaleTrees(ensemble, recipe.weight));
  return { model: model ?? { kind: "linear", linear }, treeGain: gain };
}

/** Settings of the boosting for so many rows: a leaf has at least a share of them, so that more data say more. */
export function boostSettings(
  { labels }: ListwiseData,
  { settings, seed }: { readonly settings: Partial<BoostOptions>; readonly seed: number },
): Partial<BoostOptions> {
  const minChildRows = Math.min(1000, Math.max(20, Math.round(labels.length * LEAF_SHARE)));
  return { minChildRows, ...settings, seed };
}

/** @returns null for trees without any */
export function modelOf(kind: RankerKind, linear: LinearModel, trees: TreeEnsemble | null): RankerModel | null {
  if (kind === "linear" || (trees === null && kind === "linear+trees")) return { kind: "linear", linear };
  return trees && { kind, linear, trees };
}
