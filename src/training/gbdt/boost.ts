// Gradient boosting: tree after tree, each fitted to the gradients that the ones before left (Friedman 2001), with Newton
// leaves, drawn lists and columns a tree, and early stopping on lists held back. Seeded: equal data, options and seed give
// equal trees.
import { createRandom, type Random } from "../../kernels/random.ts";
import { addTree } from "../../ranking/tree-scorer.ts";
import { TREE_CAPS, type TreeEnsemble } from "../../snapshot/tree-ensemble.ts";
import type { ListwiseData } from "../listwise.ts";
import { assembleTrees } from "./assemble.ts";
import { type BinnedColumns, binColumns } from "./bins.ts";
import { type GrownTree, TreeGrower } from "./grow-tree.ts";
import { lambdaRank } from "./lambda-rank.ts";
import { listwiseSoftmax } from "./listwise-softmax.ts";
import type { Objective } from "./objective.ts";
import { PositionBias } from "./position-bias.ts";

export interface BoostOptions {
  /** Trees at most. */
  readonly trees: number;
  /** Levels of comparisons in a tree. */
  readonly maxDepth: number;
  readonly maxLeaves: number;
  /** Part of its Newton step that a tree takes. */
  readonly learningRate: number;
  /** Rows and hessian that a leaf has at least. */
  readonly minChildRows: number;
  readonly minChildHessian: number;
  /** Added to a leaf's hessian. */
  readonly l2: number;
  /** Shares of the lists and of the columns that each tree sees, above 0 to 1. */
  readonly listShare: number;
  readonly columnShare: number;
  readonly maxBins: number;
  readonly objective: "lambdarank" | "softmax";
  /** Only pairs with one among the first so many count (lambdarank). */
  readonly truncation: number;
  /** Any integer. */
  readonly seed: number;
}

export const BOOST_DEFAULTS: BoostOptions = {
  trees: 100,
  maxDepth: 5,
  maxLeaves: 16,
  learningRate: 0.08,
  minChildRows: 50,
  minChildHessian: 1e-3,
  l2: 1,
  listShare: 0.8,
  columnShare: 0.5,
  maxBins: 255,
  objective: "softmax",
  truncation: 30,
  seed: 1,
};

export interface BoostInput {
  readonly data: ListwiseData;
  /** Scores that the trees add to, one a row; 0 by default. */
  readonly base?: ArrayLike<number>;
  /**
   * Place at which each row was shown, from 0: what a place is worth by itself is then estimated beside the trees and left
   * out of their scores, see position-bias.ts. Nothing is left out by default.
   */
  readonly positions?: Uint16Array;
  /** Direction a column, see SplitLimits; all free by default. */
  readonly monotone?: Int8Array;
  /** Lists to stop by: the number of trees whose scores measure best is kept. */
  readonly validation?: {
    readonly matrix: Float32Array;
    readonly base?: ArrayLike<number>;
    /** How good the scores are, higher is better. */
    readonly measure: (scores: Float64Array) => number;
    /** Stops when so many trees brought no better measure. */
    readonly patience: number;
  };
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Boosted {
  /** Null when not one tree helped. */
  readonly ensemble: TreeEnsemble | null;
  /** Trees in it. */
  readonly trees: number;
  /** All trees that were grown, also those after the best; null when none was. */
  readonly grown: TreeEnsemble | null;
  /** The measure without trees, and after each; empty without validation. */
  readonly trace: readonly number[];
  /** What the splits on each column gained in all. */
  readonly gain: Float64Array;
  /** What each place was found to be worth, the first 0; null without positions. */
  readonly positionBias: Float64Array | null;
}

/** @throws RangeError when options are out of bounds or shapes disagree, or a value is not finite */
export function boost(input: BoostInput, options: Partial<BoostOptions> = {}): Boosted {
  const settings = { ...BOOST_DEFAULTS, ...options };
  const { data, validation, onProgress } = input;
  check(settings, input);
  const { columns, labels } = data;
  const random = createRandom(settings.seed);
  const binned = binColumns(data.matrix, columns, random, settings.maxBins);
  const varying = Uint32Array.from(binned.bounds.keys()).filter((column) => (binned.bounds[column]?.length ?? 0) > 0);
  const objective = objectiveOf(data, settings);
  const grower = new TreeGrower(binned, {
    ...settings,
    minRows: settings.minChildRows,
    minHessian: settings.minChildHessian,
    monotone: input.monotone ?? new Int8Array(columns),
  });
  const scores = Float64Array.from(input.base ?? new Float64Array(labels.length));
  const gradients = { gradient: new Float32Array(labels.length), hessian: new Float32Array(labels.length) };
  const held = validation && watch(validation, columns);
  const trees: GrownTree[] = [];
  const gain = new Float64Array(columns);
  const bias = input.positions === undefined ? null : new PositionBias(input.positions);
  while (trees.length < settings.trees) {
    objective(bias?.added(scores) ?? scores, gradients.gradient, gradients.hessian);
    bias?.learn(gradients.gradient, gradients.hessian);
    const rows = drawRows(data.groups, settings.listShare, random);
    const tree = grower.grow(gradients, rows, drawColumns(varying, settings.columnShare, random));
    if (tree.column.length === 1) break;
    for (let node = 0; node < tree.value.length; node++) {
      tree.value[node] = Math.fround((tree.value[node] as number) * settings.learningRate);
    }
    addBinned(tree, binned, scores);
    trees.push(tree);
    onProgress?.(trees.length, settings.trees);
    if (held && !held.goesOn(assembleTrees([tree], binned.bounds, columns))) break;
  }
  const kept = held ? trees.slice(0, held.best()) : trees;
  for (const { column, gain: gains } of kept) {
    column.forEach((each, node) => {
      if (each >= 0) gain[each] = (gain[each] as number) + (gains[node] as number);
    });
  }
  const assembled = (some: readonly GrownTree[]) =>
    some.length === 0 ? null : assembleTrees(some, binned.bounds, columns);
  const grown = assembled(trees);
  const ensemble = kept.length === trees.length ? grown : assembled(kept);
  return { ensemble, grown, trees: kept.length, trace: held?.trace ?? [], gain, positionBias: bias?.values() ?? null };
}

function objectiveOf(data: ListwiseData, { objective, truncation }: BoostOptions): Objective {
  return objective === "softmax" ? listwiseSoftmax(data) : lambdaRank(data, { truncation });
}

/** Follows the measure on lists held back. */
function watch({ matrix, base, measure, patience }: NonNullable<BoostInput["validation"]>, columns: number) {
  const rows = matrix.length / columns;
  const scores = Float64Array.from(base ?? new Float64Array(rows));
  const trace = [measure(scores)];
  let best = 0;
  return {
    trace,
    best: () => best,
    goesOn(tree: TreeEnsemble): boolean {
      addTree(tree, 0, matrix, rows, scores);
      trace.push(measure(scores));
      const now = trace.length - 1;
      if ((trace[now] as number) > (trace[best] as number)) best = now;
      return now - best < patience;
    },
  };
}

/** The rows of a share of the lists, drawn without replacement, ascending. */
function drawRows(groups: Uint32Array, share: number, random: Random): Uint32Array {
  const lists = groups.length - 1;
  const total = groups[lists] as number;
  const rows = new Uint32Array(total);
  let count = 0;
  let wanted = Math.max(1, Math.round(lists * share));
  for (let list = 0; list < lists; list++) {
    // Selection sampling (Knuth, TAOCP 2, algorithm 3.4.2 S): every set of that many lists is equally likely.
    if (share < 1 && random.next() * (lists - list) >= wanted) continue;
    wanted--;
    for (let row = groups[list] as number; row < (groups[list + 1] as number); row++) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function drawColumns(columns: Uint32Array, share: number, random: Random): Uint32Array {
  if (share >= 1) return columns;
  const drawn = columns.slice();
  random.shuffle(drawn);
  return drawn.subarray(0, Math.max(1, Math.round(columns.length * share))).sort();
}

/** Adds a tree's leaves to the scores of all rows, drawn or not. */
function addBinned(
  { column, bin, left, right, value }: GrownTree,
  { bins, rows }: BinnedColumns,
  scores: Float64Array,
) {
  const base = Int32Array.from(column, (each) => (each < 0 ? -1 : each * rows));
  const [bound, lower, upper] = [Int32Array.from(bin), Int32Array.from(left), Int32Array.from(right)];
  for (let row = 0; row < rows; row++) {
    let node = 0;
    for (let at = base[0] as number; at >= 0; at = base[node] as number) {
      node = ((bins[at + row] as number) <= (bound[node] as number) ? lower[node] : upper[node]) as number;
    }
    scores[row] = (scores[row] as number) + (value[node] as number);
  }
}

function check(settings: BoostOptions, { data, base, monotone, positions }: BoostInput): void {
  const { trees, maxDepth, maxLeaves, learningRate, minChildRows, minChildHessian, l2, listShare, columnShare } =
    settings;
  const bounds: readonly [name: string, value: number, whole: boolean, low: number, high: number][] = [
    ["trees", trees, true, 1, TREE_CAPS.comparisons],
    ["maxDepth", maxDepth, true, 1, 16],
    ["maxLeaves", maxLeaves, true, 2, 1024],
    ["learningRate", learningRate, false, 1e-6, 1],
    ["minChildRows", minChildRows, true, 1, Number.MAX_SAFE_INTEGER],
    ["minChildHessian", minChildHessian, false, 0, Number.MAX_VALUE],
    ["l2", l2, false, 1e-9, Number.MAX_VALUE],
    ["listShare", listShare, false, 1e-6, 1],
    ["columnShare", columnShare, false, 1e-6, 1],
  ];
  for (const [name, value, whole, low, high] of bounds) {
    if (!(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
      throw new RangeError(
        `boosting: ${name} is ${value}, it must be ${whole ? "a whole number " : ""}in ${low}..${high}`,
      );
    }
  }
  if (trees * maxDepth > TREE_CAPS.comparisons) {
    throw new RangeError(
      `boosting: ${trees} trees of depth ${maxDepth} are more than ${TREE_CAPS.comparisons} comparisons a row`,
    );
  }
  const rows = data.labels.length;
  if (data.matrix.length !== rows * data.columns || data.groups.at(-1) !== rows) {
    throw new RangeError(`boosting: ${data.matrix.length} features are not ${rows} rows × ${data.columns} columns`);
  }
  if (base !== undefined && base.length !== rows) {
    throw new RangeError(`boosting: ${base.length} base scores for ${rows} rows`);
  }
  if (positions !== undefined && positions.length !== rows) {
    throw new RangeError(`boosting: ${positions.length} positions for ${rows} rows`);
  }
  if (monotone !== undefined && monotone.length !== data.columns) {
    throw new RangeError(`boosting: ${monotone.length} directions for ${data.columns} columns`);
  }
}
