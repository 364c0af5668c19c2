// The kernels of WebAssembly in Node: the same wasm as in the decision Worker, compiled once a process.
import { readFileSync } from "node:fs";
import { accumulateWith } from "../kernels/normal-equations.ts";
import { QuantizedRows } from "../kernels/quantized-rows.ts";
import { scannableBuffer } from "../kernels/row-scan.ts";

let compiled: WebAssembly.Module | undefined;

export function scanModule(): WebAssembly.Module {
  if (compiled === undefined) {
    compiled = new WebAssembly.Module(readFileSync(new URL("../kernels/simd.wasm", import.meta.url)));
    accumulateWith(compiled);
  }
  return compiled;
}

/** A copy of a section with vectors in memory that WebAssembly scans. */
export function inScannableMemory(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const into = scannableBuffer(scanModule(), file.length);
  into.set(file);
  return into;
}

/** A copy of `rows` in memory that WebAssembly scans. */
export function scannable({ codes, scales, dimensions }: QuantizedRows): QuantizedRows {
  const buffer = scannableBuffer(scanModule(), codes.length + scales.byteLength);
  const ownCodes = new Int8Array(buffer.buffer, buffer.byteOffset, codes.length);
  const ownScales = new Float32Array(buffer.buffer, buffer.byteOffset + codes.length, scales.length);
  ownCodes.set(codes);
  ownScales.set(scales);
  return new QuantizedRows(ownCodes, ownScales, dimensions);
}
