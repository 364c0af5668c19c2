// The trees of a ranker as a section of a snapshot.
import { Section } from "./section.ts";
import { encodeTensors, SnapshotError } from "./tensor-file.ts";
import { checkTrees, type TreeEnsemble, TreeEnsembleError } from "./tree-ensemble.ts";

export function encodeTrees(trees: TreeEnsemble): Uint8Array<ArrayBuffer> {
  const { roots, feature, threshold, left, right, missingLeft, value } = trees;
  const nodes = [feature.length];
  return encodeTensors({
    roots: { shape: [roots.length], data: roots },
    feature: { shape: nodes, data: feature },
    threshold: { shape: nodes, data: threshold },
    left: { shape: nodes, data: left },
    right: { shape: nodes, data: right },
    missingLeft: { shape: nodes, data: missingLeft },
    value: { shape: nodes, data: value },
    baseScore: { shape: [1], data: Float64Array.of(trees.baseScore) },
  });
}

/**
 * Arrays are views on the file.
 * @param columns of the snapshot's features
 * @throws SnapshotError `snapshot_corrupt` for what is no trees, `snapshot_caps` for more trees than can be served
 */
export function decodeTrees(file: Uint8Array<ArrayBuffer>, columns: number): TreeEnsemble {
  const section = new Section("trees", file);
  const feature = section.list("feature", Int32Array);
  const nodes = [feature.length];
  const trees: TreeEnsemble = {
    columns,
    baseScore: section.tensor("baseScore", Float64Array, [1])[0] as number,
    roots: section.list("roots", Uint32Array),
    feature,
    threshold: section.tensor("threshold", Float32Array, nodes),
    left: section.tensor("left", Uint32Array, nodes),
    right: section.tensor("right", Uint32Array, nodes),
    missingLeft: section.tensor("missingLeft", Uint8Array, nodes),
    value: section.tensor("value", Float32Array, nodes),
  };
  try {
    checkTrees(trees);
  } catch (cause) {
    if (!(cause instanceof TreeEnsembleError)) throw cause;
    throw new SnapshotError(cause.code === "tree_caps" ? "snapshot_caps" : "snapshot_corrupt", cause.message, {
      cause,
    });
  }
  return trees;
}
