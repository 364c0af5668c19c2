// Item ids ↔ places in the snapshot, both ways without a JavaScript string or Map entry an item.
import { hash32 } from "../kernels/hash.ts";
import { HashIndex } from "../kernels/hash-index.ts";
import type { PackedStrings } from "../kernels/packed-strings.ts";

export class ItemIds {
  readonly #strings: PackedStrings;
  readonly #hashes: Uint32Array;
  readonly #index: HashIndex;

  /**
   * @param hashes hash32 of each id
   * @throws RangeError naming an id that stands twice
   */
  constructor(strings: PackedStrings, hashes: Uint32Array) {
    this.#strings = strings;
    this.#hashes = hashes;
    this.#index = new HashIndex(hashes);
    for (let i = 0; i < strings.size; i++) {
      // The first one with a hash is itself, but for collisions and repeats.
      if (this.#index.first(hashes[i] as number) !== i && this.indexOf(strings.at(i)) !== i) {
        throw new RangeError(`id ${strings.at(i)} stands twice`);
      }
    }
  }

  get size(): number {
    return this.#strings.size;
  }

  /** @param index 0 … size − 1 */
  at(index: number): string {
    return this.#strings.at(index);
  }

  /** hash32 of the id at a place. */
  hashAt(index: number): number {
    return this.#hashes[index] as number;
  }

  /** Place of an id, −1 for one that is not there. @param hash hash32 of it, where that is known */
  indexOf(id: string, hash = hash32(id)): number {
    let index = this.#index.first(hash);
    while (index >= 0 && !this.#strings.equals(index, id)) index = this.#index.next(index);
    return index;
  }

  /** Place of the id with this hash32, of colliding ones the first; −1 for one that is not there. */
  indexOfHash(hash: number): number {
    return this.#index.first(hash);
  }

  [Symbol.iterator](): Generator<string> {
    return this.#strings[Symbol.iterator]();
  }
}
