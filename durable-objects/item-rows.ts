// The rows of one shard of items: what the items API put, the few fields of it that decisions need, and the statistics as
// bytes. One row written a changed item. Items that only events name are bounded in number, since anyone may name them.
import type { ItemRow } from "../src/catalog/delta.ts";
import type { Item } from "../src/catalog/item.ts";
import { ItemState } from "../src/catalog/item-state.ts";
import { readState, writeState } from "../src/catalog/state-codec.ts";
import { trafficRank } from "../src/catalog/traffic-rank.ts";
import { ByteReader, ByteWriter } from "../src/kernels/bytes.ts";

interface Row extends Record<string, SqlStorageValue> {
  deleted: number;
  available: number;
  price: number | null;
  category: string;
  statistics: ArrayBuffer | null;
}

interface Dropped {
  readonly id: string;
  readonly statistics: ItemState;
}

/** Rows of items that were never put, and not deleted either: a deletion must be remembered. */
const UNLISTED = "item IS NULL AND deleted = 0";

export class ItemRows {
  readonly #sql: SqlStorage;
  /** Unlisted rows; null when they are to be counted. */
  #unlisted: number | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS item_rows (
        id TEXT PRIMARY KEY, item TEXT, deleted INTEGER DEFAULT 0, available INTEGER DEFAULT 1, price REAL,
        category TEXT DEFAULT '', statistics BLOB, traffic INTEGER DEFAULT 0
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS unlisted_by_traffic ON item_rows (traffic) WHERE ${UNLISTED};
    `);
  }

  /** Puts a whole item, deleted before or not; its statistics stay. */
  put(item: Item): void {
    this.#unlisted = null;
    this.#sql.exec(
      `INSERT INTO item_rows (id, item, available, price, category) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET item = excluded.item, deleted = 0, available = excluded.available,
         price = excluded.price, category = excluded.category`,
      item.id,
      JSON.stringify(item),
      item.available === false ? 0 : 1,
      item.price ?? null,
      item.category ?? "",
    );
  }

  markDeleted(id: string): void {
    this.#unlisted = null;
    this.#sql.exec("UPDATE item_rows SET deleted = 1 WHERE id = ?", id);
  }

  /** Whether there is a row that is not deleted: an item that only events named counts. */
  isListed(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM item_rows WHERE id = ? AND deleted = 0", id).toArray().length > 0;
  }

  /** The item as it was put; null when it never was, or is deleted. */
  itemOf(id: string): Item | null {
    const row = this.#sql
      .exec<{ item: string | null }>("SELECT item FROM item_rows WHERE id = ? AND deleted = 0", id)
      .toArray()[0];
    return row?.item ? (JSON.parse(row.item) as Item) : null;
  }

  /** A state of its own, to be folded into; null when there is no row. */
  statisticsOf(id: string): ItemState | null {
    const row = this.#sql
      .exec<{ statistics: ArrayBuffer | null }>("SELECT statistics FROM item_rows WHERE id = ?", id)
      .toArray()[0];
    return row === undefined ? null : decode(row.statistics);
  }

  putStatistics(id: string, state: ItemState): void {
    const writer = new ByteWriter(160);
    writeState(writer, state);
    this.#sql.exec(
      `INSERT INTO item_rows (id, statistics, traffic) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET statistics = excluded.statistics, traffic = excluded.traffic`,
      id,
      writer.finish().buffer,
      trafficRank(state),
    );
  }

  /**
   * Makes rows of items that had none, and keeps at most `limit` unlisted ones: those with the most recent traffic, of equals
   * those that were there before, so that a flood of made-up ids that finds no room costs no row and changes no item.
   * @returns the rows that went, and the ids that got none
   */
  addUnlisted(added: ReadonlyMap<string, ItemState>, limit: number): { dropped: Dropped[]; refused: string[] } {
    this.#unlisted ??= this.#sql
      .exec<{ rows: number }>(`SELECT count(*) AS rows FROM item_rows WHERE ${UNLISTED}`)
      .one().rows;
    const overflow = Math.max(0, this.#unlisted + added.size - limit);
    const lightest = this.#sql
      .exec<{ id: string; traffic: number; statistics: ArrayBuffer | null }>(
        `SELECT id, traffic, statistics FROM item_rows WHERE ${UNLISTED} ORDER BY traffic, id LIMIT ?`,
        overflow,
      )
      .toArray();
    const ranked = [...added].map(([id, state]) => ({ id, state, rank: trafficRank(state) }));
    ranked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    let [rows, news] = [0, 0];
    while (rows + news < overflow) {
      const row = lightest[rows];
      const next = ranked[news];
      if (row === undefined || (next !== undefined && next.rank <= row.traffic)) news++;
      else rows++;
    }
    const dropped = lightest.slice(0, rows).map(({ id, statistics }) => ({ id, statistics: decode(statistics) }));
    for (const { id } of dropped) this.#sql.exec("DELETE FROM item_rows WHERE id = ?", id);
    for (const { id, state } of ranked.slice(news)) this.putStatistics(id, state);
    this.#unlisted += ranked.length - news - rows;
    return { dropped, refused: ranked.slice(0, news).map(({ id }) => id) };
  }

  /** To be called when a transaction came to nothing. */
  forgetCounts(): void {
    this.#unlisted = null;
  }

  /** What a delta says of an item; null when there is no row. */
  row(id: string): ItemRow | null {
    const row = this.#sql
      .exec<Row>("SELECT deleted, available, price, category, statistics FROM item_rows WHERE id = ?", id)
      .toArray()[0];
    if (row === undefined) return null;
    return {
      id,
      deleted: row.deleted === 1,
      available: row.available === 1,
      price: row.price ?? Number.NaN,
      category: row.category,
      statistics: decode(row.statistics),
    };
  }
}

function decode(bytes: ArrayBuffer | null): ItemState {
  const state = new ItemState();
  if (bytes !== null) readState(new ByteReader(new Uint8Array(bytes)), state);
  return state;
}
