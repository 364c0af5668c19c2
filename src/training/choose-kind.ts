// Which kind of ranker ranks, by lists held back: a linear model, trees, or the sum of both. From the cheapest to serve to
// the dearest; a dearer kind must be better by more than chance (after the standard-error rule of Breiman et al.,
// "Classification and regression trees", 1984): what is within noise is not worth its cost.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type RankerKind, scoreModel } from "../ranking/ranker-model.ts";
import type { TriedBoosting } from "./boostings.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import { boostSettings } from "./fit-recipe.ts";
import { BOOST_DEFAULTS, type BoostOptions, boost } from "./gbdt/boost.ts";
import { meanOf, measureLists } from "./lists.ts";
import { settleTrees } from "./tree-stopping.ts";
import type { Candidate, Trial } from "./trial.ts";

/** From the cheapest to serve to the dearest. */
export const KINDS: readonly RankerKind[] = ["linear", "trees", "linear+trees"];
/** Standard errors that a dearer kind must be better by. */
const MARGIN = 2;
/** Trees without gain after which boosting ends. */
const PATIENCE = 30;

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
  /** By each of the settings that boosting was tried with; the best made the trees. */
  readonly boostings: readonly TriedBoosting[];
}

/** Learns each of `kinds`, always with the linear model that is given, from the training lists alone. */
export function tryKinds(trial: Trial, linear: LinearModel, kinds: readonly RankerKind[]): Tried {
  const candidates = [measuredLinear(trial, linear)];
  const nothing = { candidates, trace: [], treeGain: null, boostings: [] };
  if (kinds.every((kind) => kind === "linear")) return nothing;
  const all = trial.settings.map((settings) => grow(trial, settings));
  const boostings = all.map(({ boosting }) => boosting);
  const best = all.reduce((most, each) => (each.boosting.measure > most.boosting.measure ? each : most));
  const { grown, trace, gain, byCount, settings } = best;
  if (grown === null) return { ...nothing, trace, boostings };
  for (const kind of ["trees", "linear+trees"] as const) {
    const settled = kinds.includes(kind) ? settleTrees(trial, kind, linear, { grown, byCount, settings }) : null;
    if (settled !== null) candidates.push(settled);
  }
  return { candidates, trace, treeGain: gain, boostings };
}

function grow({ train, held, metric, boosting, seed }: Trial, settings: Partial<BoostOptions>) {
  const byCount: Float64Array[] = [];
  const measure = (scores: Float64Array): number => {
    const measures = measureLists(held, scores, metric);
    byCount.push(measures);
    return meanOf(measures);
  };
  const validation = { matrix: held.matrix, measure, patience: PATIENCE };
  const boosted = boost({ data: train, ...boosting, validation }, boostSettings(train, { settings, seed }));
  const { objective = BOOST_DEFAULTS.objective } = settings;
  const tried: TriedBoosting = { objective, measure: Math.max(...boosted.trace), trees: boosted.trees };
  return { ...boosted, byCount, settings, boosting: tried };
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

function measuredLinear({ held, metric }: Trial, linear: LinearModel): Candidate {
  // By the arithmetic that serves.
  const scores = new Float32Array(held.labels.length);
  scoreModel({ kind: "linear", linear }, held.matrix, scores.length, scores);
  return { kind: "linear", scores, measures: measureLists(held, scores, metric), trees: 0, weight: 0, settings: {} };
}
