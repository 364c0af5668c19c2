// A TreeEnsembleRegressor node of any converter as our ensemble. Nodes may be numbered in any way and compare in four; ours
// stand parents first and compare "at most": for float32 values x < t says x ≤ the next float32 below t, and the other two are
// those with the sides changed.
import { checkTrees, TREE_CAPS, type TreeEnsemble, TreeEnsembleError } from "../snapshot/tree-ensemble.ts";
import type { ReadAttribute, ReadNode, ReadTensor } from "./onnx-reader.ts";

/**
 * @returns the ensemble, or why there is none: what our scorer cannot compute
 * @throws TreeEnsembleError when the node's numbers make no trees, or more than can be served
 */
export function importTrees({ attributes }: ReadNode, columns: number): TreeEnsemble | string {
  const targets = attributes.get("n_targets") ?? 1;
  if (targets !== 1) return `TreeEnsembleRegressor with ${String(targets)} targets`;
  const transform = attributes.get("post_transform") ?? "NONE";
  if (transform !== "NONE") return `TreeEnsembleRegressor with post_transform ${String(transform)}`;
  const aggregate = attributes.get("aggregate_function") ?? "SUM";
  if (aggregate !== "SUM") return `TreeEnsembleRegressor with aggregate_function ${String(aggregate)}`;
  const read = (name: string): Float64Array => numbersOf(attributes.get(`${name}_as_tensor`) ?? attributes.get(name));
  const modes = attributes.get("nodes_modes");
  if (!Array.isArray(modes)) return "TreeEnsembleRegressor without nodes_modes";
  const unknown = modes.find((mode) => mode !== "LEAF" && !Object.hasOwn(COMPARISONS, mode));
  if (unknown !== undefined) return `TreeEnsembleRegressor with ${unknown}`;
  const source: Source = {
    modes,
    tree: read("nodes_treeids"),
    id: read("nodes_nodeids"),
    feature: read("nodes_featureids"),
    value: read("nodes_values"),
    whenTrue: read("nodes_truenodeids"),
    whenFalse: read("nodes_falsenodeids"),
    missing: read("nodes_missing_value_tracks_true"),
    leaf: { tree: read("target_treeids"), id: read("target_nodeids"), weight: read("target_weights") },
  };
  const ensemble = assemble(source, columns, read("base_values")[0] ?? 0);
  checkTrees(ensemble);
  return ensemble;
}

interface Source {
  readonly modes: readonly string[];
  readonly tree: Float64Array;
  readonly id: Float64Array;
  readonly feature: Float64Array;
  readonly value: Float64Array;
  readonly whenTrue: Float64Array;
  readonly whenFalse: Float64Array;
  /** Empty when no missing value goes where the comparison holds. */
  readonly missing: Float64Array;
  readonly leaf: { readonly tree: Float64Array; readonly id: Float64Array; readonly weight: Float64Array };
}

/** strict: equal values do not count. changed: the side that the comparison holds for is our right one. */
const COMPARISONS: Readonly<Record<string, { readonly strict: boolean; readonly changed: boolean }>> = {
  BRANCH_LEQ: { strict: false, changed: false },
  BRANCH_LT: { strict: true, changed: false },
  BRANCH_GT: { strict: false, changed: true },
  BRANCH_GTE: { strict: true, changed: true },
};

function assemble(source: Source, columns: number, baseScore: number): TreeEnsemble {
  const { modes, tree, id, feature, value, whenTrue, whenFalse, missing, leaf } = source;
  const count = modes.length;
  if (count > TREE_CAPS.nodes) {
    throw new TreeEnsembleError("tree_caps", `${count} nodes, at most ${TREE_CAPS.nodes} can be served`);
  }
  for (const [name, { length }] of Object.entries({ tree, id, feature, value, whenTrue, whenFalse })) {
    if (length !== count) throw shape(`the ONNX has ${length} nodes_${name}, but ${count} nodes_modes`);
  }
  const at = new Map(modes.map((_, node) => [`${tree[node]} ${id[node]}`, node]));
  const weights = new Float64Array(count);
  leaf.weight.forEach((weight, i) => {
    const node = at.get(`${leaf.tree[i]} ${leaf.id[i]}`);
    if (node === undefined)
      throw shape(`the ONNX gives a weight to node ${leaf.id[i]} of tree ${leaf.tree[i]}, which is not there`);
    weights[node] = (weights[node] as number) + weight;
  });
  const out = {
    columns,
    baseScore: Math.fround(baseScore),
    roots: [] as number[],
    feature: new Int32Array(count),
    threshold: new Float32Array(count),
    left: new Uint32Array(count),
    right: new Uint32Array(count),
    missingLeft: new Uint8Array(count),
    value: new Float32Array(count),
  };
  let next = 0;
  const place = (node: number, depth: number): number => {
    const own = next++;
    // Before the stack ends: no tree this deep can be served.
    if (depth > TREE_CAPS.comparisons) throw tooDeep(tree[node] as number);
    if (own >= count) throw shape(`the nodes of tree ${tree[node]} go in a circle or meet`);
    const mode = modes[node] as string;
    if (mode === "LEAF") {
      out.feature[own] = -1;
      out.left[own] = own;
      out.right[own] = own;
      out.value[own] = weights[node] as number;
      return own;
    }
    const { strict, changed } = COMPARISONS[mode] as (typeof COMPARISONS)[string];
    const [yes, no] = [whenTrue, whenFalse].map((side) => at.get(`${tree[node]} ${side[node]}`));
    if (yes === undefined || no === undefined)
      throw shape(`node ${id[node]} of tree ${tree[node]} has a child that is not there`);
    out.feature[own] = feature[node] as number;
    out.threshold[own] = largestFloat(value[node] as number, strict);
    const tracksTrue = missing[node] === 1;
    out.missingLeft[own] = tracksTrue !== changed ? 1 : 0;
    const left = place(changed ? no : yes, depth + 1);
    const right = place(changed ? yes : no, depth + 1);
    out.left[own] = left;
    out.right[own] = right;
    // How many rows went where is not told: each child counts the same.
    out.value[own] = ((out.value[left] as number) + (out.value[right] as number)) / 2;
    return own;
  };
  modes.forEach((_, node) => {
    if (node > 0 && tree[node] === tree[node - 1]) return;
    out.roots.push(place(node, 0));
  });
  if (next !== count) throw shape(`${count - next} of the ONNX's ${count} nodes are in no tree`);
  return { ...out, roots: Uint32Array.from(out.roots) };
}

const bits = new Float32Array(1);
const word = new Int32Array(bits.buffer);

/** The largest float32 that is at most `limit`, or with `strict` below it. */
export function largestFloat(limit: number, strict: boolean): number {
  const near = Math.fround(limit);
  if (near < limit || (near === limit && !strict)) return near;
  if (near === 0) return -(2 ** -149);
  bits[0] = near;
  word[0] = (word[0] as number) + (near > 0 ? -1 : 1);
  return bits[0];
}

function numbersOf(attribute: ReadAttribute | undefined): Float64Array {
  if (attribute instanceof Float64Array) return attribute;
  return typeof attribute === "object" && "values" in attribute ? (attribute as ReadTensor).values : Float64Array.of();
}

const shape = (problem: string) => new TreeEnsembleError("tree_shape", problem);
const tooDeep = (tree: number) =>
  new TreeEnsembleError(
    "tree_caps",
    `tree ${tree} is deeper than the ${TREE_CAPS.comparisons} comparisons that can be served`,
  );
