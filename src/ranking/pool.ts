// All items that one request may show, of all its placements, as parallel arrays: what the cascade, the features and the
// rules work on. Ids of the snapshot are read for what is answered only: making a string of one costs more than ranking it.
import type { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type Candidate, relevanceOf } from "./candidates.ts";
import type { ItemCodes } from "./item-codes.ts";
import type { RankRequest } from "./request.ts";
import { creditOf, type Found, namesOf } from "./retrieve.ts";

/** How a row came into the pool. */
const ORIGIN = { found: 0, given: 1, pinned: 2 } as const;

export class Pool {
  count = 0;
  /** hash32 of each id. */
  hash = new Uint32Array(256);
  /** In the snapshot, −1 when it does not know the item. */
  index = new Int32Array(256);
  /** In the item table, −1 without live data. */
  slot = new Int32Array(256);
  /** In the caller's order, −1 when a source found it. */
  position = new Int32Array(256);
  /** The caller's. */
  relevance = new Float64Array(256);
  readonly #snapshot: Snapshot;
  /** Row → id, of rows that do not come from the snapshot. */
  readonly #ids = new Map<number, string>();
  #foundBy = new Uint32Array(256);
  #origin = new Uint8Array(256);

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** The items of a rank request with what the caller says of them. */
  addGiven({ items }: RankRequest, table: ItemTable): void {
    this.#reserve(items.length);
    items.forEach(({ id, fields }, position) => {
      const row = this.#addNamed(id, table, ORIGIN.given);
      this.position[row] = position;
      this.relevance[row] = relevanceOf(fields);
    });
  }

  addFound({ codes: found, foundBy, count }: Found, codes: ItemCodes): void {
    this.#reserve(count);
    for (let i = 0; i < count; i++) {
      const code = found[i] as number;
      const index = codes.indexOf(code);
      const row = this.#add(codes.hashOf(code), index, codes.slotOf(code), ORIGIN.found);
      // Slots move while the scorer is waited for.
      if (index < 0) this.#ids.set(row, codes.idOf(code));
      this.position[row] = -1;
      this.relevance[row] = 0;
      this.#foundBy[row] = foundBy[i] as number;
    }
  }

  /** An item that is there because a rule names it, whether a source would find it or not. */
  addPinned(id: string, table: ItemTable): void {
    this.#reserve(1);
    const row = this.#addNamed(id, table, ORIGIN.pinned);
    this.position[row] = -1;
    this.relevance[row] = 0;
  }

  idOf(row: number): string {
    return this.#ids.get(row) ?? this.#snapshot.ids.at(this.index[row] as number);
  }

  /** The source that the item is credited to. */
  sourceOf(row: number): string {
    return this.#named(row) ?? creditOf(this.#foundBy[row] as number);
  }

  /** All sources that found it. */
  sourcesOf(row: number): string[] {
    const name = this.#named(row);
    return name === null ? namesOf(this.#foundBy[row] as number) : [name];
  }

  #named(row: number): string | null {
    if (this.#origin[row] === ORIGIN.given) return "given";
    return this.#origin[row] === ORIGIN.pinned ? "pinned" : null;
  }

  candidateAt(row: number): Candidate {
    const [position, relevance] = [this.position[row] as number, this.relevance[row] as number];
    return { id: this.idOf(row), source: this.sourceOf(row), position, relevance };
  }

  #addNamed(id: string, table: ItemTable, origin: number): number {
    const row = this.#add(hash32(id), this.#snapshot.ids.indexOf(id), table.slotOf(id), origin);
    this.#ids.set(row, id);
    return row;
  }

  #add(hash: number, index: number, slot: number, origin: number): number {
    const row = this.count++;
    this.hash[row] = hash;
    this.index[row] = index;
    this.slot[row] = slot;
    this.#origin[row] = origin;
    return row;
  }

  #reserve(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.index.length) return;
    const capacity = Math.max(wanted, this.index.length * 2);
    const grown = <T extends { set(values: T): void }>(made: T, values: T): T => {
      made.set(values);
      return made;
    };
    this.hash = grown(new Uint32Array(capacity), this.hash);
    this.index = grown(new Int32Array(capacity), this.index);
    this.slot = grown(new Int32Array(capacity), this.slot);
    this.position = grown(new Int32Array(capacity), this.position);
    this.relevance = grown(new Float64Array(capacity), this.relevance);
    this.#foundBy = grown(new Uint32Array(capacity), this.#foundBy);
    this.#origin = grown(new Uint8Array(capacity), this.#origin);
  }
}
