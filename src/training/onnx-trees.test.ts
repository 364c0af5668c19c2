import { afterAll, describe, expect, test } from "vitest";
import { seededNumbers, seededRanker } from "../../tests/fixtures/inference/ranker.ts";
import { seededTrees } from "../../tests/fixtures/inference/trees.ts";
import { createOnnxScorer, type OnnxScorer } from "../inference/onnx-scorer.ts";
import { modelScorer, type RankerModel } from "../ranking/ranker-model.ts";
import { runtimeWasm } from "./node-ranker.ts";
import { exportRanker } from "./onnx-trees.ts";

const columns = 12;
const trees = seededTrees({ columns, trees: 40, depth: 6, seed: 3 });
const linear = seededRanker(columns, 5);
const open: OnnxScorer[] = [];
afterAll(() => Promise.all(open.map((scorer) => scorer.release())));

async function largestDifference(model: RankerModel, matrix: Float32Array): Promise<number> {
  const onnx = await createOnnxScorer({ model: exportRanker(model), wasm: runtimeWasm(), columns });
  open.push(onnx);
  const rows = matrix.length / columns;
  const [theirs, ours] = [await onnx.score(matrix, rows), await modelScorer(model).score(matrix, rows)];
  return ours.reduce((largest, score, row) => {
    return Math.max(largest, Math.abs(score - (theirs[row] as number)) / (1 + Math.abs(score)));
  }, 0);
}

/** Rows of which every value is exactly a threshold of the trees. */
function atThresholds(rows: number): Float32Array {
  return seededNumbers(rows * columns, 8, 0, trees.threshold.length).map(
    (at) => trees.threshold[Math.floor(at)] as number,
  );
}

const models: readonly RankerModel[] = [
  { kind: "trees", linear, trees },
  { kind: "linear+trees", linear, trees },
];

describe.each(models)("the ONNX of $kind scores as the TypeScript twin", (model) => {
  test.each([
    ["random rows", seededNumbers(300 * columns, 7, -2, 2)],
    ["values exactly at thresholds", atThresholds(300)],
    ["one row", seededNumbers(columns, 9, -2, 2)],
    ["more rows than the runtime takes in one block", seededNumbers(700 * columns, 10, -2, 2)],
  ])("on %s", async (_, matrix) => {
    expect(await largestDifference(model, matrix)).toBeLessThan(1e-6);
  });
});

test.each([3e38, -3e38, 1e-42, -0])("trees send %d where ONNX sends it", async (value) => {
  const model: RankerModel = { kind: "trees", linear, trees };
  expect(await largestDifference(model, new Float32Array(columns).fill(value))).toBe(0);
});

test("trees sum up as ONNX does, to the bit", async () => {
  const model: RankerModel = { kind: "trees", linear, trees: { ...trees, baseScore: 0.1 } };
  expect(await largestDifference(model, seededNumbers(500 * columns, 21, -2, 2))).toBe(0);
});

test("the same trees give the same bytes, others give others", () => {
  const model: RankerModel = { kind: "trees", linear, trees };
  const value = trees.value.slice();
  value[value.length - 1] = 9;
  expect(exportRanker(model)).toEqual(exportRanker(model));
  expect(exportRanker({ ...model, trees: { ...trees, value } })).not.toEqual(exportRanker(model));
});
