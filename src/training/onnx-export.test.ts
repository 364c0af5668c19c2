import { describe, expect, test } from "vitest";
import { seededRanker } from "../../tests/fixtures/inference/ranker.ts";
import { createOnnxScorer } from "../inference/onnx-scorer.ts";
import { runtimeWasm } from "./node-ranker.ts";
import { exportLinearRanker, featuresInput, linearRankerGraph, scoresOutput, writeOnnxModel } from "./onnx-export.ts";

const exampleRanker = {
  mean: Float32Array.of(1, 2),
  scale: Float32Array.of(0.5, 0),
  weight: Float32Array.of(4, 3),
};

/** Scores of a model's bytes on rows given as arrays of two features. */
async function scores(model: Uint8Array, rows: readonly (readonly [number, number])[]): Promise<number[]> {
  const scorer = await createOnnxScorer({ model, wasm: runtimeWasm(), columns: 2 });
  try {
    return [...(await scorer.score(Float32Array.from(rows.flat()), rows.length))];
  } finally {
    await scorer.release();
  }
}

describe("a linear ranker", () => {
  test("runs as (features − mean) × scale · weight; a constant column does not count", async () => {
    const rows = [
      [3, 2],
      [3, 900],
      [1, 2],
      [-1, 0],
    ] as const;
    expect(await scores(exportLinearRanker(exampleRanker), rows)).toEqual([4, 4, 0, -4]);
  });

  test("gives the same bytes every time, and other bytes when a weight changes", () => {
    const first = exportLinearRanker(seededRanker(20, 1));
    const changed = seededRanker(20, 1);
    changed.weight[19] = 0.5;

    expect(exportLinearRanker(seededRanker(20, 1))).toEqual(first);
    expect(exportLinearRanker(changed)).not.toEqual(first);
  });

  test("is stored with a fixed wire form: ir_version 8, its producer, then the graph", () => {
    const text = new TextDecoder("latin1").decode(exportLinearRanker(exampleRanker));
    expect(text.slice(0, 12)).toBe("\x08\x08\x12\x07nowcast\x3a");
    expect(text.slice(-6)).toBe("\x42\x04\x0a\x00\x10\x11");
  });

  test.each([
    [
      "its arrays differ in length",
      { ...exampleRanker, mean: new Float32Array(3) },
      "mean has 3 columns, weight has 2",
    ],
    ["a weight is not finite", { ...exampleRanker, weight: Float32Array.of(1, Number.NaN) }, "weight holds a number"],
    ["it has no columns", seededRanker(0, 1), "at least one column"],
  ])("is refused when %s", (_, model, message) => {
    expect(() => exportLinearRanker(model)).toThrow(RangeError);
    expect(() => exportLinearRanker(model)).toThrow(message);
  });
});

describe("a graph", () => {
  test("of trees runs: the writer carries attributes and the ai.onnx.ml operators", async () => {
    // Tree 0: feature 0 ≤ 0.5 ? 1 : 10. Tree 1: feature 1 ≤ 3 ? 100 : 1000. The scores are their sum.
    const trees = writeOnnxModel({
      name: "tree_ranker",
      inputs: [featuresInput(2)],
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
            post_transform: { type: "STRING", value: "NONE" },
            nodes_treeids: { type: "INTS", value: [0, 0, 0, 1, 1, 1] },
            nodes_nodeids: { type: "INTS", value: [0, 1, 2, 0, 1, 2] },
            nodes_featureids: { type: "INTS", value: [0, 0, 0, 1, 0, 0] },
            nodes_modes: { type: "STRINGS", value: ["BRANCH_LEQ", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"] },
            nodes_values: { type: "FLOATS", value: [0.5, 0, 0, 3, 0, 0] },
            nodes_truenodeids: { type: "INTS", value: [1, 0, 0, 1, 0, 0] },
            nodes_falsenodeids: { type: "INTS", value: [2, 0, 0, 2, 0, 0] },
            target_treeids: { type: "INTS", value: [0, 0, 1, 1] },
            target_nodeids: { type: "INTS", value: [1, 2, 1, 2] },
            target_ids: { type: "INTS", value: [0, 0, 0, 0] },
            target_weights: { type: "FLOATS", value: Float32Array.of(1, 10, 100, 1000) },
          },
        },
      ],
    });

    const rows = [
      [0, 0],
      [1, 0],
      [0.5, 3.5],
      [1, 4],
    ] as const;
    expect(await scores(trees, rows)).toEqual([101, 110, 1001, 1010]);
  });

  test("is refused when a constant does not fill its dims", () => {
    const constants = [{ name: "weight", dims: [2, 2], values: new Float32Array(3) }];
    const graph = { ...linearRankerGraph(exampleRanker), constants };
    expect(() => writeOnnxModel(graph)).toThrow(
      new RangeError("ONNX export: constant weight has 3 values, [2, 2] needs 4"),
    );
  });
});
