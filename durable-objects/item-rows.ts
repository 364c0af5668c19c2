// The rows of one shard of items: what the items API put, the few fields of it that decisions need, and the statistics as
// bytes. One row written a changed item. Items that only events name are bounded in number, since anyone may name them.
import type { ItemRow } from "../src/catalog/delta.ts";
import type { Item } from "../src/catalog/item.ts";
import { ItemState } from "../src/catalog/item-state.ts";
import { readState, writeState } from "../src/catalog/state-codec.ts";
import { noPairs, Successors } from "../src/catalog/successors.ts";
import { trafficRank } from "../src/catalog/traffic-rank.ts";
import { ByteReader, ByteWriter } from "../src/kernels/bytes.ts";

interface Row extends Record<string, SqlStorageValue> {
  deleted: number;
  available: number;
  price: number | null;
  category: string;
  statistics: ArrayBuffer | null;
  pairs: ArrayBuffer | null;
  since: number | null;
}

/** What an item counted, to be folded into. */
export interface Counted {
  readonly statistics: ItemState;
  /** Null before any pair. */
  pairs: Successors | null;
}

interface Dropped extends Counted {
  readonly id: string;
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

  /** What the item counted, of its own, to be folded into; null when there is no row. */
  countedOf(id: string): Counted | null {
    const row = this.#sql
      .exec<Pick<Row, "statistics" | "pairs">>("SELECT statistics, pairs FROM item_rows WHERE id = ?", id)
      .toArray()[0];
    return row === undefined ? null : { statistics: decode(row.statistics), pairs: decodePairs(row.pairs) };
  }

  /** @param since epoch ms of what named the item first, for one that has no row */
  putCounted(id: string, { statistics, pairs }: Counted, since = 0): void {
    const state = new ByteWriter(160);
    writeState(state, statistics);
    this.#sql.exec(
      `INSERT INTO item_rows (id, statistics, traffic, pairs, since) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET statistics = excluded.statistics, traffic = excluded.traffic, pairs = excluded.pairs`,
      id,
      state.finish().buffer,
      trafficRank(statistics),
      pairs === null ? null : encodePairs(pairs),
      Math.floor(since / MINUTE_MS),
    );
  }

  /** The pairs of up to `limit` items, those after `id` in the order of ids. */
  pairsAfter(id: string, limit: number): { readonly id: string; readonly pairs: Successors }[] {
    return this.#sql
      .exec<{ id: string; pairs: ArrayBuffer }>(
        "SELECT id, pairs FROM item_rows WHERE id > ? AND pairs IS NOT NULL ORDER BY id LIMIT ?",
        id,
        limit,
      )
      .toArray()
      .map(({ id, pairs }) => ({ id, pairs: Successors.read(new ByteReader(new Uint8Array(pairs))) }));
  }

  putPairs(id: string, pairs: Successors): void {
    this.#sql.exec("UPDATE item_rows SET pairs = ? WHERE id = ?", encodePairs(pairs), id);
  }

  /**
   * Makes rows of items that had none, and keeps at most `limit` unlisted ones: those with the most recent traffic, of equals
   * those that were there before, so that a flood of made-up ids that finds no room costs no row and changes no item.
   * @param added what they counted, and epoch ms of what named them first
   * @returns the rows that went, and the ids that got none
   */
  addUnlisted(
    added: ReadonlyMap<string, { readonly counted: Counted; readonly since: number }>,
    limit: number,
  ): { dropped: Dropped[]; refused: string[] } {
    this.#unlisted ??= this.#sql
      .exec<{ rows: number }>(`SELECT count(*) AS rows FROM item_rows WHERE ${UNLISTED}`)
      .one().rows;
    const overflow = Math.max(0, this.#unlisted + added.size - limit);
    const lightest = this.#sql
      .exec<{ id: string; traffic: number; statistics: ArrayBuffer | null; pairs: ArrayBuffer | null }>(
        `SELECT id, traffic, statistics, pairs FROM item_rows WHERE ${UNLISTED} ORDER BY traffic, id LIMIT ?`,
        overflow,
      )
      .toArray();
    const ranked = [...added].map(([id, { counted, since }]) => {
      return { id, counted, since, rank: trafficRank(counted.statistics) };
    });
    ranked.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
    let [rows, news] = [0, 0];
    while (rows + news < overflow) {
      const row = lightest[rows];
      const next = ranked[news];
      if (row === undefined || (next !== undefined && next.rank <= row.traffic)) news++;
      else rows++;
    }
    const dropped = lightest.slice(0, rows).map(({ id, statistics, pairs }) => {
      return { id, statistics: decode(statistics), pairs: decodePairs(pairs) };
    });
    for (const { id } of dropped) this.#sql.exec("DELETE FROM item_rows WHERE id = ?", id);
    for (const { id, counted, since } of ranked.slice(news)) this.putCounted(id, counted, since);
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
      .exec<Row>("SELECT deleted, available, price, category, statistics, pairs, since FROM item_rows WHERE id = ?", id)
      .toArray()[0];
    if (row === undefined) return null;
    const pairs = noPairs();
    decodePairs(row.pairs)?.serve(pairs);
    return {
      id,
      deleted: row.deleted === 1,
      available: row.available === 1,
      price: row.price ?? Number.NaN,
      category: row.category,
      since: row.since ?? 0,
      statistics: decode(row.statistics),
      pairs,
    };
  }
}

/** Adds a column to a table of the version before, which has it not; what the table holds stays as it is. */
export function addColumn(sql: SqlStorage, table: string, name: string, type: "BLOB" | "INTEGER" | "TEXT"): void {
  const known = sql.exec("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, name).toArray();
  if (known.length === 0) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`);
}

function encodePairs(pairs: Successors): ArrayBuffer {
  const writer = new ByteWriter(512);
  pairs.write(writer);
  return writer.finish().buffer;
}

function decodePairs(bytes: ArrayBuffer | null): Successors | null {
  return bytes === null ? null : Successors.read(new ByteReader(new Uint8Array(bytes)));
}

function decode(bytes: ArrayBuffer | null): ItemState {
  const state = new ItemState();
  if (bytes !== null) readState(new ByteReader(new Uint8Array(bytes)), state);
  return state;
}
