// Grown trees as the ensemble that serves: bins become thresholds, trees stand one behind the other.
import type { TreeEnsemble } from "../../snapshot/tree-ensemble.ts";
import type { GrownTree } from "./grow-tree.ts";

/** The first `count` trees, at least one. */
export function firstTrees(ensemble: TreeEnsemble, count: number): TreeEnsemble {
  const nodes = ensemble.roots[count] ?? ensemble.feature.length;
  const { columns, baseScore, roots, feature, threshold, left, right, missingLeft, value } = ensemble;
  return {
    columns,
    baseScore,
    roots: roots.slice(0, count),
    feature: feature.slice(0, nodes),
    threshold: threshold.slice(0, nodes),
    left: left.slice(0, nodes),
    right: right.slice(0, nodes),
    missingLeft: missingLeft.slice(0, nodes),
    value: value.slice(0, nodes),
  };
}

/** @param bounds of the bins, by column */
export function assembleTrees(
  trees: readonly GrownTree[],
  bounds: readonly Float32Array[],
  columns: number,
): TreeEnsemble {
  const nodes = trees.reduce((sum, { column }) => sum + column.length, 0);
  const ensemble = {
    columns,
    baseScore: 0,
    roots: new Uint32Array(trees.length),
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Uint32Array(nodes),
    right: new Uint32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    value: new Float32Array(nodes),
  };
  let offset = 0;
  trees.forEach((tree, index) => {
    ensemble.roots[index] = offset;
    tree.column.forEach((column, node) => {
      const [left, right] = [tree.left[node] as number, tree.right[node] as number];
      const at = offset + node;
      ensemble.feature[at] = column;
      ensemble.threshold[at] = column < 0 ? 0 : (bounds[column]?.[tree.bin[node] as number] as number);
      ensemble.left[at] = offset + left;
      ensemble.right[at] = offset + right;
      // A missing value goes with most of the rows; training has none.
      ensemble.missingLeft[at] = column >= 0 && (tree.rows[left] as number) >= (tree.rows[right] as number) ? 1 : 0;
      ensemble.value[at] = tree.value[node] as number;
    });
    offset += tree.column.length;
  });
  return ensemble;
}
