// Grows one regression tree over binned columns, leaf-wise: of all leaves the one whose split gains most is split next, up to a
// number of leaves and a depth (Shi 2007; Ke et al. 2017).
import type { BinnedColumns } from "./bins.ts";
import { buildHistogram, type HistogramLayout, type LeafGradients, layoutOf, subtractHistogram } from "./histogram.ts";
import { bestSplit, type LeafBounds, type LeafSums, leafValue, type Split, type SplitLimits } from "./split.ts";

export interface GrowthLimits extends SplitLimits {
  readonly maxLeaves: number;
  readonly maxDepth: number;
}

/** A tree in the order in which its nodes came about: parents before children. Arrays an element a node. */
export interface GrownTree {
  /** −1 for a leaf. */
  readonly column: number[];
  /** Bins up to this one go left. */
  readonly bin: number[];
  readonly left: number[];
  readonly right: number[];
  /** What a leaf says; of an inner node the mean of its leaves over the rows it was grown on. */
  readonly value: number[];
  /** Rows it was grown on. */
  readonly rows: number[];
  /** What its split gained, 0 for a leaf. */
  readonly gain: number[];
}

interface Leaf {
  readonly node: number;
  readonly begin: number;
  readonly end: number;
  readonly depth: number;
  readonly sums: LeafSums;
  readonly bounds: LeafBounds;
  histogram: Float64Array | null;
  split: Split | null;
}

/** Grows tree after tree over the same columns and keeps its buffers. */
export class TreeGrower {
  readonly #binned: BinnedColumns;
  readonly #layout: HistogramLayout;
  readonly #limits: GrowthLimits;
  readonly #order: Uint32Array;
  readonly #moved: Uint32Array;
  readonly #scratch: LeafGradients;
  readonly #pool: Float64Array[] = [];

  constructor(binned: BinnedColumns, limits: GrowthLimits) {
    this.#binned = binned;
    this.#layout = layoutOf(binned);
    this.#limits = limits;
    this.#order = new Uint32Array(binned.rows);
    this.#moved = new Uint32Array(binned.rows);
    this.#scratch = { gradient: new Float32Array(binned.rows), hessian: new Float32Array(binned.rows) };
  }

  /**
   * @param rows those to grow on, in any order
   * @param columns those that may be compared, ascending
   */
  grow(gradients: LeafGradients, rows: Uint32Array, columns: Uint32Array): GrownTree {
    const tree: GrownTree = { column: [], bin: [], left: [], right: [], value: [], rows: [], gain: [] };
    this.#order.set(rows);
    const free = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    const root = this.#leaf(tree, 0, rows.length, 0, sumsOf(gradients, rows), free);
    this.#findSplit(root, columns, gradients);
    const leaves: Leaf[] = [root];
    while (leaves.length < this.#limits.maxLeaves) {
      const at = mostGaining(leaves);
      if (at < 0) break;
      leaves.push(...this.#split(tree, leaves.splice(at, 1)[0] as Leaf, columns, gradients));
    }
    for (const leaf of leaves) this.#release(leaf);
    fillMeans(tree);
    return tree;
  }

  #leaf(tree: GrownTree, begin: number, end: number, depth: number, sums: LeafSums, bounds: LeafBounds): Leaf {
    const node = tree.column.length;
    tree.column.push(-1);
    tree.bin.push(0);
    tree.left.push(node);
    tree.right.push(node);
    tree.value.push(leafValue(sums, this.#limits.l2, bounds));
    tree.rows.push(end - begin);
    tree.gain.push(0);
    return { node, begin, end, depth, sums, bounds, histogram: null, split: null };
  }

  #split(tree: GrownTree, leaf: Leaf, columns: Uint32Array, gradients: LeafGradients): [Leaf, Leaf] {
    const { column, bin, gain, left: leftSums, right: rightSums } = leaf.split as Split;
    const middle = this.#partition(leaf, column, bin);
    const [leftBounds, rightBounds] = this.#boundsBelow(leaf, leaf.split as Split);
    const left = this.#leaf(tree, leaf.begin, middle, leaf.depth + 1, leftSums, leftBounds);
    const right = this.#leaf(tree, middle, leaf.end, leaf.depth + 1, rightSums, rightBounds);
    const { node } = leaf;
    tree.column[node] = column;
    tree.bin[node] = bin;
    tree.gain[node] = gain;
    tree.left[node] = left.node;
    tree.right[node] = right.node;
    if (left.depth >= this.#limits.maxDepth) {
      this.#release(leaf);
      return [left, right];
    }
    const [small, large] = middle - leaf.begin <= leaf.end - middle ? [left, right] : [right, left];
    large.histogram = leaf.histogram;
    leaf.histogram = null;
    if (this.#mayGain(small) || this.#mayGain(large)) {
      this.#findSplit(small, columns, gradients);
      if (large.histogram !== null && small.histogram !== null) {
        subtractHistogram(this.#layout, columns, large.histogram, small.histogram);
        large.split = bestSplit(large.histogram, this.#layout, columns, large.sums, large.bounds, this.#limits);
      }
    }
    for (const child of [small, large]) if (child.split === null) this.#release(child);
    return [left, right];
  }

  #mayGain({ sums }: Leaf): boolean {
    return sums.rows >= 2 * this.#limits.minRows && sums.hessian >= 2 * this.#limits.minHessian;
  }

  #findSplit(leaf: Leaf, columns: Uint32Array, gradients: LeafGradients): void {
    leaf.histogram = this.#pool.pop() ?? new Float64Array(this.#layout.length);
    const rows = { order: this.#order, begin: leaf.begin, end: leaf.end };
    buildHistogram(this.#binned, this.#layout, columns, rows, gradients, this.#scratch, leaf.histogram);
    leaf.split = bestSplit(leaf.histogram, this.#layout, columns, leaf.sums, leaf.bounds, this.#limits);
  }

  #release(leaf: Leaf): void {
    if (leaf.histogram !== null) this.#pool.push(leaf.histogram);
    leaf.histogram = null;
  }

  /** Rows that go left come first, each side in its order. @returns where the right side begins */
  #partition({ begin, end }: Leaf, column: number, bin: number): number {
    const { bins, rows } = this.#binned;
    const [order, moved] = [this.#order, this.#moved];
    const base = column * rows;
    let middle = begin;
    let others = 0;
    for (let i = begin; i < end; i++) {
      const row = order[i] as number;
      if ((bins[base + row] as number) <= bin) order[middle++] = row;
      else moved[others++] = row;
    }
    order.set(moved.subarray(0, others), middle);
    return middle;
  }

  /** What children may say when their parent compares a monotone column: no more, or no less, than the middle. */
  #boundsBelow({ bounds }: Leaf, { column, left, right }: Split): [LeafBounds, LeafBounds] {
    const direction = this.#limits.monotone[column] as number;
    if (direction === 0) return [bounds, bounds];
    const { l2 } = this.#limits;
    const middle = (leafValue(left, l2, bounds) + leafValue(right, l2, bounds)) / 2;
    const below = { low: bounds.low, high: middle };
    const above = { low: middle, high: bounds.high };
    return direction > 0 ? [below, above] : [above, below];
  }
}

function sumsOf({ gradient, hessian }: LeafGradients, rows: Uint32Array): LeafSums {
  let [g, h] = [0, 0];
  for (const row of rows) {
    g += gradient[row] as number;
    h += hessian[row] as number;
  }
  return { gradient: g, hessian: h, rows: rows.length };
}

/** −1 when no leaf can be split; of equal gains the older leaf. */
function mostGaining(leaves: readonly Leaf[]): number {
  let best = -1;
  let most = 0;
  leaves.forEach(({ split }, at) => {
    if (split !== null && split.gain > most) {
      most = split.gain;
      best = at;
    }
  });
  return best;
}

function fillMeans({ column, left, right, value, rows }: GrownTree): void {
  for (let node = column.length - 1; node >= 0; node--) {
    if (column[node] === -1) continue;
    const [a, b] = [left[node] as number, right[node] as number];
    const [m, n] = [rows[a] as number, rows[b] as number];
    value[node] = ((value[a] as number) * m + (value[b] as number) * n) / (m + n);
  }
}
