// The rows of an int8 matrix that are nearest to a query by dot product: exact over the rounded values. The query is rounded
// like a row (quantized-rows.ts), codes are multiplied and summed as integers, and score = float32(sum) × scale of the row.
// In WebAssembly SIMD (assembly/scan.ts) when the rows stand in memory made by `scannableBuffer`; elsewhere the plain twin
// below gives the same rows in the same order.
import { type QuantizedRows, quantizeRow } from "./quantized-rows.ts";
import { topK } from "./top-k.ts";

/** What stands before the rows in a scannable buffer: the query, then the heap. */
const SCRATCH_BYTES = 64 * 1024;
const QUERY_BYTES = 4096;
const PAGE_BYTES = 64 * 1024;

interface WasmScan {
  readonly memory: WebAssembly.Memory;
  scan(
    codes: number,
    scales: number,
    stride: number,
    from: number,
    to: number,
    query: number,
    heap: number,
    k: number,
    found: number,
  ): number;
  order(heap: number, k: number, found: number): void;
}

const scans = new WeakMap<ArrayBufferLike, WasmScan>();

/**
 * Room for `bytes` in the memory of a scan of its own, so that what is read into it is scanned where it stands.
 * @param module src/kernels/simd.wasm, compiled
 * @returns a view that starts at a multiple of 64 KiB; its memory is freed with it
 * @throws RangeError when there is no such memory to be had
 */
export function scannableBuffer(module: WebAssembly.Module, bytes: number): Uint8Array<ArrayBuffer> {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((SCRATCH_BYTES + bytes) / PAGE_BYTES) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { scan, order } = exports as unknown as Pick<WasmScan, "scan" | "order">;
  const buffer = memory.buffer as ArrayBuffer;
  scans.set(buffer, { memory, scan, order });
  return new Uint8Array(buffer, SCRATCH_BYTES, bytes);
}

/** Rows from … to − 1; ranges of one scan ascend. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Writes the nearest rows to `out`, best first, equal scores by lower row.
 * @param query `rows.dimensions` finite values
 * @param ranges which rows are asked; all by default
 * @returns how many it wrote: as many as `out` has room for, or all rows
 */
export function nearestRows(
  rows: QuantizedRows,
  query: Float32Array,
  out: Int32Array | Uint32Array,
  ranges: readonly RowRange[] = [{ from: 0, to: rows.rows }],
): number {
  const wasm = scans.get(rows.codes.buffer);
  const codes = new Int8Array(rows.stride);
  quantizeRow(query, 0, rows.dimensions, codes, 0);
  const fits =
    wasm !== undefined &&
    rows.scales.buffer === rows.codes.buffer &&
    rows.stride * 2 <= QUERY_BYTES &&
    out.length * 8 <= SCRATCH_BYTES - QUERY_BYTES;
  return fits ? scanInWasm(wasm, rows, codes, out, ranges) : scanPlain(rows, codes, out, ranges);
}

function scanInWasm(
  { memory, scan, order }: WasmScan,
  { codes, scales, stride }: QuantizedRows,
  query: Int8Array,
  out: Int32Array | Uint32Array,
  ranges: readonly RowRange[],
): number {
  const k = out.length;
  if (k === 0) return 0;
  new Int16Array(memory.buffer, 0, stride).set(query);
  let found = 0;
  for (const { from, to } of ranges) {
    found = scan(codes.byteOffset, scales.byteOffset, stride, from, to, 0, QUERY_BYTES, k, found);
  }
  order(QUERY_BYTES, k, found);
  const heap = new Uint32Array(memory.buffer, QUERY_BYTES, 2 * found);
  for (let i = 0; i < found; i++) out[i] = heap[2 * i + 1] as number;
  return found;
}

/** The oracle: every score, then the best of all. */
function scanPlain(
  { codes, scales, stride }: QuantizedRows,
  query: Int8Array,
  out: Int32Array | Uint32Array,
  ranges: readonly RowRange[],
): number {
  const count = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const scores = new Float32Array(count);
  const asked = ranges.length === 1 ? null : new Uint32Array(count);
  let at = 0;
  for (const { from, to } of ranges) {
    for (let row = from, j = from * stride; row < to; row++, at++) {
      let sum = 0;
      for (let i = 0; i < stride; i++, j++) sum += (query[i] as number) * (codes[j] as number);
      scores[at] = Math.fround(sum) * (scales[row] as number);
      if (asked !== null) asked[at] = row;
    }
  }
  const best = topK(scores, out.length);
  const first = ranges[0]?.from ?? 0;
  for (let i = 0; i < best.length; i++) {
    const place = best[i] as number;
    out[i] = asked === null ? first + place : (asked[place] as number);
  }
  return best.length;
}
