// The rows of one shard of items: what the items API put, the few fields of it that decisions need, and the statistics as
// bytes. One row written a changed item. Items that only events name are bounded in number, since anyone may name them.

import type { ItemRow } from "../src/catalog/delta.ts";
import { displayJson } from "../src/catalog/display.ts";
import type { Item } from "../src/catalog/item.ts";
import { ItemState } from "../src/catalog/item-state.ts";
import { readState, writeState } from "../src/catalog/state-codec.ts";
import { trafficRank } from "../src/catalog/traffic-rank.ts";
import { ByteReader, ByteWriter } from "../src/kernels/bytes.ts";

interface Row extends Record<string, SqlStorageValue> {
  listed: number;
  deleted: number;
  available: number;
  price: number | null;
  category: string;
  statistics: ArrayBuffer | null;
  since: number | null;
}

/** An item that has no row yet. */
export interface NewItem {
  readonly statistics: ItemState;
  /** Epoch ms of what named it first. */
  readonly since: number;
}

interface Dropped {
  readonly id: string;
  readonly statistics: ItemState;
}

const MINUTE_MS = 60_000;

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
        category TEXT DEFAULT '', statistics BLOB, traffic INTEGER DEFAULT 0, pairs BLOB, since INTEGER
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS unlisted_by_traffic ON item_rows (traffic) WHERE ${UNLISTED};
    `);
    addColumn(sql, "item_rows", "pairs", "BLOB");
    addColumn(sql, "item_rows", "since", "INTEGER");
  }

  /** Puts a whole item, deleted before or not; its statistics stay. @param now epoch ms */
  put(item: Item, now: number): void {
    this.#unlisted = null;
    this.#sql.exec(
      `INSERT INTO item_rows (id, item, available, price, category, since) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET item = excluded.item, deleted = 0, available = excluded.available,
         price = excluded.price, category = excluded.category`,
      item.id,
      JSON.stringify(item),
      item.available === false ? 0 : 1,
      item.price ?? null,
      item.category ?? "",
      Math.floor(now / MINUTE_MS),
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

  /** What pages show of an item, as JSON; null when it was never put, or is deleted. */
  displayOf(id: string): string | null {
    const item = this.itemOf(id);
    return item === null ? null : displayJson(item);
  }

  /** A state of its own, to be folded into; null when there is no row. */
  statisticsOf(id: string): ItemState | null {
    const row = this.#sql
      .exec<{ statistics: ArrayBuffer | null }>("SELECT statistics FROM item_rows WHERE id = ?", id)
      .toArray()[0];
    return row === undefined ? null : decode(row.statistics);
  }

  /** Whether there is a row, of a deleted item too. */
  has(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM item_rows WHERE id = ?", id).toArray().length > 0;
  }

  /** @param pairs to be written as well; null leaves them; @param since epoch ms of what named it first, for a new row */
  putStatistics(id: string, statistics: ItemState, pairs: ArrayBuffer | null, since = 0): void {
    const writer = new ByteWriter(160);
    writeState(writer, statistics);
    this.#sql.exec(
      `INSERT INTO item_rows (id, statistics, traffic, pairs, since) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET statistics = excluded.statistics, traffic = excluded.traffic,
         pairs = coalesce(excluded.pairs, pairs)`,
      id,
      writer.finish().buffer,
      trafficRank(statistics),
      pairs,
      Math.floor(since / MINUTE_MS),
    );
  }

  /**
   * Makes rows of items that had none, and keeps at most `limit` unlisted ones: those with the most recent traffic, of equals
   * those that were there before, so that a flood of made-up ids that finds no room costs no row and changes no item.
   * @param onGone hears of each that goes, or gets no row, while what is kept of it is still there
   * @returns the rows that went, and the ids that got none
   */
  addUnlisted(
    added: ReadonlyMap<string, NewItem>,
    limit: number,
    onGone: (id: string) => void,
  ): { dropped: Dropped[]; refused: string[] } {
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
    const ranked = [...added].map(([id, item]) => ({ id, ...item, rank: trafficRank(item.statistics) }));
    ranked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    let [rows, news] = [0, 0];
    while (rows + news < overflow) {
      const row = lightest[rows];
      const next = ranked[news];
      if (row === undefined || (next !== undefined && next.rank <= row.traffic)) news++;
      else rows++;
    }
    const dropped = lightest.slice(0, rows).map(({ id, statistics }) => ({ id, statistics: decode(statistics) }));
    const refused = ranked.slice(0, news).map(({ id }) => id);
    for (const id of refused) onGone(id);
    for (const { id } of dropped) {
      onGone(id);
      this.#sql.exec("DELETE FROM item_rows WHERE id = ?", id);
    }
    for (const { id, statistics, since } of ranked.slice(news)) this.putStatistics(id, statistics, null, since);
    this.#unlisted += ranked.length - news - rows;
    return { dropped, refused };
  }

  /** To be called when a transaction came to nothing. */
  forgetCounts(): void {
    this.#unlisted = null;
  }

  /** What a delta says of an item, but for its pairs; null when there is no row. */
  row(id: string): ItemRow | null {
    const row = this.#sql
      .exec<Row>(
        "SELECT item IS NOT NULL AS listed, deleted, available, price, category, statistics, since FROM item_rows WHERE id = ?",
        id,
      )
      .toArray()[0];
    if (row === undefined) return null;
    return {
      id,
      deleted: row.deleted === 1,
      available: row.available === 1,
      price: row.price ?? Number.NaN,
      category: row.category,
      listed: row.listed === 1,
      since: row.since ?? 0,
      statistics: decode(row.statistics),
    };
  }
}

/** Adds a column to a table of the version before, which has it not; what the table holds stays as it is. */
export function addColumn(sql: SqlStorage, table: string, name: string, type: "BLOB" | "INTEGER" | "TEXT"): void {
  const known = sql.exec("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, name).toArray();
  if (known.length === 0) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`);
}

function decode(bytes: ArrayBuffer | null): ItemState {
  const state = new ItemState();
  if (bytes !== null) readState(new ByteReader(new Uint8Array(bytes)), state);
  return state;
}
