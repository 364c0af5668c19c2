// The tensors of one section of a snapshot, read with errors that name the section and the tensor.
import { PackedStrings } from "../kernels/packed-strings.ts";
import type { Codes } from "./coded-columns.ts";
import type { SectionName } from "./manifest.ts";
import { decodeTensors, readStrings, SnapshotError, type Tensor, type TensorData } from "./tensor-file.ts";

export class Section {
  readonly #name: SectionName;
  readonly #tensors: Map<string, Tensor>;

  /** @throws SnapshotError when the file is no file of tensors */
  constructor(name: SectionName, file: Uint8Array<ArrayBuffer>) {
    this.#name = name;
    try {
      this.#tensors = decodeTensors(file);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SnapshotError("snapshot_corrupt", `${name}: ${message}`, { cause });
    }
  }

  has(tensor: string): boolean {
    return this.#tensors.has(tensor);
  }

  /** @param count how many there must be; any number when left out */
  strings(tensor: string, count?: number): string[] {
    return readStrings(this.#get(tensor), `${this.#name}.${tensor}`, count);
  }

  /** Many strings and hash32 of each. @param count how many there must be; any number when left out */
  packed(tensor: string, count?: number): { readonly strings: PackedStrings; readonly hashes: Uint32Array } {
    const bytes = this.list(`${tensor} bytes`, Uint8Array);
    const size = count ?? Math.max(0, this.#get(`${tensor} starts`).data.length - 1);
    const strings = new PackedStrings(bytes, this.starts(`${tensor} starts`, size, bytes.length));
    try {
      return { strings, hashes: strings.hashes() };
    } catch (cause) {
      throw this.error(`${tensor} bytes`, "is not UTF-8", cause);
    }
  }

  /** Where each of `lists` begins in something of `length`, and where the last one ends. */
  starts(tensor: string, lists: number, length: number): Uint32Array {
    const starts = this.tensor(tensor, Uint32Array, [lists + 1]);
    let last = 0;
    for (let i = 0; i < starts.length; i++) {
      const at = starts[i] as number;
      if (at < last) last = Number.POSITIVE_INFINITY;
      else last = at;
    }
    if (starts[0] !== 0 || last !== length) throw this.error(tensor, `must ascend from 0 to ${length}`);
    return starts;
  }

  /** Codes below `size` of a dictionary. @param count how many there must be; any number when left out */
  codes(tensor: string, size: number, count?: number): Codes {
    const { data } = this.#get(tensor);
    const type = size <= 2 ** 16 ? Uint16Array : Uint32Array;
    const codes = this.tensor<Codes>(tensor, type, [count ?? data.length]);
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i] as number;
      if (code >= size) throw this.error(tensor, `code ${code} is out of bounds, 0 to ${size - 1}`);
    }
    return codes;
  }

  /** @param options.unknown whether NaN may stand for "unknown" */
  tensor<T extends TensorData>(
    tensor: string,
    type: abstract new (...args: never[]) => T,
    shape: readonly number[],
    { unknown = false }: { readonly unknown?: boolean } = {},
  ): T {
    const { data, shape: actual } = this.#get(tensor);
    if (!(data instanceof type) || actual.length !== shape.length || actual.some((size, i) => size !== shape[i])) {
      throw this.error(tensor, `${data.constructor.name} [${actual}], expected ${type.name} [${shape}]`);
    }
    if (!(data instanceof Float32Array || data instanceof Float64Array)) return data;
    // By index, here and below: iterators make garbage of every number while the code is cold, and it is cold when it runs.
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      if (!Number.isFinite(value) && !(unknown && Number.isNaN(value))) {
        throw this.error(tensor, "holds a number that is not finite");
      }
    }
    return data;
  }

  /** A tensor of places in a list of `length`. @param options.none whether −1 may stand for "none" */
  indices<T extends Int32Array | Uint32Array>(
    tensor: string,
    type: abstract new (...args: never[]) => T,
    shape: readonly number[],
    length: number,
    { none = false }: { readonly none?: boolean } = {},
  ): T {
    const data = this.tensor(tensor, type, shape);
    const least = none ? -1 : 0;
    for (let i = 0; i < data.length; i++) {
      const index = data[i] as number;
      if (index < least || index >= length) {
        throw this.error(tensor, `index ${index} is out of bounds, ${least} to ${length - 1}`);
      }
    }
    return data;
  }

  /** float32 numbers of at least 0. */
  scales(tensor: string, count: number): Float32Array {
    const scales = this.tensor(tensor, Float32Array, [count]);
    for (let i = 0; i < count; i++) {
      if ((scales[i] as number) < 0) throw this.error(tensor, "holds a number below 0");
    }
    return scales;
  }

  /** A list of numbers of any length. */
  list<T extends TensorData>(tensor: string, type: abstract new (...args: never[]) => T): T {
    return this.tensor(tensor, type, [this.#get(tensor).data.length]);
  }

  error(tensor: string, problem: string, cause?: unknown): SnapshotError {
    return new SnapshotError("snapshot_corrupt", `${this.#name}.${tensor}: ${problem}`, { cause });
  }

  #get(tensor: string): Tensor {
    const found = this.#tensors.get(tensor);
    if (found === undefined) throw new SnapshotError("snapshot_corrupt", `${this.#name}: no tensor ${tensor}`);
    return found;
  }
}
