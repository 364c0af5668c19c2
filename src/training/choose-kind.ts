// Which kind of ranker ranks, by lists held back: a linear model, trees, or the sum of both. From the cheapest to serve to
// the dearest; a dearer kind must be better by more than chance (after the standard-error rule of Breiman et al.,
// "Classification and regression trees", 1984): what is within noise is not worth its cost.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type RankerKind, type RankerModel, scoreModel } from "../ranking/ranker-model.ts";
import { scaleTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import { type BoostInput, type BoostOptions, boost } from "./gbdt/boost.ts";
import { meanOf, measureLists, type RankingMetric } from "./lists.ts";
import type { ListwiseData } from "./listwise.ts";

/** From the cheapest to serve to the dearest. */
export const KINDS: readonly RankerKind[] = ["linear", "trees", "linear+trees"];
/** Standard errors that a dearer kind must be better by: two, since number and weight of the trees were chosen by the same lists. */
const MARGIN = 2;
/** Trees without gain after which boosting ends. */
const PATIENCE = 30;
const LEAF_SHARE = 0.005;
/** Of the trees beside the linear model in their sum; both are learned on their own. */
const TREE_WEIGHTS = [1, 0.5, 2];

/** Lists to learn from and later ones to measure by. */
export interface Trial {
  readonly train: ListwiseData;
  readonly held: ListwiseData;
  /** Of the lists held back: those of one visitor hang together. */
  readonly visitors: Uint32Array;
  readonly metric: RankingMetric;
  /** Directions and places for the boosting. */
  readonly boosting: Pick<BoostInput, "monotone" | "positions">;
  readonly settings: Partial<BoostOptions>;
  readonly seed: number;
}

export interface Candidate {
  readonly kind: RankerKind;
  /** Of the lists held back. */
  readonly scores: Float32Array;
  readonly measures: Float64Array;
  readonly trees: number;
  readonly weight: number;
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
  readonly gain: Gain | null;
}

export interface Gain {
  readonly over: RankerKind;
  readonly delta: number;
  readonly standardError: number;
}

export interface Tried {
  /** One a kind, as far as it was tried. */
  readonly candidates: readonly Candidate[];
  /** The metric of the trees alone: without any, and after each that was grown; empty where none were. */
  readonly trace: readonly number[];
  /** What the trees' splits gained by column; null without trees. */
  readonly treeGain: Float64Array | null;
}

/** Learns each of `kinds`, always with the linear model that is given, from the training lists alone. */
export function tryKinds(trial: Trial, linear: LinearModel, kinds: readonly RankerKind[]): Tried {
  const { train, held, metric } = trial;
  const candidates = [measured(trial, "linear", { kind: "linear", linear }, 0, 0)];
  if (kinds.every((kind) => kind === "linear")) return { candidates, trace: [], treeGain: null };
  const measure = (scores: Float64Array): number => meanOf(measureLists(held, scores, metric));
  const validation = { matrix: held.matrix, measure, patience: PATIENCE };
  const { ensemble, trace, gain } = boost({ data: train, ...trial.boosting, validation }, boostSettings(train, trial));
  if (ensemble === null) return { candidates, trace, treeGain: null };
  for (const [kind, weights] of [
    ["trees", [1]],
    ["linear+trees", TREE_WEIGHTS],
  ] as const) {
    if (kinds.includes(kind)) candidates.push(weighed(trial, kind, weights, linear, ensemble));
  }
  return { candidates, trace, treeGain: gain };
}

/** Moves on to a dearer kind only for what is better by more than the margin. */
export function chooseKind(candidates: readonly Candidate[], trial: Trial): { chosen: Candidate; tried: TriedKind[] } {
  let chosen = candidates[0] as Candidate;
  const tried = candidates.map((candidate): TriedKind => {
    const { kind, measures, trees, weight } = candidate;
    const gain = kind === "linear" ? null : gainOver(candidate, chosen, trial);
    if (gain !== null && gain.delta > MARGIN * gain.standardError) chosen = candidate;
    return { kind, measure: meanOf(measures), trees, weight, gain };
  });
  return { chosen, tried };
}

/** The paired difference on the lists held back. */
export function gainOver(candidate: Candidate, other: Candidate, { visitors, seed }: Trial): Gain {
  const { delta, ci95 } = pairedBootstrap(candidate.measures, other.measures, { seed, clusters: visitors });
  return { over: other.kind, delta, standardError: (ci95[1] - ci95[0]) / (2 * 1.96) };
}

/** Settings of the boosting for so many rows: a leaf has at least a share of them, so that more data say more. */
export function boostSettings({ labels }: ListwiseData, { settings, seed }: Trial): Partial<BoostOptions> {
  const minChildRows = Math.min(1000, Math.max(20, Math.round(labels.length * LEAF_SHARE)));
  return { minChildRows, ...settings, seed };
}

export function modelOf(kind: RankerKind, linear: LinearModel, trees: TreeEnsemble): RankerModel {
  return kind === "linear" ? { kind, linear } : { kind, linear, trees };
}

/** A kind at that weight of the trees at which it measures best. */
function weighed(
  trial: Trial,
  kind: RankerKind,
  weights: readonly number[],
  linear: LinearModel,
  trees: TreeEnsemble,
): Candidate {
  const all = weights.map((weight) =>
    measured(trial, kind, modelOf(kind, linear, scaleTrees(trees, weight)), trees.roots.length, weight),
  );
  return all.reduce((best, each) => (meanOf(each.measures) > meanOf(best.measures) ? each : best));
}

function measured(
  { held, metric }: Trial,
  kind: RankerKind,
  model: RankerModel,
  trees: number,
  weight: number,
): Candidate {
  // By the arithmetic that serves.
  const scores = new Float32Array(held.labels.length);
  scoreModel(model, held.matrix, scores.length, scores);
  return { kind, scores, measures: measureLists(held, scores, metric), trees, weight };
}
