// The ONNX scorer: runs a ranker on onnxruntime-web (wasm, one thread) in a decision Worker's isolate and in Node.
// workerd compiles no WebAssembly from bytes, so the compiled module is handed in and the runtime's own glue is made to
// take it: `wasmBinary` is set to a marker, which keeps the glue from fetching anything, and while a session is created
// `WebAssembly.instantiate` answers for that marker with an instance of the module. Same wasm, so same bits everywhere.
/// <reference path="./wasm.d.ts" />
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { Scorer } from "../ranking/scorer.ts";

/**
 * `runtime`: the wasm did not start, and in this isolate never will: the runtime remembers. `model`, `input`, `output`:
 * what is published is refused. `run`: a run failed. `score`: a run gave NaN or infinity. `released`: the scorer was
 * used after `release()`.
 */
export type OnnxErrorCode = "runtime" | "model" | "input" | "output" | "run" | "score" | "released";

export class OnnxModelError extends Error {
  override readonly name = "OnnxModelError";
  readonly code: OnnxErrorCode;

  constructor(code: OnnxErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export interface OnnxScorerOptions {
  /** An ONNX ModelProto: one float32 input [any rows, columns], one float32 output [rows] or [rows, 1]. */
  readonly model: Uint8Array;
  /** onnxruntime-web/ort-wasm-simd-threaded.wasm, compiled. An isolate has one runtime: the first module serves all. */
  readonly wasm: WebAssembly.Module;
  /** Columns of the feature matrix. */
  readonly columns: number;
}

export interface OnnxScorer extends Scorer {
  readonly kind: "onnx";
  /** Frees the session after the runs that are under way; further scores are refused. May be called twice. */
  release(): Promise<void>;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => WebAssembly.Module;
  readonly Instance: new (module: WebAssembly.Module, imports?: unknown) => object;
  instantiate: (source: unknown, imports?: unknown) => Promise<unknown>;
}
const webAssembly = Reflect.get(globalThis, "WebAssembly") as unknown as WebAssemblyApi;

/** Not a wasm file, so that it can only be refused should the glue ever compile it. */
const marker = new ArrayBuffer(8);

const warmUpRows = [1, 32, 200];

/** For Node, where the caller has the file's bytes. workerd throws a CompileError: import the file there. */
export function compileWasm(bytes: Uint8Array): WebAssembly.Module {
  return new webAssembly.Module(bytes);
}

/**
 * Loads a model, checks its contract and runs it a few times, so that the first decision does not pay for that.
 * Blocks the thread for about 0.3 s in a fresh isolate. In workerd it waits for no I/O: it ends in the turn it began.
 * @throws OnnxModelError with code `runtime`, `model`, `input`, `output`, or as `score()` does
 */
export function createOnnxScorer(options: OnnxScorerOptions): Promise<OnnxScorer> {
  const { model, wasm, columns } = options;
  return alone(async () => {
    const session = await openSession(model, wasm);
    try {
      checkContract(session, columns);
      for (const rows of warmUpRows) await run(session, new Float32Array(rows * columns), rows, columns);
    } catch (error) {
      await session.release();
      throw error;
    }
    return scorerOf(session, columns);
  });
}

function scorerOf(session: InferenceSession, columns: number): OnnxScorer {
  let released: Promise<void> | undefined;
  return {
    kind: "onnx",
    columns,
    /** `matrix` must not change before the promise settles. Throws RangeError when it is too short. */
    async score(matrix, rows) {
      if (released) throw new OnnxModelError("released", "ONNX ranker: used after release()");
      if (rows * columns > matrix.length) {
        throw new RangeError(`ONNX ranker: ${rows} rows of ${columns} columns, but the matrix has ${matrix.length}`);
      }
      if (rows === 0) return new Float32Array(0);
      return alone(() => run(session, matrix, rows, columns));
    },
    release() {
      released ??= alone(() => session.release());
      return released;
    },
  };
}

let last: Promise<unknown> = Promise.resolve();

/**
 * One creation, run or release at a time in the whole isolate. The glue keeps a run's arguments on the wasm stack across
 * awaits and then resets the stack pointer, so runs that start a few microtasks apart overwrite each other's, whatever
 * their sessions (seen in 1.30.0). In workerd nobody waits long: a turn has no I/O in it and ends in one go.
 */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

async function openSession(model: Uint8Array, wasm: WebAssembly.Module): Promise<InferenceSession> {
  env.logLevel = "error";
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.wasm.wasmBinary = marker;
  const original = webAssembly.instantiate;
  const handingIn: WebAssemblyApi["instantiate"] = async (source, imports) => {
    const asked = source instanceof Uint8Array && source.buffer === marker;
    if (!asked) return original.call(webAssembly, source, imports);
    return { module: wasm, instance: new webAssembly.Instance(wasm, imports) };
  };
  webAssembly.instantiate = handingIn;
  try {
    return await InferenceSession.create(model, {
      executionProviders: ["wasm"],
      logSeverityLevel: 3,
      // The number of rows differs from run to run: plans remembered for each would only pile up.
      enableMemPattern: false,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = message.startsWith("no available backend") ? "runtime" : "model";
    throw new OnnxModelError(code, `ONNX ranker: ${message}`, error);
  } finally {
    if (webAssembly.instantiate === handingIn) webAssembly.instantiate = original;
  }
}

function checkContract(session: InferenceSession, columns: number): void {
  const inputs = session.inputMetadata;
  const [input] = inputs;
  const expectedInput = `one input, float32 [any rows, ${columns}]`;
  if (inputs.length !== 1 || !input?.isTensor || input.type !== "float32" || input.shape.length !== 2) {
    throw new OnnxModelError("input", `ONNX ranker: expected ${expectedInput}, found ${describe(inputs)}`);
  }
  if (!isAnySize(input.shape[0]) || input.shape[1] !== columns) {
    throw new OnnxModelError("input", `ONNX ranker: expected ${expectedInput}, found ${describe(inputs)}`);
  }
  const outputs = session.outputMetadata;
  const [output] = outputs;
  if (outputs.length !== 1 || !output?.isTensor || output.type !== "float32") {
    const expected = "one output, float32 [rows] or [rows, 1]";
    throw new OnnxModelError("output", `ONNX ranker: expected ${expected}, found ${describe(outputs)}`);
  }
}

/** A dimension without a name, as some converters leave it, is −1 read as unsigned (seen in 1.30.0). */
function isAnySize(dimension: string | number | undefined): boolean {
  return typeof dimension === "string" || dimension === 2 ** 32 - 1 || dimension === -1;
}

function describe(values: readonly InferenceSession.ValueMetadata[]): string {
  const texts = values.map((value) =>
    value.isTensor ? `${value.name}: ${value.type} [${value.shape.join(", ")}]` : `${value.name}: not a tensor`,
  );
  return `${values.length} (${texts.join("; ")})`;
}

/** `rows` is at least 1. The scores are a fresh copy out of the wasm memory. */
async function run(session: InferenceSession, matrix: Float32Array, rows: number, columns: number) {
  const features = new Tensor("float32", matrix.subarray(0, rows * columns), [rows, columns]);
  const outputName = session.outputNames[0] as string;
  let output: InferenceSession.OnnxValueMapType[string] | undefined;
  try {
    output = (await session.run({ [session.inputNames[0] as string]: features }))[outputName];
  } catch (error) {
    throw new OnnxModelError("run", `ONNX ranker: a run of ${rows} rows failed: ${String(error)}`, error);
  }
  const scores = output?.data;
  if (!(scores instanceof Float32Array) || scores.length !== rows || output?.dims[0] !== rows) {
    const expected = `float32 [${rows}] or [${rows}, 1]`;
    throw new OnnxModelError("output", `ONNX ranker: expected ${expected}, found [${output?.dims.join(", ")}]`);
  }
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) throw new OnnxModelError("score", `ONNX ranker: row ${bad} of ${rows} scored ${scores[bad]}`);
  return scores;
}
