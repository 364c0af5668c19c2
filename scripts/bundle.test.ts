// The rules of a built Worker can fail: each is shown a bundle that breaks it.
import { describe, expect, it } from "vitest";
import { type Bundle, bundleProblems, onnxInputs, PLATFORM_LIMIT_BYTES } from "./bundle.ts";

const GLUE = "../../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
const edge: Bundle = { worker: "edge", codeBytes: 1000, wasmBytes: 0, gzipBytes: 500, onnxGlue: [], onnxWasm: [] };
const decision: Bundle = { ...edge, worker: "decision", onnxGlue: [GLUE], onnxWasm: ["1f-ort.wasm"] };

describe("bundleProblems", () => {
  it("finds nothing in a sound bundle", () => {
    expect(bundleProblems(edge)).toEqual([]);
    expect(bundleProblems(decision)).toEqual([]);
  });

  it("names each module of onnxruntime outside decision", () => {
    expect(bundleProblems({ ...edge, onnxGlue: [GLUE], onnxWasm: ["1f-ort.wasm"] })).toEqual([
      `edge carries ${GLUE}; only decision may carry onnxruntime`,
      "edge carries 1f-ort.wasm; only decision may carry onnxruntime",
    ]);
  });

  it("misses onnxruntime in decision", () => {
    expect(bundleProblems({ ...decision, onnxGlue: [] })).toEqual(["decision has no JavaScript of onnxruntime"]);
    expect(bundleProblems({ ...decision, onnxWasm: [] })).toEqual(["decision has no wasm of onnxruntime"]);
  });

  it("holds code and wasm together to the budget, and any Worker to the platform's limit", () => {
    expect(bundleProblems({ ...edge, codeBytes: 1e6, wasmBytes: 5e5 })).toEqual([]);
    expect(bundleProblems({ ...edge, codeBytes: 1e6, wasmBytes: 5e5 + 1 })[0]).toContain("its budget");
    expect(bundleProblems({ ...edge, codeBytes: PLATFORM_LIMIT_BYTES + 1 })[0]).toContain("a Worker may have");
  });
});

describe("onnxInputs", () => {
  const metafileOf = (path: string, bytesInOutput: number) => ({
    outputs: { "index.js": { inputs: { [path]: { bytesInOutput } } } },
  });

  it("finds the package's files and a patched copy of its glue", () => {
    for (const path of [
      GLUE,
      "../../node_modules/onnxruntime-common/dist/esm/index.js",
      "src/inference/ort.wasm.mjs",
    ]) {
      expect(onnxInputs(metafileOf(path, 1))).toEqual([path]);
    }
  });

  it("leaves out what tree shaking removed and files that only look alike", () => {
    expect(onnxInputs(metafileOf(GLUE, 0))).toEqual([]);
    expect(onnxInputs(metafileOf("src/ranking/sort.js", 1))).toEqual([]);
  });
});
