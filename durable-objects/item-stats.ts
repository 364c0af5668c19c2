// Items of a site and their live statistics, as numbered immutable epochs: every change makes the next epoch, isolates
// fetch the rows that changed since theirs, and each epoch's delta is kept in R2 for anyone who rebuilds a decision.
import { DurableObject } from "cloudflare:workers";
import { lake } from "../nowcast.config.ts";
import { encodeDelta, encodePart, type ItemRow } from "../src/catalog/delta.ts";
import type { Item, ItemPatch } from "../src/catalog/item.ts";
import { ItemState } from "../src/catalog/item-state.ts";
import type { OutcomeCounts } from "../src/catalog/item-table.ts";
import { OUTCOMES } from "../src/catalog/outcomes.ts";
import { epochKey } from "../src/lake/keys.ts";
import { logName } from "../src/lake/log-name.ts";
import { Deadline } from "./deadline.ts";
import { Outbox, outboxPorts } from "./outbox.ts";

/** Counts from one segment of one log; applied once, however often it is sent. */
export interface StatsBatch {
  readonly site: string;
  readonly log: string;
  /** Number of the segment's last chunk: rises with every segment of a log. */
  readonly segment: number;
  readonly counts: readonly (readonly [itemId: string, counts: OutcomeCounts])[];
}

/** Items that one delta may hold, at some 100 bytes each. */
const ITEMS_AN_EPOCH = 10_000;

interface StateRow extends Record<string, SqlStorageValue> {
  site: string;
  incarnation: string;
  log: string;
  epoch: number;
  seq: number;
  outbox: string;
}

interface Row extends Record<string, SqlStorageValue> {
  id: string;
  item: string | null;
  deleted: number;
  impressions: number;
  clicks: number;
  carts: number;
  purchases: number;
}

export class ItemStats extends DurableObject<ObjectsEnv> {
  readonly #sql: SqlStorage;
  #outbox: Outbox | null = null;
  #epoch = 0;
  #seq = 0;
  #incarnation = "";
  #site = "";
  #log = "";
  readonly #deadline = new Deadline(this.ctx.storage);

  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS items (
        id TEXT PRIMARY KEY, item TEXT, deleted INTEGER DEFAULT 0, epoch INTEGER,
        impressions INTEGER DEFAULT 0, clicks INTEGER DEFAULT 0, carts INTEGER DEFAULT 0, purchases INTEGER DEFAULT 0
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS items_by_epoch ON items (epoch);
      CREATE TABLE IF NOT EXISTS cursors (log TEXT PRIMARY KEY, segment INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS unpublished (epoch INTEGER PRIMARY KEY, delta BLOB);
      CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), site TEXT, incarnation TEXT, log TEXT, epoch INTEGER, seq INTEGER, outbox TEXT);
    `);
    this.#restore();
  }

  /** Memory as the state row has it. */
  #restore(): void {
    const state = this.#sql.exec<StateRow>("SELECT * FROM state").toArray()[0];
    this.#site = state?.site ?? "";
    this.#incarnation = state?.incarnation ?? crypto.randomUUID().slice(0, 8);
    this.#epoch = state?.epoch ?? 0;
    this.#seq = state?.seq ?? 0;
    this.#log = state?.log ?? "";
    this.#outbox = state === undefined ? null : this.#createOutbox(state.outbox);
  }

  /** Puts whole items. Returns the epoch from which they count. */
  putItems(site: string, items: readonly Item[]): number {
    return this.#transaction(() => this.#change(site, () => items.map((item) => this.#write(item))));
  }

  /** Changes fields of an item. Null when there is no such item. */
  patchItem(site: string, id: string, patch: ItemPatch): number | null {
    const row = this.#read(id);
    if (row === undefined || row.deleted === 1 || row.item === null) return null;
    return this.putItems(site, [{ ...(JSON.parse(row.item) as Item), ...patch, id }]);
  }

  /** Takes an item out of decisions; its counts stay. Null when there is no such item. */
  deleteItem(site: string, id: string): number | null {
    const row = this.#read(id);
    if (row === undefined || row.deleted === 1) return null;
    return this.#transaction(() =>
      this.#change(site, () => {
        this.#sql.exec("UPDATE items SET deleted = 1, epoch = ? WHERE id = ?", this.#epoch, id);
        this.#record({ id, deleted: true });
        return [id];
      }),
    );
  }

  /** Adds the counts of a segment, once. Returns the epoch that has them. */
  applyCounts(batch: StatsBatch): number {
    const done = this.#sql
      .exec<{ segment: number }>("SELECT segment FROM cursors WHERE log = ?", batch.log)
      .toArray()[0];
    if (done !== undefined && done.segment >= batch.segment) return this.#epoch;
    return this.#transaction(() => {
      this.#sql.exec("INSERT OR REPLACE INTO cursors (log, segment) VALUES (?, ?)", batch.log, batch.segment);
      // An epoch's delta is one row of SQLite, of 2 MB at most.
      for (let from = 0; from < batch.counts.length; from += ITEMS_AN_EPOCH) {
        this.#addCounts(batch.site, batch.counts.slice(from, from + ITEMS_AN_EPOCH));
      }
      return this.#epoch;
    });
  }

  #addCounts(site: string, counts: StatsBatch["counts"]): void {
    this.#change(site, () =>
      counts.map(([id, counts]) => {
        const [impressions = 0, clicks = 0, carts = 0, purchases = 0] = OUTCOMES.map((outcome) => counts[outcome]);
        this.#sql.exec(
          `INSERT INTO items (id, epoch, impressions, clicks, carts, purchases) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, impressions = impressions + excluded.impressions,
             clicks = clicks + excluded.clicks, carts = carts + excluded.carts, purchases = purchases + excluded.purchases`,
          id,
          this.#epoch,
          impressions,
          clicks,
          carts,
          purchases,
        );
        return id;
      }),
    );
  }

  currentEpoch(): number {
    return this.#epoch;
  }

  /** The rows that changed after `epoch`, as a delta up to the present one; null when there are none. */
  changesSince(epoch: number): Uint8Array | null {
    if (epoch >= this.#epoch) return null;
    const rows = this.#sql.exec<Row>("SELECT * FROM items WHERE epoch > ? ORDER BY id", epoch).toArray();
    return encodeDelta(epoch, this.#epoch, [partOf(rows)]);
  }

  override async alarm(): Promise<void> {
    this.#deadline.rang();
    try {
      const published = this.#sql
        .exec<{ epoch: number; delta: ArrayBuffer }>("SELECT epoch, delta FROM unpublished ORDER BY epoch")
        .toArray();
      for (const { epoch, delta } of published) {
        await this.env.LAKE.put(epochKey(this.#site, epoch), delta);
        this.#sql.exec("DELETE FROM unpublished WHERE epoch = ?", epoch);
      }
      const source = `${this.#site}:items#${this.#incarnation}`;
      const address = { table: "items", site: this.#site, source, log: this.#log } as const;
      const outbox = this.#outbox;
      const next = await outbox?.advance(address, Date.now(), () => {
        // An outbox that was dropped meanwhile has a newer one behind it.
        if (this.#outbox === outbox) this.#save();
      });
      if (next !== null && next !== undefined) this.#deadline.by(next);
    } catch (error) {
      console.error({ message: "epochs or items could not be handed on", site: this.#site, error: String(error) });
      this.#deadline.by(Date.now() + lake.retryDelayMs);
    }
  }

  /** All of `work` or nothing, in storage and in memory. */
  #transaction<T>(work: () => T): T {
    try {
      return this.ctx.storage.transactionSync(work);
    } catch (error) {
      this.#restore();
      this.#deadline.rang();
      throw error;
    }
  }

  /** One epoch: raises the number, lets `write` change rows, and keeps the delta until R2 has it. Within a transaction. */
  #change(site: string, write: () => string[]): number {
    this.#site = site;
    if (this.#log === "") this.#log = logName(`${site}:items`, lake.shards);
    this.#outbox ??= this.#createOutbox("");
    this.#epoch += 1;
    const rows = [...new Set(write())].map((id) => this.#read(id)).filter((row) => row !== undefined);
    const delta = encodeDelta(this.#epoch - 1, this.#epoch, [partOf(rows)]);
    this.#sql.exec("INSERT INTO unpublished (epoch, delta) VALUES (?, ?)", this.#epoch, delta.buffer);
    this.#outbox.sealIfLarge();
    this.#save();
    this.#deadline.by(Date.now() + lake.drainDelayMs);
    return this.#epoch;
  }

  #write(item: Item): string {
    this.#sql.exec(
      `INSERT INTO items (id, item, epoch) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET item = excluded.item, deleted = 0, epoch = excluded.epoch`,
      item.id,
      JSON.stringify(item),
      this.#epoch,
    );
    this.#record(item);
    return item.id;
  }

  /** Every change of an item is a row of the lake, so that training sees the catalogue as it was. */
  #record(item: { id: string; deleted?: boolean }): void {
    this.#seq += 1;
    this.#outbox?.append(JSON.stringify({ ...item, seq: this.#seq, receivedAt: Date.now() }));
  }

  #read(id: string): Row | undefined {
    return this.#sql.exec<Row>("SELECT * FROM items WHERE id = ?", id).toArray()[0];
  }

  #createOutbox(inline: string): Outbox {
    return new Outbox(outboxPorts(this.#sql, this.env), inline, this.#seq + 1);
  }

  #save(): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO state (id, site, incarnation, log, epoch, seq, outbox) VALUES (1, ?, ?, ?, ?, ?, ?)",
      this.#site,
      this.#incarnation,
      this.#log,
      this.#epoch,
      this.#seq,
      this.#outbox?.encodeInline() ?? "",
    );
  }
}

function partOf(rows: readonly Row[]): Uint8Array {
  return encodePart({ shard: 0, sinceHour: null, clicksAt: [], rows: rows.map(toItemRow) });
}

function toItemRow(row: Row): ItemRow {
  const item = row.item === null ? null : (JSON.parse(row.item) as Item);
  return {
    id: row.id,
    deleted: row.deleted === 1,
    available: item?.available ?? true,
    price: item?.price ?? Number.NaN,
    category: item?.category ?? "",
    statistics: Object.assign(new ItemState(), {
      impressions: row.impressions,
      clicks: row.clicks,
      carts: row.carts,
      purchases: row.purchases,
    }),
  };
}
