// A ranker of regression trees as flat parallel arrays, a node an element: what training writes, the snapshot carries, the
// scorer walks and ONNX is made from. Parents stand before their children, so a walk always ends.

/**
 * What a decision can afford: the budget is 100 trees of depth 5 on 200 rows; twice that is refused. What trains and what
 * loads reads it here.
 */
export const TREE_CAPS = {
  /** Comparisons a row at most: the depths of all trees, added up. */
  comparisons: 1000,
  /** Nodes of all trees. */
  nodes: 32_768,
} as const;

export interface TreeEnsemble {
  /** Of the matrix that is scored. */
  readonly columns: number;
  /** Added to every score. */
  readonly baseScore: number;
  /** The first node of each tree, ascending: tree t has the nodes roots[t] … roots[t + 1] − 1. */
  readonly roots: Uint32Array;
  /** Column that an inner node compares, −1 for a leaf. */
  readonly feature: Int32Array;
  /** A row whose value is at most this goes left, any other right. 0 for a leaf. */
  readonly threshold: Float32Array;
  /** Children, as nodes; a leaf names itself. */
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** 1 where a missing value (NaN) goes left, 0 where it goes right. */
  readonly missingLeft: Uint8Array;
  /** What a leaf adds to the score; of an inner node the mean over the rows that it saw: contributions are told from it. */
  readonly value: Float32Array;
}

/** Why trees are refused: `tree_shape` for arrays that are no trees, `tree_number` for values, `tree_caps` for too many. */
export type TreeErrorCode = "tree_shape" | "tree_number" | "tree_caps";

export class TreeEnsembleError extends RangeError {
  override readonly name = "TreeEnsembleError";
  readonly code: TreeErrorCode;
  constructor(code: TreeErrorCode, message: string) {
    super(`trees: ${message}`);
    this.code = code;
  }
}

/** The cost of an ensemble. */
export interface TreeCounts {
  readonly trees: number;
  readonly nodes: number;
  readonly deepest: number;
  /** The depths of all trees, added up. */
  readonly comparisons: number;
}

/**
 * Checks everything that scoring relies on: lengths, every index, that each node has one parent, finite numbers, caps.
 * @throws TreeEnsembleError naming what does not fit
 */
export function checkTrees(ensemble: TreeEnsemble): TreeCounts {
  const { columns, baseScore, roots, feature, left, right } = ensemble;
  const nodes = feature.length;
  const { threshold, missingLeft, value } = ensemble;
  for (const [name, { length }] of Object.entries({ threshold, left, right, missingLeft, value })) {
    if (length !== nodes) throw shape(`${name} has ${length} nodes, feature has ${nodes}`);
  }
  if (!Number.isInteger(columns) || columns < 1) throw shape(`${columns} columns`);
  if (roots.length === 0 || roots[0] !== 0) throw shape("the first tree must begin with node 0");
  if (nodes > TREE_CAPS.nodes) throw caps(`${nodes} nodes, at most ${TREE_CAPS.nodes} can be served`);
  if (!Number.isFinite(baseScore)) throw numbers(`the base score is ${baseScore}`);
  for (const [name, values] of Object.entries({ threshold, value })) {
    const bad = values.findIndex((each) => !Number.isFinite(each));
    if (bad >= 0) throw numbers(`the ${name} of node ${bad} is ${values[bad]}`);
  }
  const depth = new Int32Array(nodes).fill(-1);
  let comparisons = 0;
  let deepest = 0;
  for (let tree = 0; tree < roots.length; tree++) {
    const from = roots[tree] as number;
    const to = roots[tree + 1] ?? nodes;
    if (!(to > from && to <= nodes)) throw shape(`tree ${tree} has the nodes ${from} to ${to - 1} of ${nodes}`);
    depth[from] = 0;
    let treeDepth = 0;
    for (let node = from; node < to; node++) {
      const at = depth[node] as number;
      if (at < 0) throw shape(`node ${node} of tree ${tree} has no parent before it`);
      if (at > treeDepth) treeDepth = at;
      const column = feature[node] as number;
      if (column < -1 || column >= columns) throw shape(`node ${node} compares column ${column} of ${columns}`);
      for (const child of [left[node] as number, right[node] as number]) {
        if (column === -1) {
          if (child !== node) throw shape(`node ${node} is a leaf but has the child ${child}`);
          continue;
        }
        if (child <= node || child >= to) throw shape(`node ${node} of tree ${tree} has the child ${child}`);
        if (depth[child] !== -1) throw shape(`node ${child} has two parents`);
        depth[child] = at + 1;
      }
    }
    comparisons += treeDepth;
    if (treeDepth > deepest) deepest = treeDepth;
  }
  if (comparisons > TREE_CAPS.comparisons) {
    throw caps(
      `${roots.length} trees up to ${deepest} deep make ${comparisons} comparisons a row, at most ${TREE_CAPS.comparisons} can be served`,
    );
  }
  return { trees: roots.length, nodes, deepest, comparisons };
}

const shape = (problem: string) => new TreeEnsembleError("tree_shape", problem);
const numbers = (problem: string) => new TreeEnsembleError("tree_number", problem);
const caps = (problem: string) => new TreeEnsembleError("tree_caps", problem);

/** The same trees with every score times `factor`. */
export function scaleTrees(ensemble: TreeEnsemble, factor: number): TreeEnsemble {
  const { value, baseScore } = ensemble;
  return { ...ensemble, baseScore: baseScore * factor, value: value.map((each) => each * factor) };
}

/** One tree that is one leaf: it adds `value` to every row. */
export function oneLeaf(columns: number, value: number): TreeEnsemble {
  return {
    columns,
    baseScore: 0,
    roots: Uint32Array.of(0),
    feature: Int32Array.of(-1),
    threshold: new Float32Array(1),
    left: new Uint32Array(1),
    right: new Uint32Array(1),
    missingLeft: new Uint8Array(1),
    value: Float32Array.of(value),
  };
}
