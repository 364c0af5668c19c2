// Trees laid out for scoring: a node's numbers side by side, its children next to each other so that a comparison picks one by
// its result instead of by a branch, and leaves that lead to themselves, so that every row takes as many steps as the tree is
// deep. Four rows walk at once: their loads do not wait for each other (predication and interleaving as in Asadi, Lin and de
// Vries, "Runtime optimizations for tree-based machine learning models", TKDE 2014). In WebAssembly (assembly/trees.ts) where
// `walkWith` has been called. The scores are the same to the bit, whoever walks.
import type { TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { scoreTrees } from "./tree-scorer.ts";

export interface PackedTrees {
  readonly ensemble: TreeEnsemble;
  /** Four numbers a node: column, threshold (as the bits of a float32), left and right, as places in this array. */
  readonly nodes: Int32Array;
  /** The same memory. */
  readonly thresholds: Float32Array;
  readonly depths: Uint32Array;
  /** Null where TypeScript walks. */
  readonly wasm: WasmTrees | null;
}

/** Trees in memory of their own, with room for a block of rows. */
interface WasmTrees {
  readonly matrix: Float32Array;
  readonly out: Float32Array;
  /** Adds the leaves of all trees to the first rows of `out`, a multiple of four. */
  readonly addLeaves: (rows: number) => void;
}

/** Rows that are walked at once: as many as stay near. */
const BLOCK = 64;
const PAGE_BYTES = 64 * 1024;

let module: WebAssembly.Module | null = null;

/** @param compiled src/kernels/simd.wasm for the trees that are packed from now on; null goes back to TypeScript */
export function walkWith(compiled: WebAssembly.Module | null): void {
  module = compiled;
}

const STRIDE = 4;

/** @param ensemble a sound one, see checkTrees */
export function packTrees(ensemble: TreeEnsemble): PackedTrees {
  const { roots, feature, threshold, left, right } = ensemble;
  const nodes = new Int32Array(STRIDE * feature.length);
  const thresholds = new Float32Array(nodes.buffer);
  const depth = new Uint32Array(feature.length);
  const depths = new Uint32Array(roots.length);
  for (let node = 0, tree = -1; node < feature.length; node++) {
    if (node === roots[tree + 1]) tree++;
    const at = STRIDE * node;
    const [a, b] = [left[node] as number, right[node] as number];
    nodes[at] = Math.max(0, feature[node] as number);
    thresholds[at + 1] = threshold[node] as number;
    nodes[at + 2] = STRIDE * a;
    nodes[at + 3] = STRIDE * b;
    if (a !== node) {
      depth[a] = (depth[node] as number) + 1;
      depth[b] = (depth[node] as number) + 1;
    }
    depths[tree] = Math.max(depths[tree] as number, depth[node] as number);
  }
  const wasm = module === null ? null : intoWasm(module, ensemble, nodes, thresholds, depths);
  return { ensemble, nodes, thresholds, depths, wasm };
}

function intoWasm(
  module: WebAssembly.Module,
  { roots, value, columns }: TreeEnsemble,
  nodes: Int32Array,
  thresholds: Float32Array,
  depths: Uint32Array,
): WasmTrees {
  const lengths = [nodes.length, value.length, roots.length, roots.length, BLOCK * columns, BLOCK];
  const bytes = 4 * lengths.reduce((sum, length) => sum + length, 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { addLeaves } = exports as unknown as { addLeaves(...places: number[]): void };
  const starts = lengths.map((_, i) => 4 * lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
  const ints = (i: number): Int32Array => new Int32Array(memory.buffer, starts[i], lengths[i]);
  const floats = (i: number): Float32Array => new Float32Array(memory.buffer, starts[i], lengths[i]);
  const [own, ownThresholds] = [ints(0), floats(0)];
  for (let at = 0; at < nodes.length; at += STRIDE) {
    // Places become distances in bytes.
    own[at] = 4 * (nodes[at] as number);
    ownThresholds[at + 1] = thresholds[at + 1] as number;
    own[at + 2] = 4 * (nodes[at + 2] as number);
    own[at + 3] = 4 * (nodes[at + 3] as number);
  }
  floats(1).set(value);
  ints(2).set(Int32Array.from(roots, (root) => 4 * STRIDE * root));
  ints(3).set(depths);
  const [nodesAt, valuesAt, rootsAt, depthsAt, matrixAt, outAt] = starts as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    matrix: floats(4),
    out: floats(5),
    addLeaves: (rows) => addLeaves(nodesAt, valuesAt, rootsAt, depthsAt, roots.length, matrixAt, columns, rows, outAt),
  };
}

/** As `scoreTrees` of the ensemble, to the bit. Allocates nothing. */
export function scorePacked(packed: PackedTrees, matrix: Float32Array, rows: number, out: Float32Array): void {
  const { columns, roots, baseScore } = packed.ensemble;
  // A missing value goes where its node says: no comparison of it tells that.
  if (holdsNaN(matrix, rows * columns)) {
    scoreTrees(packed.ensemble, matrix, rows, out);
    return;
  }
  if (packed.wasm !== null) walkInWasm(packed.wasm, columns, matrix, rows, out);
  else {
    out.fill(0, 0, rows);
    const whole = rows - (rows % 4);
    for (let tree = 0; tree < roots.length; tree++) {
      addToFours(packed, tree, matrix, whole, out);
      addToEach(packed, tree, matrix, whole, rows, out);
    }
  }
  const base = Math.fround(baseScore);
  if (base !== 0) for (let row = 0; row < rows; row++) out[row] = (out[row] as number) + base;
}

function walkInWasm(wasm: WasmTrees, columns: number, matrix: Float32Array, rows: number, out: Float32Array): void {
  for (let from = 0; from < rows; from += BLOCK) {
    const count = Math.min(BLOCK, rows - from);
    wasm.matrix.set(matrix.subarray(from * columns, (from + count) * columns));
    wasm.out.fill(0);
    // Rows behind the last are walked as well, over what stood there before.
    wasm.addLeaves(Math.ceil(count / 4) * 4);
    out.set(wasm.out.subarray(0, count), from);
  }
}

function addToFours(packed: PackedTrees, tree: number, matrix: Float32Array, rows: number, out: Float32Array): void {
  const { nodes, thresholds, depths, ensemble } = packed;
  const { columns, value, roots } = ensemble;
  const root = STRIDE * (roots[tree] as number);
  const depth = depths[tree] as number;
  for (let row = 0; row < rows; row += 4) {
    const m = row * columns;
    const n = m + columns;
    const o = n + columns;
    const p = o + columns;
    let a = root;
    let b = root;
    let c = root;
    let d = root;
    for (let step = 0; step < depth; step++) {
      a = nodes[a + 2 + +((matrix[m + (nodes[a] as number)] as number) > (thresholds[a + 1] as number))] as number;
      b = nodes[b + 2 + +((matrix[n + (nodes[b] as number)] as number) > (thresholds[b + 1] as number))] as number;
      c = nodes[c + 2 + +((matrix[o + (nodes[c] as number)] as number) > (thresholds[c + 1] as number))] as number;
      d = nodes[d + 2 + +((matrix[p + (nodes[d] as number)] as number) > (thresholds[d + 1] as number))] as number;
    }
    out[row] = (out[row] as number) + (value[a >> 2] as number);
    out[row + 1] = (out[row + 1] as number) + (value[b >> 2] as number);
    out[row + 2] = (out[row + 2] as number) + (value[c >> 2] as number);
    out[row + 3] = (out[row + 3] as number) + (value[d >> 2] as number);
  }
}

function addToEach(
  { nodes, thresholds, depths, ensemble }: PackedTrees,
  tree: number,
  matrix: Float32Array,
  from: number,
  to: number,
  out: Float32Array,
): void {
  const { columns, value, roots } = ensemble;
  const depth = depths[tree] as number;
  for (let row = from; row < to; row++) {
    let a = STRIDE * (roots[tree] as number);
    for (let step = 0; step < depth; step++) {
      const x = matrix[row * columns + (nodes[a] as number)] as number;
      a = nodes[a + 2 + +(x > (thresholds[a + 1] as number))] as number;
    }
    out[row] = (out[row] as number) + (value[a >> 2] as number);
  }
}

function holdsNaN(values: Float32Array, length: number): boolean {
  // One sum tells: it is NaN when a value is, and seldom otherwise (infinities of both signs), which costs time alone.
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i] as number;
  return Number.isNaN(sum);
}
