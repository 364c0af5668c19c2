// Which features a ranker does without, and so its snapshot and every decision: first those whose columns never vary; then,
// along the path of eliminate-features.ts, as many as can go while lists of visitors left out are predicted no worse than with
// all features, and within a standard error of the best set on the path (Breiman et al. 1984).
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type ColumnSpan, Elimination, type EliminationStep, type LossChange } from "./eliminate-features.ts";
import type { ListwiseData } from "./listwise.ts";

/** With fewer lists than this what is missed cannot be told from chance: only what never varies goes. */
const FEWEST_LISTS = 200;
/** A share of what trees' splits gained above which a feature stays, whatever the linear model says of it. */
const TREE_SHARE = 0.005;

export interface DroppedFeature {
  readonly feature: string;
  readonly columns: number;
  /** Nanoseconds a candidate that a decision is spared. */
  readonly cost: number;
  readonly reason: "constant" | "not missed";
  /** How much the cross-entropy of visitors left out grew with this and all before it gone; 0 for a constant. */
  readonly loss: number;
  readonly standardError: number;
}

export interface SelectedFeatures {
  /** In the order in which they went. */
  readonly dropped: readonly DroppedFeature[];
  /** What each feature kept is worth beside the others: the loss without it alone, largest first. */
  readonly worth: readonly LossChange[];
}

export interface SelectFeaturesOptions {
  /** Penalty that the model was fitted under, */
  readonly l2: number;
  /** and how many times of it each column paid; null for once. */
  readonly factors: Float32Array | null;
  /** Of each list: those of one visitor hang together. */
  readonly visitors: Uint32Array;
  /** What trees' splits gained by column, where trees rank. */
  readonly treeGain: Float64Array | null;
}

/** @param model the linear model of `data`, all columns */
export function selectFeatures(
  data: ListwiseData,
  model: LinearModel,
  spans: readonly ColumnSpan[],
  { l2, factors, visitors, treeGain }: SelectFeaturesOptions,
): SelectedFeatures {
  const constant = spans.filter(({ from, to }) => model.scale.subarray(from, to).every((scale) => scale === 0));
  // Of rows that never vary nothing can be told, least of all that no feature is needed.
  if (constant.length === spans.length) return { dropped: [], worth: [] };
  const gone = constant.map((span) => drop(span, "constant"));
  if (data.groups.length - 1 < FEWEST_LISTS) return { dropped: gone, worth: [] };
  const varying = spans.filter((span) => !constant.includes(span));
  const elimination = new Elimination(data, model, varying, { l2, factors, visitors });
  const path = elimination.path(new Set(heldByTrees(varying, treeGain)));
  const last = farthest(elimination, path.slice(0, varying.length - 1));
  const byName = new Map(varying.map((span) => [span.name, span]));
  const unmissed = path
    .slice(0, last + 1)
    .map(({ feature, loss, standardError }) =>
      drop(byName.get(feature) as ColumnSpan, "not missed", loss, standardError),
    );
  const dropped = [...gone, ...unmissed];
  return { dropped, worth: elimination.ablation(new Set(dropped.map(({ feature }) => feature))) };
}

/** The last step that predicts no worse than all features, and within a standard error of the best; −1 where none does. */
function farthest(elimination: Elimination, path: readonly EliminationStep[]): number {
  const [first] = path;
  if (first === undefined) return -1;
  const best = path.reduce((least, step) => (step.loss < least.loss ? step : least), first);
  return path.findLastIndex(({ loss, losses }) => {
    const behind = elimination.difference(losses, best.losses);
    return loss <= 0 && behind.loss <= behind.standardError;
  });
}

function heldByTrees(spans: readonly ColumnSpan[], gain: Float64Array | null): string[] {
  if (gain === null) return [];
  const sum = (values: Float64Array): number => values.reduce((total, each) => total + each, 0);
  return spans.filter(({ from, to }) => sum(gain.subarray(from, to)) > TREE_SHARE * sum(gain)).map(({ name }) => name);
}

function drop(
  { name, from, to, cost }: ColumnSpan,
  reason: DroppedFeature["reason"],
  loss = 0,
  standardError = 0,
): DroppedFeature {
  return { feature: name, columns: to - from, cost, reason, loss, standardError };
}
