// How many trees, and at what weight beside the linear model, by lists held back. What is best on the very lists that then measure it
// looks better than it is, so the lists of either half of the visitors are ranked by the number and weight that are best on the other half
// (cross-fitting; Chernozhukov et al. 2018); what is learned at last is what is best on all of them.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type RankerKind, scoreModel } from "../ranking/ranker-model.ts";
import { scaleTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { modelOf } from "./fit-recipe.ts";
import { firstTrees } from "./gbdt/assemble.ts";
import type { BoostOptions } from "./gbdt/boost.ts";
import { measureLists } from "./lists.ts";
import type { Candidate, Trial } from "./trial.ts";

/** Of the trees beside the linear model in their sum; both are learned on their own. */
const TREE_WEIGHTS: Readonly<Record<RankerKind, readonly number[]>> = {
  linear: [],
  trees: [1],
  "linear+trees": [1, 0.5, 2],
};

/** Trees learned on the older lists. */
export interface GrownTrees {
  /** All, whether they helped or not. */
  readonly grown: TreeEnsemble;
  /** Of the trees alone: the measures of the lists held back without any tree, and after each. */
  readonly byCount: readonly Float64Array[];
  readonly settings: Partial<BoostOptions>;
}

/** What may be settled on, with what it makes of the lists held back. */
interface Setting {
  readonly trees: number;
  readonly weight: number;
  readonly scores: Float32Array;
  readonly measures: Float64Array;
}

/**
 * @returns null where on all lists no tree helps
 */
export function settleTrees(
  trial: Trial,
  kind: RankerKind,
  linear: LinearModel,
  { grown, byCount, settings }: GrownTrees,
): Candidate | null {
  const { visitors, held } = trial;
  const everybody = (): boolean => true;
  const settle = (counts: (list: number) => boolean): Setting => {
    const trees = bestOf(byCount, counts);
    const tried = TREE_WEIGHTS[kind].map((weight) => settingOf(trial, kind, linear, grown, trees, weight));
    return tried[
      bestOf(
        tried.map(({ measures }) => measures),
        counts,
      )
    ] as Setting;
  };
  const settled = settle(everybody);
  if (settled.trees === 0) return null;
  const inHalf = (half: number) => (list: number) => (visitors[list] as number) % 2 === half;
  const halves = [settle(inHalf(1)), settle(inHalf(0))] as const;
  const scores = new Float32Array(held.labels.length);
  const measures = Float64Array.from(visitors, (visitor, list) => {
    const other = halves[visitor % 2] as Setting;
    const [from, to] = [held.groups[list] as number, held.groups[list + 1] as number];
    scores.set(other.scores.subarray(from, to), from);
    return other.measures[list] as number;
  });
  return { kind, scores, measures, trees: settled.trees, weight: settled.weight, settings };
}

/** The first of the best by the mean over the lists that count. */
function bestOf(all: readonly Float64Array[], counts: (list: number) => boolean): number {
  const sums = all.map((measures) => measures.reduce((sum, each, list) => (counts(list) ? sum + each : sum), 0));
  return sums.indexOf(Math.max(...sums));
}

function settingOf(
  { held, metric }: Trial,
  kind: RankerKind,
  linear: LinearModel,
  grown: TreeEnsemble,
  trees: number,
  weight: number,
): Setting {
  // By the arithmetic that serves.
  const scores = new Float32Array(held.labels.length);
  const model = modelOf(kind, linear, trees === 0 ? null : scaleTrees(firstTrees(grown, trees), weight));
  if (model !== null) scoreModel(model, held.matrix, scores.length, scores);
  return { trees, weight, scores, measures: measureLists(held, scores, metric) };
}
