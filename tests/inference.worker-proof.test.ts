// Proves the ONNX scorer in real workerd: the same wasm, handed in as a CompiledWasm module, gives the very bits of Node.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { createOnnxScorer } from "../src/inference/onnx-scorer.ts";
import { runtimeWasm } from "../src/training/node-ranker.ts";
import { exportLinearRanker } from "../src/training/onnx-export.ts";
import type { ScoreRequest, ScoreResponse } from "./fixtures/inference/index.ts";
import { seededNumbers, seededRanker } from "./fixtures/inference/ranker.ts";

const columns = 20;
const model = exportLinearRanker(seededRanker(columns, 1));
const configPath = new URL("./fixtures/inference/wrangler.toml", import.meta.url);
const server = createTestHarness({ workers: [{ configPath }] });

beforeAll(async () => {
  await server.listen();
});
afterAll(() => server.close());

test.each([1, 7, 24, 200, 1000])("workerd scores %i rows to the same bits as Node", async (rows) => {
  const matrix = seededNumbers(rows * columns, rows, -3, 3);
  const scorer = await createOnnxScorer({ model, wasm: runtimeWasm(), columns });
  const inNode = await scorer.score(matrix, rows);
  await scorer.release();

  const inWorkerd = await ask(model, matrix, rows);

  expect(inWorkerd).toMatchObject({
    scores: [toBase64(inNode)],
    fetches: 0,
    instantiateRestored: true,
    createdInOneTurn: true,
  });
});

test("sessions created and run at once in one isolate, from several requests, do not disturb each other", async () => {
  const matrices = Array.from({ length: 4 }, (_, i) => seededNumbers(200 * columns, 50 + i, -3, 3));

  const answers = await Promise.all(matrices.map((matrix) => ask(model, matrix, 200, { sessions: 3 })));

  const scorer = await createOnnxScorer({ model, wasm: runtimeWasm(), columns });
  for (const [i, matrix] of matrices.entries()) {
    const expected = toBase64(await scorer.score(matrix, 200));
    expect(answers[i]).toMatchObject({ scores: [expected, expected, expected] });
  }
  await scorer.release();
});

test("a refused model is a named error in workerd, and the next good one is served", async () => {
  const matrix = seededNumbers(columns, 3);
  const refused = await ask(exportLinearRanker(seededRanker(columns + 1, 1)), matrix, 1);
  const broken = await ask(model.subarray(0, 100), matrix, 1);
  const good = await ask(model, matrix, 1);

  expect(refused).toMatchObject({ error: "input" });
  expect(broken).toMatchObject({ error: "model" });
  expect(good).toMatchObject({ instantiateRestored: true });
});

async function ask(
  bytes: Uint8Array,
  matrix: Float32Array,
  rows: number,
  more: Pick<ScoreRequest, "sessions" | "repeat"> = {},
): Promise<ScoreResponse> {
  const request: ScoreRequest = { model: toBase64(bytes), matrix: toBase64(matrix), rows, columns, ...more };
  const response = await server.fetch("/", { method: "POST", body: JSON.stringify(request) });
  return (await response.json()) as ScoreResponse;
}

function toBase64(view: Uint8Array | Float32Array): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
}
