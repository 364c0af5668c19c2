// Golden vectors: what a stored model scores, by every scorer that serves it. They change only on purpose.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createOnnxScorer } from "../src/inference/onnx-scorer.ts";
import { linearScorer } from "../src/ranking/linear-scorer.ts";
import { runtimeWasm } from "../src/training/node-ranker.ts";
import { exportLinearRanker } from "../src/training/onnx-export.ts";

interface Golden {
  readonly columns: number;
  readonly rows: number;
  readonly mean: number[];
  readonly scale: number[];
  readonly weight: number[];
  readonly matrix: number[];
  readonly scores: number[];
}

const golden = JSON.parse(
  readFileSync(new URL("../models/golden/linear-ranker.json", import.meta.url), "utf8"),
) as Golden;
const model = {
  mean: Float32Array.from(golden.mean),
  scale: Float32Array.from(golden.scale),
  weight: Float32Array.from(golden.weight),
};
const matrix = Float32Array.from(golden.matrix);

test("the TypeScript twin scores the golden matrix to the bit", async () => {
  const scores = await linearScorer(model).score(matrix, golden.rows);
  expect([...scores]).toEqual(golden.scores);
});

test("ONNX scores the golden matrix within 1e-5", async () => {
  const scorer = await createOnnxScorer({
    model: exportLinearRanker(model),
    wasm: runtimeWasm(),
    columns: golden.columns,
  });
  const scores = await scorer.score(matrix, golden.rows);
  expect(scores).toHaveLength(golden.rows);
  scores.forEach((score, row) => {
    expect(Math.abs(score - (golden.scores[row] ?? Number.NaN))).toBeLessThan(1e-5);
  });
  await scorer.release();
});
