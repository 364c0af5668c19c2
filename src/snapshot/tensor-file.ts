// One section of a snapshot: named tensors in one buffer, in the layout of safetensors (Hugging Face, format 0.x), so
// that Python reads it as it is: u64 header length | JSON header { name: { dtype, shape, data_offsets } } | data.
// Every tensor starts at a multiple of 8 bytes, so that typed arrays are views on the file, never copies.
import type { PackedStrings } from "../kernels/packed-strings.ts";

const DTYPES = {
  U8: Uint8Array,
  I8: Int8Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

export type Dtype = keyof typeof DTYPES;
export type TensorData = Uint8Array | Int8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export class SnapshotError extends Error {
  /** snapshot_corrupt, snapshot_version, snapshot_features, … */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SnapshotError";
    this.code = code;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const pad8 = (length: number): number => (length + 7) & ~7;

/** @throws RangeError when a tensor's data does not have the length of its shape */
export function encodeTensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  const header: Record<string, { dtype: Dtype; shape: readonly number[]; data_offsets: [number, number] }> = {};
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (elements(shape) !== data.length) throw new RangeError(`${name}: shape [${shape}] but ${data.length} values`);
    const start = pad8(end);
    end = start + data.byteLength;
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [start, end] };
  }
  const json = encoder.encode(JSON.stringify(header));
  const base = pad8(8 + json.length);
  const file = new Uint8Array(base + end).fill(0x20, 8 + json.length, base);
  new DataView(file.buffer).setBigUint64(0, BigInt(base - 8), true);
  file.set(json, 8);
  for (const [name, { data }] of Object.entries(tensors)) {
    const start = base + (header[name]?.data_offsets[0] ?? 0);
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  }
  return file;
}

/**
 * Typed arrays over `file`, without a copy.
 * @param file must start at a multiple of 8 in its buffer
 * @throws SnapshotError `snapshot_corrupt` when lengths, offsets, names or types do not fit
 */
export function decodeTensors(file: Uint8Array<ArrayBuffer>): Map<string, Tensor> {
  if (file.length < 8) throw corrupt(`${file.length} bytes are too few for a header`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const base = 8 + headerLength;
  if (base > file.length) throw corrupt(`a header of ${headerLength} bytes in a file of ${file.length}`);
  let header: unknown;
  try {
    header = JSON.parse(decoder.decode(file.subarray(8, base)));
  } catch (cause) {
    throw corrupt("the header is not JSON", cause);
  }
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    tensors.set(name, readTensor(name, entry, file, base));
  }
  return tensors;
}

function readTensor(name: string, entry: unknown, file: Uint8Array<ArrayBuffer>, base: number): Tensor {
  const { dtype, shape, data_offsets: offsets } = entry as { dtype: Dtype; shape: number[]; data_offsets: number[] };
  const type = DTYPES[dtype];
  if (type === undefined) throw corrupt(`${name}: unknown dtype ${String(dtype)}`);
  if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size >= 0)) {
    throw corrupt(`${name}: the shape is not a list of whole numbers`);
  }
  const [start = -1, end = -1] = offsets ?? [];
  const bytes = elements(shape) * type.BYTES_PER_ELEMENT;
  if (start < 0 || end - start !== bytes || base + end > file.length || (base + start) % type.BYTES_PER_ELEMENT !== 0) {
    throw corrupt(`${name}: [${shape}] of ${dtype} does not fit bytes ${start} to ${end} of ${file.length - base}`);
  }
  return { shape, data: new type(file.buffer, file.byteOffset + base + start, elements(shape)) };
}

function dtypeOf(data: TensorData): Dtype {
  for (const [name, type] of Object.entries(DTYPES)) if (data instanceof type) return name as Dtype;
  throw new RangeError("not a tensor type");
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function corrupt(message: string, cause?: unknown): SnapshotError {
  return new SnapshotError("snapshot_corrupt", message, { cause });
}

/** All of `data` as a tensor of one dimension. */
export function vectorTensor(data: TensorData): Tensor {
  return { shape: [data.length], data };
}

/** Many strings as two tensors; see Section.packed. */
export function packedTensors(name: string, { bytes, starts }: PackedStrings): Record<string, Tensor> {
  return { [`${name} starts`]: vectorTensor(starts), [`${name} bytes`]: vectorTensor(bytes) };
}

/** A short list of strings as one tensor of bytes: JSON in UTF-8. */
export function stringsTensor(strings: readonly string[]): Tensor {
  const data = encoder.encode(JSON.stringify(strings));
  return { shape: [data.length], data };
}

/**
 * @param count how many there must be; any number when left out
 * @throws SnapshotError when the tensor does not hold `count` strings
 */
export function readStrings(tensor: Tensor, name: string, count?: number): string[] {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(tensor.data as Uint8Array));
  } catch (cause) {
    throw corrupt(`${name}: not a list of strings`, cause);
  }
  const fits = (list: unknown): list is string[] =>
    Array.isArray(list) &&
    (count === undefined || list.length === count) &&
    list.every((text) => typeof text === "string");
  if (!fits(value)) throw corrupt(`${name}: not a list of ${count === undefined ? "" : `${count} `}strings`);
  return value;
}
