import { afterEach, describe, expect, test, vi } from "vitest";
import { seededNumbers, seededRanker } from "../../tests/fixtures/inference/ranker.ts";
import { linearScorer } from "../ranking/linear-scorer.ts";
import { runtimeWasm } from "../training/node-ranker.ts";
import {
  exportLinearRanker,
  featuresInput,
  linearRankerGraph,
  type OnnxGraph,
  type OnnxNode,
  type OnnxValue,
  scoresOutput,
  writeOnnxModel,
} from "../training/onnx-export.ts";
import { createOnnxScorer, OnnxModelError, type OnnxScorer } from "./onnx-scorer.ts";

const columns = 20;
const ranker = seededRanker(columns, 1);
const model = exportLinearRanker(ranker);
const webAssembly: { instantiate: unknown; instantiateStreaming: unknown } = Reflect.get(globalThis, "WebAssembly");

const open: OnnxScorer[] = [];
async function create(bytes = model, width = columns): Promise<OnnxScorer> {
  const scorer = await createOnnxScorer({ model: bytes, wasm: runtimeWasm(), columns: width });
  open.push(scorer);
  return scorer;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const scorer of open.splice(0)) await scorer.release();
});

/** The linear ranker's graph with some of it replaced. */
function modelWith(change: Partial<OnnxGraph>): Uint8Array {
  return writeOnnxModel({ ...linearRankerGraph(ranker), ...change });
}

// First of all, since the runtime starts once a process.
test("the runtime starts without a fetch and leaves WebAssembly as it was, also when the model is refused", async () => {
  const { instantiate, instantiateStreaming } = webAssembly;
  const fetch = vi.spyOn(globalThis, "fetch");
  await expect(create(new Uint8Array(10))).rejects.toMatchObject({ code: "model" });
  expect(webAssembly).toMatchObject({ instantiate, instantiateStreaming });
  await create();

  expect(webAssembly).toMatchObject({ instantiate, instantiateStreaming });
  expect(fetch).not.toHaveBeenCalled();
});

describe("scores", () => {
  test.each([1, 7, 200, 1000])("of %i rows equal the TypeScript twin's within 1e-5", async (rows) => {
    const matrix = seededNumbers(rows * columns, rows, -3, 3);
    const scores = await (await create()).score(matrix, rows);
    const expected = await linearScorer(ranker).score(matrix, rows);

    expect(scores).toHaveLength(rows);
    expect(largestDifference(scores, expected)).toBeLessThan(1e-5);
  });

  test("use only the rows in use, of a view into a larger buffer", async () => {
    const scorer = await create();
    const buffer = seededNumbers(50 * columns, 5, -3, 3);
    const scores = await scorer.score(buffer.subarray(3 * columns), 7);

    expect(scores).toEqual(await scorer.score(buffer.slice(3 * columns, 10 * columns), 7));
  });

  test("of no rows are empty", async () => {
    expect(await (await create()).score(new Float32Array(0), 0)).toEqual(new Float32Array(0));
  });

  test("belong to the caller: a later call leaves them alone", async () => {
    const scorer = await create();
    const first = await scorer.score(seededNumbers(7 * columns, 1), 7);
    const copy = first.slice();
    await scorer.score(seededNumbers(7 * columns, 2), 7);

    expect(first).toEqual(copy);
  });

  test("cannot be had from a matrix that is too short", async () => {
    const scorer = await create();
    await expect(scorer.score(new Float32Array(columns), 2)).rejects.toThrow(
      new RangeError("ONNX ranker: 2 rows of 20 columns, but the matrix has 20"),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "that are not finite (%f in the matrix) are an error",
    async (value) => {
      const scorer = await create();
      const matrix = seededNumbers(7 * columns, 3);
      matrix[4 * columns + 2] = value;

      await expect(scorer.score(matrix, 7)).rejects.toMatchObject({
        code: "score",
        message: expect.stringContaining("row 4 of 7 scored"),
      });
      expect(await scorer.score(seededNumbers(columns, 3), 1)).toHaveLength(1);
    },
  );
});

describe("concurrency", () => {
  test("scores of two sessions that start any few microtasks apart are those of one after the other", async () => {
    const first = await create();
    const second = await create(exportLinearRanker(seededRanker(columns, 77)));
    const jobs = [
      { scorer: first, rows: 200, matrix: seededNumbers(200 * columns, 1, -3, 3) },
      { scorer: second, rows: 7, matrix: seededNumbers(7 * columns, 2, -3, 3) },
      { scorer: first, rows: 24, matrix: seededNumbers(24 * columns, 3, -3, 3) },
    ] as const;
    const alone: Float32Array[] = [];
    for (const { scorer, matrix, rows } of jobs) alone.push(await scorer.score(matrix, rows));

    for (let delay = 0; delay < 625; delay++) {
      const delays = [0, delay % 25, Math.trunc(delay / 25)];
      const turns = jobs.map(async ({ scorer, matrix, rows }, i) => {
        await microtasks(delays[i] as number);
        return scorer.score(matrix, rows);
      });
      expect(await Promise.all(turns)).toEqual(alone);
    }
  });

  test("sessions created at once all serve, also next to one that is refused", async () => {
    const matrix = seededNumbers(7 * columns, 8);
    const [one, refused, two] = await Promise.allSettled([create(), create(new Uint8Array(10)), create()]);

    expect(refused).toMatchObject({ status: "rejected", reason: { code: "model" } });
    if (one.status !== "fulfilled" || two.status !== "fulfilled") throw new Error("a good model was refused");
    expect(await one.value.score(matrix, 7)).toEqual(await two.value.score(matrix, 7));
  });

  test("a release waits for the runs before it and refuses those after it", async () => {
    const scorer = await create();
    const before = scorer.score(seededNumbers(columns, 1), 1);
    const releases = [scorer.release(), scorer.release()];

    await expect(scorer.score(seededNumbers(columns, 1), 1)).rejects.toMatchObject({ code: "released" });
    expect(await before).toHaveLength(1);
    await Promise.all(releases);
  });
});

describe("a model is refused, with what was found and expected,", () => {
  const oneInput = "expected one input, float32 [any rows, 20], found";
  const oneOutput = "expected one output, float32 [rows] or [rows, 1], found";
  const features = (change: Partial<OnnxValue>) => modelWith({ inputs: [{ ...featuresInput(columns), ...change }] });
  const { nodes, constants } = linearRankerGraph(ranker);

  test.each([
    ["another width", exportLinearRanker(seededRanker(21, 1)), "1 (features: float32 [rows, 21])"],
    ["a free width", features({ dims: ["rows", "columns"] }), "1 (features: float32 [rows, columns])"],
    ["a fixed number of rows", features({ dims: [5, columns] }), "1 (features: float32 [5, 20])"],
    [
      "several inputs",
      modelWith({ inputs: [featuresInput(columns), { name: "more", type: "int64", dims: [2] }] }),
      "2 (features: float32 [rows, 20]; more: int64 [2])",
    ],
  ])("when it has %s", async (_, bytes, found) => {
    await refuses(bytes, "input", `${oneInput} ${found}`);
  });

  test("when it has several outputs", async () => {
    const centred: OnnxValue = { name: "centred", type: "float32", dims: ["rows", columns] };
    const found = "2 (scores: float32 [rows, 1]; centred: float32 [rows, 20])";
    await refuses(modelWith({ outputs: [scoresOutput, centred] }), "output", `${oneOutput} ${found}`);
  });

  test("when its scores are not float32", async () => {
    const double: OnnxValue = { name: "double", type: "float64", dims: ["rows", 1] };
    const cast: OnnxNode = {
      op: "Cast",
      inputs: ["scores"],
      outputs: ["double"],
      attributes: { to: { type: "INT", value: 11 } },
    };
    const bytes = modelWith({ outputs: [double], nodes: [...nodes, cast] });
    await refuses(bytes, "output", `${oneOutput} 1 (double: float64 [rows, 1])`);
  });

  test("when it gives two scores a row", async () => {
    const weight = { name: "weight", dims: [columns, 2], values: seededNumbers(2 * columns, 1) };
    const bytes = modelWith({
      outputs: [{ ...scoresOutput, dims: ["rows", 2] }],
      constants: [...constants.filter(({ name }) => name !== "weight"), weight],
    });
    await refuses(bytes, "output", "expected float32 [1] or [1, 1], found [1, 2]");
  });

  test("when it gives one score for all rows", async () => {
    const best: OnnxValue = { name: "best", type: "float32", dims: [1, 1] };
    const reduce: OnnxNode = { op: "ReduceMax", inputs: ["scores"], outputs: ["best"] };
    const bytes = modelWith({ outputs: [best], nodes: [...nodes, reduce] });
    await refuses(bytes, "output", "expected float32 [32] or [32, 1], found [1, 1]");
  });

  test("when it scores a row of zeros with infinity", async () => {
    const log: OnnxNode[] = [
      { op: "MatMul", inputs: ["features", "weight"], outputs: ["raw"] },
      { op: "Log", inputs: ["raw"], outputs: ["scores"] },
    ];
    await refuses(modelWith({ nodes: log }), "score", "row 0 of 1 scored -Infinity");
  });

  test.each([0, 10, 300])("when only its first %i bytes arrived", async (length) => {
    await refuses(model.subarray(0, length), "model", "ONNX ranker: ");
  });
});

async function refuses(bytes: Uint8Array, code: string, message: string): Promise<void> {
  const creation = create(bytes);
  await expect(creation).rejects.toBeInstanceOf(OnnxModelError);
  await expect(creation).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}
