import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createOnnxScorer } from "../inference/onnx-scorer.ts";
import { scoreTrees } from "../ranking/tree-scorer.ts";
import { TreeEnsembleError } from "../snapshot/tree-ensemble.ts";
import { runtimeWasm } from "./node-ranker.ts";
import { featuresInput, type OnnxAttribute, scoresOutput, writeOnnxModel } from "./onnx-export.ts";
import { importRanker } from "./onnx-import.ts";
import { readOnnx } from "./onnx-reader.ts";
import { largestFloat } from "./onnx-tree-import.ts";

/** One comparison of column 0 with 0.1 in any mode; nodes numbered from the last. */
function stump(mode: string, missing: number, changes: Record<string, OnnxAttribute> = {}): Uint8Array {
  return writeOnnxModel({
    name: "stump",
    inputs: [featuresInput(1)],
    outputs: [scoresOutput],
    constants: [],
    nodes: [
      {
        op: "TreeEnsembleRegressor",
        domain: "ai.onnx.ml",
        inputs: ["features"],
        outputs: ["scores"],
        attributes: {
          n_targets: { type: "INT", value: 1 },
          base_values: { type: "FLOATS", value: [0.5] },
          nodes_treeids: { type: "INTS", value: [7, 7, 7] },
          nodes_nodeids: { type: "INTS", value: [2, 1, 0] },
          nodes_featureids: { type: "INTS", value: [0, 0, 0] },
          nodes_modes: { type: "STRINGS", value: [mode, "LEAF", "LEAF"] },
          nodes_values: { type: "FLOATS", value: [0.1, 0, 0] },
          nodes_truenodeids: { type: "INTS", value: [1, 0, 0] },
          nodes_falsenodeids: { type: "INTS", value: [0, 0, 0] },
          nodes_missing_value_tracks_true: { type: "INTS", value: [missing, 0, 0] },
          target_treeids: { type: "INTS", value: [7, 7] },
          target_nodeids: { type: "INTS", value: [1, 0] },
          target_ids: { type: "INTS", value: [0, 0] },
          target_weights: { type: "FLOATS", value: [1, 2] },
          ...changes,
        },
      },
    ],
  });
}

describe("every comparison goes where onnxruntime goes", () => {
  const at = Math.fround(0.1);
  const values = Float32Array.of(at, largestFloat(at, true), 0.2, -3, 0, Number.NaN, 3e38);
  for (const mode of ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"]) {
    test.each([0, 1])(`${mode}, missing values where it holds: %i`, async (missing) => {
      const model = stump(mode, missing);
      const imported = importRanker(readOnnx(model), 1);
      if (imported.twin !== "full" || imported.model.kind !== "trees") throw new Error("it is trees");
      const onnx = await createOnnxScorer({ model, wasm: runtimeWasm(), columns: 1 });
      const ours = new Float32Array(values.length);
      scoreTrees(imported.model.trees, values, values.length, ours);
      expect([...ours]).toEqual([...(await onnx.score(values, values.length))]);
      expect(new Set(ours).size).toBe(2);
      await onnx.release();
    });
  }
});

test("the largest float32 that is at most, or below, a number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e38, max: 1e38 }), (limit) => {
      for (const strict of [false, true]) {
        const found = largestFloat(limit, strict);
        expect(Math.fround(found)).toBe(found);
        expect(strict ? found < limit : found <= limit).toBe(true);
        const bits = new Float32Array([found]);
        const words = new Int32Array(bits.buffer);
        if (found === 0) bits[0] = 2 ** -149;
        else words[0] = (words[0] as number) + (found > 0 ? 1 : -1);
        expect(strict ? (bits[0] as number) >= limit : (bits[0] as number) > limit).toBe(true);
      }
    }),
  );
});

describe("there is no twin, and the reason is told, for", () => {
  test.each<[string, Record<string, OnnxAttribute>, string]>([
    ["BRANCH_EQ", { nodes_modes: { type: "STRINGS", value: ["BRANCH_EQ", "LEAF", "LEAF"] } }, "with BRANCH_EQ"],
    ["averages", { aggregate_function: { type: "STRING", value: "AVERAGE" } }, "aggregate_function AVERAGE"],
    ["transforms", { post_transform: { type: "STRING", value: "LOGISTIC" } }, "post_transform LOGISTIC"],
    ["two targets", { n_targets: { type: "INT", value: 2 } }, "2 targets"],
  ])("%s", (_, changes, reason) => {
    const imported = importRanker(readOnnx(stump("BRANCH_LEQ", 0, changes)), 1);
    expect(imported).toEqual({ twin: "none", reason: expect.stringContaining(reason) });
  });
});

describe("what is no tree is refused:", () => {
  test.each<[string, Record<string, OnnxAttribute>, string]>([
    [
      "a circle",
      {
        nodes_modes: { type: "STRINGS", value: ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"] },
        nodes_truenodeids: { type: "INTS", value: [1, 2, 0] },
      },
      "circle",
    ],
    [
      "a child that is not there",
      { nodes_truenodeids: { type: "INTS", value: [5, 0, 0] } },
      "a child that is not there",
    ],
    ["a column that is not there", { nodes_featureids: { type: "INTS", value: [3, 0, 0] } }, "compares column 3 of 1"],
    ["an array that is short", { nodes_values: { type: "FLOATS", value: [0.1] } }, "1 nodes_value, but 3 nodes_modes"],
    ["a weight of nobody", { target_nodeids: { type: "INTS", value: [1, 9] } }, "gives a weight to node 9"],
    ["a leaf that is NaN", { target_weights: { type: "FLOATS", value: [Number.NaN, 1] } }, "is NaN"],
  ])("%s", (_, changes, message) => {
    expect(() => importRanker(readOnnx(stump("BRANCH_LEQ", 0, changes)), 1)).toThrow(message);
  });

  test("one tree deeper than all trees may be together, before the stack ends", () => {
    const nodes = Array.from({ length: 20_001 }, (_, node) => node);
    const ints = (of: (node: number) => number): OnnxAttribute => ({ type: "INTS", value: nodes.map(of) });
    const isLeaf = (node: number): boolean => node % 2 === 1 || node === 20_000;
    const chain = stump("BRANCH_LEQ", 0, {
      nodes_treeids: ints(() => 7),
      nodes_nodeids: ints((node) => node),
      nodes_featureids: ints(() => 0),
      nodes_modes: { type: "STRINGS", value: nodes.map((node) => (isLeaf(node) ? "LEAF" : "BRANCH_LEQ")) },
      nodes_values: { type: "FLOATS", value: nodes.map(() => 0) },
      nodes_truenodeids: ints((node) => (isLeaf(node) ? 0 : node + 1)),
      nodes_falsenodeids: ints((node) => (isLeaf(node) ? 0 : node + 2)),
      nodes_missing_value_tracks_true: ints(() => 0),
      target_nodeids: { type: "INTS", value: [1, 3] },
    });
    const attempt = () => importRanker(readOnnx(chain), 1);
    expect(attempt).toThrow(TreeEnsembleError);
    expect(attempt).toThrow("tree 7 is deeper than the 1000 comparisons");
  });
});
