// A snapshot made ready to rank in Node as the decision Worker does it: the same wasm of the same runtime, so the scores are
// those of the running system to the bit.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Feature } from "../features/feature.ts";
import { compileWasm, createOnnxScorer, type OnnxScorer } from "../inference/onnx-scorer.ts";
import { createRanker, type Ranker } from "../ranking/ranker.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

export interface NodeRanker extends Ranker {
  onnx: OnnxScorer | null;
}

let wasm: WebAssembly.Module | undefined;

/** The runtime's wasm, compiled once a process. */
export function runtimeWasm(): WebAssembly.Module {
  const file = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  wasm ??= compileWasm(readFileSync(file));
  return wasm;
}

/** Release `onnx` after use where there is one: as serving has it, for models that need it. @throws SnapshotError or OnnxModelError when this build cannot rank with the snapshot */
export async function openRanker(snapshot: Snapshot, registry: readonly Feature[]): Promise<NodeRanker> {
  const ranker = createRanker(snapshot, registry);
  if (!ranker.needsOnnx) return { ...ranker, onnx: null };
  const onnx = await createOnnxScorer({ model: snapshot.onnx, wasm: runtimeWasm(), columns: ranker.features.width });
  return { ...ranker, onnx };
}
