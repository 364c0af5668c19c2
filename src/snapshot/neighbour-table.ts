// Item-to-item neighbours, packed: an item index and a weight in one word of three bytes, with one scale an item. What bits the
// index leaves are the weight's: 8 for up to 65,535 items, 6 for up to 262,143. Larger catalogues take words of four bytes.

/** The index that 24 bits cannot tell from "none". */
export const MOST_ITEMS = 2 ** 24 - 1;
const FEWEST_WEIGHT_BITS = 6;
const MOST_WEIGHT_BITS = 8;

/** Where the bits of a word go. */
interface Word {
  readonly bytes: 3 | 4;
  readonly indexBits: number;
}

/** For a catalogue of `items`, which is at most MOST_ITEMS. */
function wordOf(items: number): Word {
  // All ones say "none", so an index never is.
  const needed = Math.max(1, 32 - Math.clz32(items));
  if (needed > 24 - FEWEST_WEIGHT_BITS) return { bytes: 4, indexBits: 24 };
  return { bytes: 3, indexBits: Math.max(needed, 24 - MOST_WEIGHT_BITS) };
}

/** Bytes of an entry of a table for a catalogue of `items`. */
export function entryBytes(items: number): number {
  return wordOf(items).bytes;
}

export class NeighbourTable {
  /** Neighbours an item. */
  readonly k: number;
  /** items × k words, little-endian: the item index in the low bits, all ones where there are no more, above it the code. */
  readonly entries: Uint8Array;
  /** One an item: its best neighbour's weight over the number of codes, so that the best weight, its half and its quarter are exact. */
  readonly scales: Float32Array;
  readonly #bytes: number;
  readonly #indexBits: number;
  /** The low bits all ones. */
  readonly #none: number;

  /** @param entries items × k × entryBytes(items); weight = (code + 1) × scale of the item */
  constructor(k: number, entries: Uint8Array, scales: Float32Array) {
    const { bytes, indexBits } = wordOf(scales.length);
    this.k = k;
    this.entries = entries;
    this.scales = scales;
    this.#bytes = bytes;
    this.#indexBits = indexBits;
    this.#none = 2 ** indexBits - 1;
  }

  /**
   * @param items of the catalogue
   * @param ids items × k, −1 where there are no more
   * @param weights items × k, above 0 and falling
   * @throws RangeError when there are more than MOST_ITEMS items, or at an index of none of them
   */
  static of(items: number, k: number, ids: Int32Array, weights: Float32Array): NeighbourTable {
    if (items > MOST_ITEMS) throw new RangeError(`${items} items are more than ${MOST_ITEMS}`);
    const { bytes, indexBits } = wordOf(items);
    const codes = 2 ** Math.min(MOST_WEIGHT_BITS, bytes * 8 - indexBits);
    const entries = new Uint8Array(items * k * bytes).fill(0xff);
    const scales = new Float32Array(items);
    for (let item = 0; item < items; item++) {
      let largest = 0;
      for (let at = item * k; at < item * k + k; at++) {
        if ((ids[at] as number) >= 0) largest = Math.max(largest, weights[at] as number);
      }
      const scale = largest / codes;
      scales[item] = scale;
      for (let at = item * k; at < item * k + k; at++) {
        const id = ids[at] as number;
        if (id < 0) continue;
        if (id >= items) throw new RangeError(`item index ${id} is above ${items - 1}`);
        const steps = scale > 0 ? Math.round((weights[at] as number) / scale) : 1;
        const word = id | ((Math.max(1, Math.min(codes, steps)) - 1) << indexBits);
        for (let byte = 0; byte < bytes; byte++) entries[at * bytes + byte] = (word >>> (8 * byte)) & 0xff;
      }
    }
    return new NeighbourTable(k, entries, scales);
  }

  /** The item's neighbour of a rank from 0, best first; −1 where there are no more. */
  idAt(item: number, rank: number): number {
    const index = this.#wordAt(item, rank) & this.#none;
    return index === this.#none ? -1 : index;
  }

  /** How close that neighbour is, in (0, 1]. */
  weightAt(item: number, rank: number): number {
    return ((this.#wordAt(item, rank) >>> this.#indexBits) + 1) * (this.scales[item] as number);
  }

  #wordAt(item: number, rank: number): number {
    const { entries } = this;
    const at = (item * this.k + rank) * this.#bytes;
    const low = (entries[at] as number) | ((entries[at + 1] as number) << 8) | ((entries[at + 2] as number) << 16);
    return this.#bytes === 3 ? low : low | ((entries[at + 3] as number) << 24);
  }
}
