// The pairs of the items of one shard. What follows an item changes when others are visited, so that a row written for each item
// that changed would be several rows an event. What changed therefore waits in one row for all, with what came since the items'
// own rows were written, and goes to those when it is many, or when the item's row is written anyway.
import type { ItemPair } from "../src/catalog/pairs.ts";
import { Successors } from "../src/catalog/successors.ts";
import { ByteReader, ByteWriter } from "../src/kernels/bytes.ts";

/** What may wait: at ten bytes a pair some six thousand pairs. It is written with every batch. */
const WAITING_BYTES = 64 * 1024;
const PAIR_BYTES = 10;

interface Waiting {
  /** With all pairs counted. */
  readonly counted: Successors;
  /** Since the item's own row was written. */
  readonly pairs: Pick<ItemPair, "next" | "weight" | "at">[];
}

export class PairRows {
  readonly #sql: SqlStorage;
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  /** What waits is not what is stored. */
  #changed = false;

  /** @param sql has the table `item_rows` */
  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS waiting_pairs (id INTEGER PRIMARY KEY CHECK (id = 1), pairs BLOB)");
    this.restore();
  }

  /** Memory as storage has it: to be called when a transaction came to nothing. */
  restore(): void {
    this.#waiting.clear();
    this.#bytes = 0;
    this.#changed = false;
    const [row] = this.#sql.exec<{ pairs: ArrayBuffer }>("SELECT pairs FROM waiting_pairs").toArray();
    if (row === undefined) return;
    const reader = new ByteReader(new Uint8Array(row.pairs));
    for (let items = reader.varint(); items > 0; items--) {
      const id = reader.text();
      const served = reader.u8();
      for (let left = reader.varint(); left > 0; left--) {
        this.add({ itemId: id, next: reader.u32(), weight: reader.varint(), at: reader.varint() });
      }
      (this.of(id) as Successors).served = served;
    }
    this.#changed = false;
  }

  /** What is counted of an item, to be changed only by those who save it; null before any pair. */
  of(id: string): Successors | null {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) return waiting.counted;
    const [row] = this.#sql
      .exec<{ pairs: ArrayBuffer | null }>("SELECT pairs FROM item_rows WHERE id = ?", id)
      .toArray();
    return row === undefined || row.pairs === null ? null : decode(row.pairs);
  }

  /** Counts a pair; it is kept by the next {@link save}. @returns what the item has now */
  add({ itemId, next, weight, at }: ItemPair): Successors {
    let waiting = this.#waiting.get(itemId);
    if (waiting === undefined) {
      // What may be seen of an item's first pairs has yet to be granted.
      const counted = this.of(itemId) ?? Object.assign(new Successors(), { served: 0 });
      waiting = { counted, pairs: [] };
      this.#waiting.set(itemId, waiting);
      this.#bytes += itemId.length + 4;
    }
    waiting.counted.add({ next, weight, at });
    waiting.pairs.push({ next, weight, at });
    this.#changed = true;
    this.#bytes += PAIR_BYTES;
    return waiting.counted;
  }

  /** What waits of an item, for its row that is written anyway; null when nothing does. */
  take(id: string): ArrayBuffer | null {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return null;
    this.forget(id);
    return encode(waiting.counted);
  }

  /** Nothing waits of an item any more. */
  forget(id: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    this.#changed = true;
    this.#bytes -= id.length + 4 + waiting.pairs.length * PAIR_BYTES;
  }

  /** Up to `limit` items with pairs, those after `id` in the order of ids, all of them in their own rows. */
  after(id: string, limit: number): { readonly id: string; readonly pairs: Successors }[] {
    this.#settle();
    return this.#sql
      .exec<{ id: string; pairs: ArrayBuffer }>(
        "SELECT id, pairs FROM item_rows WHERE id > ? AND pairs IS NOT NULL ORDER BY id LIMIT ?",
        id,
        limit,
      )
      .toArray()
      .map((row) => ({ id: row.id, pairs: decode(row.pairs) }));
  }

  put(id: string, pairs: Successors): void {
    this.#sql.exec("UPDATE item_rows SET pairs = ? WHERE id = ?", encode(pairs), id);
  }

  /** Keeps what was added, taken and forgotten: one row, or one an item when too much waits. */
  save(): void {
    if (!this.#changed) return;
    if (this.#bytes > WAITING_BYTES) this.#settle();
    else this.#write();
  }

  #settle(): void {
    if (this.#waiting.size === 0) return;
    for (const [id, { counted }] of this.#waiting) this.put(id, counted);
    this.#waiting.clear();
    this.#bytes = 0;
    this.#write();
  }

  #write(): void {
    const writer = new ByteWriter(this.#bytes + 64).varint(this.#waiting.size);
    for (const [id, { counted, pairs }] of this.#waiting) {
      writer.text(id).u8(counted.served).varint(pairs.length);
      for (const { next, weight, at } of pairs) writer.u32(next).varint(weight).varint(at);
    }
    this.#changed = false;
    this.#sql.exec("INSERT OR REPLACE INTO waiting_pairs (id, pairs) VALUES (1, ?)", writer.finish().buffer);
  }
}

function encode(pairs: Successors): ArrayBuffer {
  const writer = new ByteWriter(512);
  pairs.write(writer);
  return writer.finish().buffer;
}

function decode(bytes: ArrayBuffer): Successors {
  return Successors.read(new ByteReader(new Uint8Array(bytes)));
}
