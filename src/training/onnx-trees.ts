// Trees as ONNX graphs: TreeEnsembleRegressor of ai.onnx.ml 3, alone or added to the linear model.
import type { RankerModel } from "../ranking/ranker-model.ts";
import { modelScorer } from "../ranking/ranker-model.ts";
import type { TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import {
  exportLinearRanker,
  featuresInput,
  linearRankerGraph,
  type OnnxGraph,
  type OnnxNode,
  scoresOutput,
  writeOnnxModel,
} from "./onnx-export.ts";

/**
 * Any ranker as an ONNX file. The same model always gives the same bytes.
 * @throws RangeError on a model that the TypeScript twin refuses
 */
export function exportRanker(model: RankerModel): Uint8Array {
  if (model.kind === "linear") return exportLinearRanker(model.linear);
  modelScorer(model); // refuses what the twin would refuse
  return writeOnnxModel(model.kind === "trees" ? treeRankerGraph(model.trees) : sumGraph(model));
}

export function treeRankerGraph(trees: TreeEnsemble): OnnxGraph {
  return {
    name: "tree_ranker",
    inputs: [featuresInput(trees.columns)],
    outputs: [scoresOutput],
    constants: [],
    nodes: [treeNode(trees, "scores")],
  };
}

function sumGraph({ linear, trees }: Extract<RankerModel, { kind: "trees" | "linear+trees" }>): OnnxGraph {
  const graph = linearRankerGraph(linear);
  const parts = graph.nodes.map((node) => (node.outputs[0] === "scores" ? { ...node, outputs: ["linear"] } : node));
  const sum: OnnxNode = { op: "Add", inputs: ["trees", "linear"], outputs: ["scores"] };
  return { ...graph, name: "linear_and_tree_ranker", nodes: [...parts, treeNode(trees, "trees"), sum] };
}

function treeNode(trees: TreeEnsemble, output: string): OnnxNode {
  const { roots, feature, left, right, threshold, missingLeft, value, baseScore } = trees;
  const treeOf = new Int32Array(feature.length);
  roots.forEach((root, tree) => {
    treeOf.fill(tree, root, roots[tree + 1] ?? feature.length);
  });
  const inTree = (node: number): number => node - (roots[treeOf[node] as number] as number);
  const nodes = Int32Array.from(feature.keys());
  const leaves = nodes.filter((node) => feature[node] === -1);
  const inner = (of: (node: number) => number): Int32Array =>
    nodes.map((node) => (feature[node] === -1 ? 0 : of(node)));
  return {
    op: "TreeEnsembleRegressor",
    domain: "ai.onnx.ml",
    inputs: ["features"],
    outputs: [output],
    attributes: {
      n_targets: { type: "INT", value: 1 },
      aggregate_function: { type: "STRING", value: "SUM" },
      post_transform: { type: "STRING", value: "NONE" },
      base_values: { type: "FLOATS", value: [baseScore] },
      nodes_treeids: { type: "INTS", value: treeOf },
      nodes_nodeids: { type: "INTS", value: nodes.map(inTree) },
      nodes_featureids: { type: "INTS", value: inner((node) => feature[node] as number) },
      nodes_modes: { type: "STRINGS", value: Array.from(feature, (each) => (each === -1 ? "LEAF" : "BRANCH_LEQ")) },
      nodes_values: { type: "FLOATS", value: threshold },
      nodes_truenodeids: { type: "INTS", value: inner((node) => inTree(left[node] as number)) },
      nodes_falsenodeids: { type: "INTS", value: inner((node) => inTree(right[node] as number)) },
      nodes_missing_value_tracks_true: { type: "INTS", value: inner((node) => missingLeft[node] as number) },
      target_treeids: { type: "INTS", value: leaves.map((node) => treeOf[node] as number) },
      target_nodeids: { type: "INTS", value: leaves.map(inTree) },
      target_ids: { type: "INTS", value: new Int32Array(leaves.length) },
      target_weights: { type: "FLOATS", value: Float32Array.from(leaves, (node) => value[node] as number) },
    },
  };
}
