// The compact copy of live item data that an isolate, the trainer or an evaluation holds: parallel typed arrays, a slot
// an item, kept current by deltas. It stands for one numbered epoch: the same epoch gives the same numbers anywhere.
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { OUTCOMES, type OutcomeCounts } from "./outcomes.ts";

/** One item as an epoch has it: absolute values, not increments. */
export interface ItemRow {
  readonly id: string;
  readonly deleted: boolean;
  readonly available: boolean;
  /** NaN when unknown. */
  readonly price: number;
  readonly category: string;
  readonly impressions: number;
  readonly clicks: number;
  readonly carts: number;
  readonly purchases: number;
}

const MAGIC = 0x4e57; // "NW"
const VERSION = 1;
const DELETED = 1;
const AVAILABLE = 2;
const PRICED = 4;

/** Rows that changed up to `epoch`, as bytes. Layout: magic u16, version u8, epoch and count varint, then the rows. */
export function encodeDelta(epoch: number, rows: readonly ItemRow[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 + rows.length * 32).u16(MAGIC).u8(VERSION).varint(epoch).varint(rows.length);
  for (const row of rows) {
    const priced = Number.isFinite(row.price);
    writer.u8((row.deleted ? DELETED : 0) | (row.available ? AVAILABLE : 0) | (priced ? PRICED : 0)).text(row.id);
    if (priced) writer.f64(row.price);
    writer.text(row.category);
    for (const outcome of OUTCOMES) writer.varint(row[outcome]);
  }
  return writer.finish();
}

export class ItemTable {
  /** The epoch that the numbers are of; 0 before any. */
  epoch = 0;
  readonly ids: string[] = [];
  readonly categories: string[] = [];
  /** 1 when the item may be shown: known, not deleted, available. */
  available = new Uint8Array(16);
  deleted = new Uint8Array(16);
  price = new Float64Array(16);
  impressions = new Uint32Array(16);
  clicks = new Uint32Array(16);
  carts = new Uint32Array(16);
  purchases = new Uint32Array(16);
  readonly #slots = new Map<string, number>();
  /** Sums over the catalogue, kept up to date: whole numbers, so their order does not matter. */
  #impressions = 0;
  #clicks = 0;

  /** Clicks over impressions of the whole catalogue, in (0, 1]; one in twenty before anything was shown. */
  get meanClickRate(): number {
    if (this.#impressions <= 0) return 0.05;
    return Math.min(1, (this.#clicks + 1) / (this.#impressions + 20));
  }

  get size(): number {
    return this.ids.length;
  }

  /** The item's slot, or −1. */
  slotOf(id: string): number {
    return this.#slots.get(id) ?? -1;
  }

  /**
   * Applies a delta and moves on to its epoch.
   * @throws RangeError when the bytes are not a delta; the table may then hold part of it and must be thrown away
   */
  apply(delta: Uint8Array): void {
    const reader = new ByteReader(delta);
    if (reader.u16() !== MAGIC || reader.u8() !== VERSION) throw new RangeError("not an item delta of version 1");
    const epoch = reader.varint();
    for (let left = reader.varint(); left > 0; left--) {
      const flags = reader.u8();
      const slot = this.#ensure(reader.text());
      this.deleted[slot] = flags & DELETED ? 1 : 0;
      this.available[slot] = flags & AVAILABLE && !(flags & DELETED) ? 1 : 0;
      this.price[slot] = flags & PRICED ? reader.f64() : Number.NaN;
      this.categories[slot] = reader.text();
      this.#impressions -= this.impressions[slot] as number;
      this.#clicks -= this.clicks[slot] as number;
      for (const outcome of OUTCOMES) this[outcome][slot] = reader.varint();
      this.#impressions += this.impressions[slot] as number;
      this.#clicks += this.clicks[slot] as number;
    }
    this.epoch = epoch;
  }

  /** Adds counts to items, known or not: the offline way to the same numbers. */
  add(totals: ReadonlyMap<string, OutcomeCounts>): void {
    for (const [id, counts] of totals) {
      const slot = this.#ensure(id);
      for (const outcome of OUTCOMES) {
        const column = this[outcome];
        column[slot] = (column[slot] as number) + (counts[outcome] ?? 0);
      }
      this.#impressions += counts.impressions ?? 0;
      this.#clicks += counts.clicks ?? 0;
    }
  }

  /** Puts an item that is only known from a catalogue, with its counts as they are. */
  put(id: string, category: string, price: number, available: boolean): void {
    const slot = this.#ensure(id);
    this.categories[slot] = category;
    this.price[slot] = price;
    this.available[slot] = available ? 1 : 0;
  }

  #ensure(id: string): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.ids.length;
    if (slot === this.available.length) this.#grow(slot * 2);
    this.ids.push(id);
    this.categories.push("");
    // An item that nobody put in the catalogue counts as available: sites may run without the items API.
    this.available[slot] = 1;
    this.price[slot] = Number.NaN;
    this.#slots.set(id, slot);
    return slot;
  }

  #grow(capacity: number): void {
    const grow = <T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.available = grow(this.available, new Uint8Array(capacity));
    this.deleted = grow(this.deleted, new Uint8Array(capacity));
    this.price = grow(this.price, new Float64Array(capacity));
    this.impressions = grow(this.impressions, new Uint32Array(capacity));
    this.clicks = grow(this.clicks, new Uint32Array(capacity));
    this.carts = grow(this.carts, new Uint32Array(capacity));
    this.purchases = grow(this.purchases, new Uint32Array(capacity));
  }
}
