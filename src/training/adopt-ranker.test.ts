import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { seededNumbers, seededRanker } from "../../tests/fixtures/inference/ranker.ts";
import { seededTrees } from "../../tests/fixtures/inference/trees.ts";
import { snapshotParts } from "../../tests/support/snapshot.ts";
import type { Feature } from "../features/feature.ts";
import { modelScorer, type RankerModel } from "../ranking/ranker-model.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { adoptRanker } from "./adopt-ranker.ts";
import { type Golden, readGolden } from "./golden.ts";
import { featuresInput, linearRankerGraph, type OnnxGraph, scoresOutput, writeOnnxModel } from "./onnx-export.ts";
import { exportRanker } from "./onnx-trees.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";
import { readCandidate, readSnapshotFiles, replaceRanker, writeSnapshotDir } from "./snapshot-writer.ts";
import type { TrainingReport } from "./training-report.ts";

const COLUMNS = 8;
const feature: Feature = {
  name: "foreign",
  version: 1,
  columns: Array.from({ length: COLUMNS }, (_, i) => `foreign.${i}`),
  stage: "first",
  cost: 1,
  fill() {},
};
const folder = new URL("../../models/golden/", import.meta.url).pathname;
const onnxOf = (name: string): Promise<Uint8Array> => readFile(`${folder}${name}.onnx`);
const goldenOf = (name: string): Promise<Golden> => readGolden(`${folder}${name}.json`);
const linear = seededRanker(COLUMNS, 3);
const trees = seededTrees({ columns: COLUMNS, trees: 5, depth: 3, seed: 3 });
let snapshot: SnapshotFiles;

beforeAll(async () => {
  snapshot = await snapshotParts(4, {}, [feature]);
});

/** What a model's own twin scores on seeded rows. */
async function goldenFor(model: RankerModel): Promise<Golden> {
  const matrix = seededNumbers(20 * COLUMNS, 6, -2, 2);
  const scores = await modelScorer(model).score(matrix, 20);
  return { rows: 20, columns: COLUMNS, matrix, scores: Float64Array.from(scores) };
}

describe("a ranker of elsewhere is taken over with its twin", () => {
  test.each([
    ["lightgbm", "trees", 20],
    ["xgboost", "trees", 20],
  ])("%s becomes our %s", async (name, kind, count) => {
    const { report, manifest, files } = await adoptRanker(snapshot, await onnxOf(name), await goldenOf(name));
    expect(report).toMatchObject({
      ranker: kind,
      twin: { kind, exact: true },
      trees: { trees: count },
      columns: COLUMNS,
    });
    expect(report.golden.rows).toBe(100);
    expect(report.golden.typescript).toBeLessThan(1e-5);
    const decoded = await decodeSnapshot(manifest, files);
    expect(decoded.trees?.roots).toHaveLength(count);
    expect(manifest.id).not.toBe(snapshot.manifest.id);
    expect(decoded.linear).toEqual((await decodeSnapshot(snapshot.manifest, snapshot.files)).linear);
  });

  test("a neural net of PyTorch's form ranks by ONNX, and the first pass serves while that is cold", async () => {
    const { report, manifest, files } = await adoptRanker(snapshot, await onnxOf("mlp"), await goldenOf("mlp"));
    expect(report).toMatchObject({
      producer: "pytorch",
      ranker: "onnx",
      twin: { kind: "linear", exact: false, reason: "the operator Relu has no twin in TypeScript" },
      golden: { typescript: null },
    });
    expect(manifest.ranker).toBe("onnx");
    expect((await decodeSnapshot(manifest, files)).trees).toBeNull();
  });

  test.each<[string, RankerModel]>([
    ["trees", { kind: "trees", linear, trees: { ...trees, baseScore: 0.5 } }],
    ["linear+trees", { kind: "linear+trees", linear, trees }],
  ])("our own %s come back", async (kind, model) => {
    const { report } = await adoptRanker(snapshot, exportRanker(model), await goldenFor(model));
    expect(report).toMatchObject({ ranker: kind, twin: { exact: true } });
  });

  test("a linear model's constants become a constant of the twin", async () => {
    const model: RankerModel = { kind: "linear", linear };
    const { report } = await adoptRanker(snapshot, exportRanker(model), await goldenFor(model));
    expect(report).toMatchObject({ ranker: "linear+trees", twin: { exact: true }, trees: { comparisons: 0 } });
  });

  test("a linear layer as PyTorch exports it (Gemm with transB and a bias) is one", async () => {
    const weight = seededNumbers(COLUMNS, 4, -1, 1);
    const graph: OnnxGraph = {
      name: "main_graph",
      inputs: [featuresInput(COLUMNS)],
      outputs: [scoresOutput],
      constants: [
        { name: "weight", dims: [1, COLUMNS], values: weight },
        { name: "bias", dims: [1], values: Float32Array.of(0.25) },
      ],
      nodes: [
        {
          op: "Gemm",
          inputs: ["features", "weight", "bias"],
          outputs: ["scores"],
          attributes: { transB: { type: "INT", value: 1 } },
        },
      ],
    };
    const matrix = seededNumbers(9 * COLUMNS, 2);
    const scores = Float64Array.from({ length: 9 }, (_, row) => {
      return weight.reduce((sum, w, c) => sum + w * (matrix[row * COLUMNS + c] as number), 0.25);
    });
    const golden = { rows: 9, columns: COLUMNS, matrix, scores };
    const { report } = await adoptRanker(snapshot, writeOnnxModel(graph), golden);
    expect(report.twin).toMatchObject({ kind: "linear+trees", exact: true });
  });

  test("in the folder it takes the old one's place, and the report says so", async () => {
    const dir = await mkdtemp(join(tmpdir(), "nowcast-adopt-"));
    try {
      const report0 = { snapshot: snapshot.manifest.id } as TrainingReport;
      const final = { ...snapshot, manifest: { ...snapshot.manifest, candidate: snapshot.manifest } };
      await writeSnapshotDir(dir, { ...final, report: report0, candidate: snapshot });
      const adopted = await adoptRanker(snapshot, await onnxOf("xgboost"), await goldenOf("xgboost"));
      await replaceRanker(dir, snapshot.manifest.id, adopted, adopted.report, adopted);
      const { manifest, files } = await readSnapshotFiles(dir);
      // What publication measures ranks with the same ranker.
      const measured = await readCandidate(dir, manifest);
      expect(measured?.manifest).toEqual(adopted.manifest);
      expect(measured?.files.trees).toEqual(files.trees);
      expect((await decodeSnapshot(manifest, files)).trees?.roots).toHaveLength(20);
      const report = JSON.parse(await readFile(join(dir, "report.json"), "utf8"));
      expect(report).toMatchObject({ snapshot: snapshot.manifest.id, adopted: { snapshot: manifest.id } });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("a ranker is refused when", () => {
  const refused = async (onnx: Uint8Array, golden: Golden, code: string, message: string): Promise<void> => {
    const attempt = adoptRanker(snapshot, onnx, golden);
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  };
  const model: RankerModel = { kind: "trees", linear, trees };

  test("its input is not as wide as the features", async () => {
    const other: RankerModel = { kind: "linear", linear: seededRanker(COLUMNS + 1, 1) };
    await refused(exportRanker(other), await goldenFor(model), "onnx_input", "it is features [any, 9]");
  });

  test("a decision could not afford its trees", async () => {
    const many = seededTrees({ columns: COLUMNS, trees: 300, depth: 5, seed: 1 });
    const graph = { ...linearRankerGraph(linear), name: "many", constants: [] };
    const bytes = writeOnnxModel({ ...graph, nodes: [treeNodeOf(many)] });
    await refused(bytes, await goldenFor(model), "tree_caps", "at most 1000 can be served");
  });

  test("it scores NaN", async () => {
    const graph = linearRankerGraph(linear);
    const nodes = [
      ...graph.nodes.map((node) => (node.outputs[0] === "scores" ? { ...node, outputs: ["raw"] } : node)),
      { op: "Sqrt", inputs: ["raw"], outputs: ["scores"] },
    ];
    const negative = { ...linear, mean: new Float32Array(COLUMNS).fill(1), weight: new Float32Array(COLUMNS).fill(1) };
    const bytes = writeOnnxModel({ ...linearRankerGraph(negative), nodes });
    await refused(bytes, await goldenFor(model), "score", "scored NaN");
  });

  test.each([0, 1, 9, 300, 5000, 17_000])("only its first %i bytes arrived", async (length) => {
    const bytes = (await onnxOf("lightgbm")).subarray(0, length);
    await expect(adoptRanker(snapshot, bytes, await goldenOf("lightgbm"))).rejects.toMatchObject({
      code: expect.stringMatching(/^(onnx_|tree_|model)/),
    });
  });

  test("it gives other scores than the golden file", async () => {
    const golden = await goldenOf("xgboost");
    const scores = golden.scores.map((score, row) => (row === 41 ? score + 1e-4 : score));
    await refused(await onnxOf("xgboost"), { ...golden, scores }, "golden_scores", "ONNX: row 41 scores");
  });

  test("the golden file is for other features", async () => {
    const golden = { ...(await goldenOf("xgboost")), columns: 9 };
    await refused(await onnxOf("xgboost"), golden, "golden_file", "9 columns, the snapshot's features have 8");
  });
});

/** The export without its own checks, which would refuse it first. */
function treeNodeOf(many: typeof trees): OnnxGraph["nodes"][number] {
  const roots = [...many.roots];
  const treeOf = many.feature.map((_, node) => roots.findLastIndex((root) => root <= node));
  const local = (node: number): number => node - (roots[treeOf[node] as number] as number);
  const nodes = Int32Array.from(many.feature.keys());
  const leaves = nodes.filter((node) => many.feature[node] === -1);
  return {
    op: "TreeEnsembleRegressor",
    domain: "ai.onnx.ml",
    inputs: ["features"],
    outputs: ["scores"],
    attributes: {
      n_targets: { type: "INT", value: 1 },
      nodes_treeids: { type: "INTS", value: treeOf },
      nodes_nodeids: { type: "INTS", value: nodes.map(local) },
      nodes_featureids: { type: "INTS", value: many.feature.map((each) => Math.max(each, 0)) },
      nodes_modes: { type: "STRINGS", value: Array.from(many.feature, (each) => (each < 0 ? "LEAF" : "BRANCH_LEQ")) },
      nodes_values: { type: "FLOATS", value: many.threshold },
      nodes_truenodeids: { type: "INTS", value: nodes.map((node) => local(many.left[node] as number)) },
      nodes_falsenodeids: { type: "INTS", value: nodes.map((node) => local(many.right[node] as number)) },
      target_treeids: { type: "INTS", value: leaves.map((node) => treeOf[node] as number) },
      target_nodeids: { type: "INTS", value: leaves.map(local) },
      target_ids: { type: "INTS", value: new Int32Array(leaves.length) },
      target_weights: { type: "FLOATS", value: Float32Array.from(leaves, (node) => many.value[node] as number) },
    },
  };
}
