// One number for each item that can be recommended: the index of an item that the snapshot knows, else n + its slot in the
// live table, n being the snapshot's number of items. So sources and rules work on integers, and an item that came after
// the training is a candidate like any other. Both tables are joined once, and the join follows what changes.
import type { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const joins = new WeakMap<Snapshot, WeakMap<ItemTable, ItemCodes>>();

/** The codes of these items, brought up to date with the table. Good until the table changes. */
export function codesOf(snapshot: Snapshot, items: ItemTable): ItemCodes {
  const known = joins.get(snapshot) ?? new WeakMap<ItemTable, ItemCodes>();
  joins.set(snapshot, known);
  const codes = known.get(items) ?? new ItemCodes(snapshot, items);
  known.set(items, codes);
  codes.refresh();
  return codes;
}

export class ItemCodes {
  readonly #snapshot: Snapshot;
  readonly #items: ItemTable;
  /** Items of the snapshot: codes below are indices. */
  readonly known: number;
  /** Index → slot, −1 for an item without live data. */
  readonly #slots: Int32Array;
  /** Slot → index, −1 for an item that the snapshot does not know. */
  #indices = new Int32Array(16);
  /** Slot → the id that it was joined by. */
  readonly #joined: string[] = [];
  #moves = 0;
  #unknown: Int32Array | null = null;

  constructor(snapshot: Snapshot, items: ItemTable) {
    this.#snapshot = snapshot;
    this.#items = items;
    this.known = snapshot.ids.size;
    this.#slots = new Int32Array(this.known).fill(-1);
  }

  /** Codes are below it. */
  get size(): number {
    return this.known + this.#joined.length;
  }

  /** The snapshot's index, −1 when it does not know the item. */
  indexOf(code: number): number {
    return code < this.known ? code : -1;
  }

  /** The live slot, −1 without live data. */
  slotOf(code: number): number {
    return code < this.known ? (this.#slots[code] as number) : code - this.known;
  }

  idOf(code: number): string {
    return code < this.known ? this.#snapshot.ids.at(code) : (this.#items.ids[code - this.known] as string);
  }

  /** hash32 of the id. */
  hashOf(code: number): number {
    return code < this.known ? this.#snapshot.ids.hashAt(code) : hash32(this.#items.ids[code - this.known] as string);
  }

  /** −1 for an item that nobody knows. */
  codeOf(id: string): number {
    const index = this.#snapshot.ids.indexOf(id);
    if (index >= 0) return index;
    const slot = this.#items.slotOf(id);
    return slot < 0 ? -1 : this.known + slot;
  }

  codeOfSlot(slot: number): number {
    const index = this.#indices[slot] as number;
    return index < 0 ? this.known + slot : index;
  }

  /**
   * Slots of the items that the snapshot does not know, by hash32 of their ids: the same items in the same order in every
   * isolate, whatever way its table took to its epoch.
   */
  get unknownSlots(): Int32Array {
    this.#unknown ??= inOrderOfHash(slotsOf(this.#indices.subarray(0, this.#joined.length)), this.#items.ids);
    return this.#unknown;
  }

  /** Joins what has come or moved since the last time. */
  refresh(): void {
    const { ids, moves, size } = this.#items;
    const moved = moves !== this.#moves;
    if (!moved && size === this.#joined.length) return;
    this.#moves = moves;
    this.#unknown = null;
    if (size > this.#indices.length) {
      const grown = new Int32Array(Math.max(size, this.#indices.length * 2));
      grown.set(this.#indices);
      this.#indices = grown;
    }
    const joined = this.#joined;
    if (moved) this.#forgetMoved(ids);
    // An id is one string as long as it is in the table: comparing is mostly comparing pointers.
    for (let slot = moved ? 0 : joined.length; slot < size; slot++) {
      if (slot < joined.length && joined[slot] === ids[slot]) continue;
      const id = ids[slot] as string;
      const index = this.#snapshot.ids.indexOf(id);
      joined[slot] = id;
      this.#indices[slot] = index;
      if (index >= 0) this.#slots[index] = slot;
    }
  }

  #forgetMoved(ids: readonly string[]): void {
    const joined = this.#joined;
    for (let slot = 0; slot < joined.length; slot++) {
      if (joined[slot] === ids[slot]) continue;
      const index = this.#indices[slot] as number;
      if (index >= 0) this.#slots[index] = -1;
    }
    joined.length = Math.min(joined.length, ids.length);
  }
}

function inOrderOfHash(slots: Int32Array, ids: readonly string[]): Int32Array {
  const hashes = Float64Array.from(slots, (slot) => hash32(ids[slot] as string));
  const order = Array.from(slots, (_, at) => at).sort((a, b) => (hashes[a] as number) - (hashes[b] as number));
  return Int32Array.from(order, (at) => slots[at] as number);
}

function slotsOf(indices: Int32Array): Int32Array {
  let count = 0;
  for (let slot = 0; slot < indices.length; slot++) if ((indices[slot] as number) < 0) count++;
  const slots = new Int32Array(count);
  for (let slot = 0, at = 0; slot < indices.length; slot++) if ((indices[slot] as number) < 0) slots[at++] = slot;
  return slots;
}
