// The tensors of one section of a snapshot, read with errors that name the section and the tensor.
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

  /** @param count how many there must be; any number when left out */
  strings(tensor: string, count?: number): string[] {
    return readStrings(this.#get(tensor), `${this.#name}.${tensor}`, count);
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
    for (const value of data) {
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
    for (const index of data) {
      if (index < least || index >= length) {
        throw this.error(tensor, `index ${index} is out of bounds, ${least} to ${length - 1}`);
      }
    }
    return data;
  }

  /** A list of numbers of any length. */
  list<T extends TensorData>(tensor: string, type: abstract new (...args: never[]) => T): T {
    return this.tensor(tensor, type, [this.#get(tensor).data.length]);
  }

  error(tensor: string, problem: string): SnapshotError {
    return new SnapshotError("snapshot_corrupt", `${this.#name}.${tensor}: ${problem}`);
  }

  #get(tensor: string): Tensor {
    const found = this.#tensors.get(tensor);
    if (found === undefined) throw new SnapshotError("snapshot_corrupt", `${this.#name}: no tensor ${tensor}`);
    return found;
  }
}
