// Item-to-item neighbours, packed: three bytes an item index, one byte a weight, with one scale an item.

/** The index that three bytes cannot tell from "none". */
export const MOST_ITEMS = 2 ** 24 - 1;
const NONE = MOST_ITEMS;

export class NeighbourTable {
  /** Neighbours an item. */
  readonly k: number;
  /** items × k × 3: item indices, little-endian; 2^24 − 1 where there are no more. */
  readonly ids: Uint8Array;
  /** items × k: weight = (code + 1) × scale of the item. */
  readonly codes: Uint8Array;
  /** One an item: its best neighbour's weight / 256, so that the best weight, its half and its quarter are exact. */
  readonly scales: Float32Array;

  constructor(k: number, ids: Uint8Array, codes: Uint8Array, scales: Float32Array) {
    this.k = k;
    this.ids = ids;
    this.codes = codes;
    this.scales = scales;
  }

  /**
   * @param ids items × k, −1 where there are no more
   * @param weights items × k, above 0 and falling
   * @throws RangeError at an index that three bytes do not hold
   */
  static of(k: number, ids: Int32Array, weights: Float32Array): NeighbourTable {
    const items = k === 0 ? 0 : ids.length / k;
    const table = new NeighbourTable(
      k,
      new Uint8Array(ids.length * 3),
      new Uint8Array(ids.length),
      new Float32Array(items),
    );
    for (let item = 0; item < items; item++) {
      let largest = 0;
      for (let at = item * k; at < item * k + k; at++) {
        if ((ids[at] as number) >= 0) largest = Math.max(largest, weights[at] as number);
      }
      const scale = largest / 256;
      table.scales[item] = scale;
      for (let at = item * k; at < item * k + k; at++) {
        const id = ids[at] as number;
        if (id >= MOST_ITEMS) throw new RangeError(`item index ${id} is above ${MOST_ITEMS - 1}`);
        const stored = id < 0 ? NONE : id;
        table.ids[at * 3] = stored & 0xff;
        table.ids[at * 3 + 1] = (stored >> 8) & 0xff;
        table.ids[at * 3 + 2] = stored >> 16;
        if (id >= 0 && scale > 0) {
          table.codes[at] = Math.max(0, Math.min(255, Math.round((weights[at] as number) / scale) - 1));
        }
      }
    }
    return table;
  }

  /** The item's neighbour of a rank from 0, best first; −1 where there are no more. */
  idAt(item: number, rank: number): number {
    const { ids } = this;
    const at = (item * this.k + rank) * 3;
    const id = (ids[at] as number) | ((ids[at + 1] as number) << 8) | ((ids[at + 2] as number) << 16);
    return id === NONE ? -1 : id;
  }

  /** How close that neighbour is, in (0, 1]. */
  weightAt(item: number, rank: number): number {
    return ((this.codes[item * this.k + rank] as number) + 1) * (this.scales[item] as number);
  }
}
