// What is inside a built Worker: its modules by origin and size, and the rules that a build must keep.
import { createHash } from "node:crypto";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { WorkerProject } from "./workers.ts";

const MB = 1e6;

/** Uncompressed bytes of code and wasm a Worker may have. Raised on purpose or not at all. */
export const RAW_BUDGETS: Readonly<Record<WorkerProject["name"], number>> = {
  "durable-objects": 1 * MB,
  decision: 20 * MB,
  lake: 1 * MB,
  edge: 1.5 * MB,
};

/** The platform's own limit for an uncompressed Worker. */
export const PLATFORM_LIMIT_BYTES = 64 * 1024 * 1024;

/** The one Worker that carries onnxruntime. */
const ONNX_WORKER: WorkerProject["name"] = "decision";

export interface Bundle {
  readonly worker: WorkerProject["name"];
  readonly codeBytes: number;
  readonly wasmBytes: number;
  readonly gzipBytes: number;
  /** Modules of onnxruntime in the bundle: JavaScript files that gave it code, and wasm files by content. */
  readonly onnxGlue: readonly string[];
  readonly onnxWasm: readonly string[];
}

/** The part of esbuild's metafile that is read here. */
export interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
}

/** Inputs of onnxruntime that left bytes in an output. What tree shaking removed does not count. */
export function onnxInputs(metafile: Metafile): string[] {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && /onnxruntime|(^|\/)ort[.-][^/]*\.m?js$/.test(path))
    .map(([path]) => path);
}

/** @param directory what `wrangler deploy --dry-run --outdir --metafile` wrote */
export function readBundle(worker: WorkerProject["name"], directory: string): Bundle {
  const bundle = { worker, codeBytes: 0, wasmBytes: 0, gzipBytes: 0 };
  const onnxWasm: string[] = [];
  for (const name of readdirSync(directory)) {
    if (/\.map$|^README\.md$|^bundle-meta\.json$/.test(name)) continue;
    const content = readFileSync(join(directory, name));
    bundle.gzipBytes += gzipSync(content).length;
    if (!name.endsWith(".wasm")) {
      bundle.codeBytes += content.length;
      continue;
    }
    bundle.wasmBytes += content.length;
    if (onnxHashes().has(sha256(content))) onnxWasm.push(name);
  }
  const metafile = JSON.parse(readFileSync(join(directory, "bundle-meta.json"), "utf8")) as Metafile;
  return { ...bundle, onnxGlue: onnxInputs(metafile), onnxWasm };
}

/** @returns what is wrong with the bundle, in sentences; empty when nothing is */
export function bundleProblems(bundle: Bundle): string[] {
  const problems: string[] = [];
  const raw = bundle.codeBytes + bundle.wasmBytes;
  const budget = RAW_BUDGETS[bundle.worker];
  if (raw > PLATFORM_LIMIT_BYTES) problems.push(`is ${raw} bytes; a Worker may have ${PLATFORM_LIMIT_BYTES}`);
  else if (raw > budget) problems.push(`is ${raw} bytes; its budget in scripts/bundle.ts is ${budget}`);
  if (bundle.worker === ONNX_WORKER) {
    if (bundle.onnxGlue.length === 0) problems.push("has no JavaScript of onnxruntime");
    if (bundle.onnxWasm.length === 0) problems.push("has no wasm of onnxruntime");
  } else {
    for (const module of [...bundle.onnxGlue, ...bundle.onnxWasm]) {
      problems.push(`carries ${module}; only ${ONNX_WORKER} may carry onnxruntime`);
    }
  }
  return problems.map((problem) => `${bundle.worker} ${problem}`);
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

let hashes: ReadonlySet<string> | undefined;

/** wrangler renames a wasm file, so it is known by its content. */
function onnxHashes(): ReadonlySet<string> {
  const directory = join(import.meta.dirname, "../node_modules/onnxruntime-web/dist");
  hashes ??= new Set(
    existsSync(directory)
      ? globSync("*.wasm", { cwd: directory }).map((name) => sha256(readFileSync(join(directory, name))))
      : [],
  );
  return hashes;
}
