// The log in front of the lake: takes rows from the queue exactly once and hands them out in fixed segments. Accepting
// a row and knowing that it was accepted are one transaction, and a segment, once cut, never changes: so a delivery
// repeated, or a write of Parquet repeated, changes nothing. Visitors are spread over several logs by their name.
import { DurableObject } from "cloudflare:workers";
import { lake } from "../nowcast.config.ts";
import { utf8Length } from "../src/kernels/bytes.ts";
import { logName } from "../src/lake/log-name.ts";
import { decodeMessage, encodeMessage, type RowsMessage, type Table } from "../src/lake/message.ts";
import { contiguousFromOne, missing, withRange } from "../src/lake/ranges.ts";

export interface Segment {
  /** Numbers of the first and last chunk: with the log's name they name the files. */
  readonly from: number;
  readonly to: number;
  readonly chunks: readonly { readonly table: Table; readonly site: string; readonly rows: string }[];
}

export interface LogStatus {
  /** Rows taken in, and rows of segments that were written, since the log began. */
  readonly appended: number;
  readonly written: number;
  readonly pendingBytes: number;
}

/** The part of the rows that one segment carries at most: an RPC answer takes 32 MB. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** A row of SQLite holds 2 MB. */
const CHUNK_BYTES = 1024 * 1024;

/** The log that holds the rows of `source`. */
export function logFor(namespace: DurableObjectNamespace<LakeLog>, source: string): DurableObjectStub<LakeLog> {
  return namespace.getByName(logName(source, lake.shards));
}

export class LakeLog extends DurableObject<ObjectsEnv> {
  readonly #sql: SqlStorage;
  readonly #ranges = new Map<string, readonly number[]>();
  #armed = false;

  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, ranges TEXT) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS chunks (n INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT, site TEXT, rows TEXT, count INTEGER, bytes INTEGER);
      CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY CHECK (id = 1), appended INTEGER, written INTEGER, cut_from INTEGER, cut_to INTEGER);
      INSERT OR IGNORE INTO progress VALUES (1, 0, 0, 0, 0);
    `);
  }

  /** Takes what is new of the given messages. Durable when it answers. @param name this log's own name */
  append(name: string, messages: readonly string[]): LogStatus {
    const fresh = new Map<string, { table: Table; site: string; rows: string[]; bytes: number }[]>();
    let appended = 0;
    for (const text of messages) {
      const message = decodeMessage(text);
      if (message.kind !== "rows") continue;
      for (const row of this.#unseen(message)) {
        const key = `${message.table}\n${message.site}`;
        const chunks = fresh.get(key) ?? [];
        if (chunks.length === 0) fresh.set(key, chunks);
        let chunk = chunks.at(-1);
        if (chunk === undefined || chunk.bytes > CHUNK_BYTES - 256 * 1024) {
          chunk = { table: message.table, site: message.site, rows: [], bytes: 0 };
          chunks.push(chunk);
        }
        chunk.rows.push(row);
        chunk.bytes += utf8Length(row) + 1;
        appended++;
      }
    }
    for (const { table, site, rows, bytes } of [...fresh.values()].flat()) {
      this.#sql.exec(
        "INSERT INTO chunks (tbl, site, rows, count, bytes) VALUES (?, ?, ?, ?, ?)",
        table,
        site,
        rows.join("\n"),
        rows.length,
        bytes,
      );
    }
    if (appended > 0) {
      this.#sql.exec("UPDATE progress SET appended = appended + ?", appended);
      this.#arm(name);
    }
    return this.status();
  }

  /** The rows of a message that were never taken; marks them as taken. */
  #unseen({ source, firstSeq, rows }: RowsMessage): string[] {
    if (source === "" || rows.length === 0) return [...rows];
    const ranges = this.#rangesOf(source);
    const lastSeq = firstSeq + rows.length - 1;
    const gaps = missing(ranges, firstSeq, lastSeq);
    if (gaps.length === 0) return [];
    const merged = withRange(ranges, firstSeq, lastSeq);
    this.#ranges.set(source, merged);
    this.#sql.exec("INSERT OR REPLACE INTO sources (source, ranges) VALUES (?, ?)", source, JSON.stringify(merged));
    const unseen: string[] = [];
    for (let i = 0; i < gaps.length; i += 2) {
      unseen.push(...rows.slice((gaps[i] as number) - firstSeq, (gaps[i + 1] as number) - firstSeq + 1));
    }
    return unseen;
  }

  #rangesOf(source: string): readonly number[] {
    const cached = this.#ranges.get(source);
    if (cached !== undefined) return cached;
    const row = this.#sql.exec<{ ranges: string }>("SELECT ranges FROM sources WHERE source = ?", source).toArray()[0];
    const ranges = row === undefined ? [] : (JSON.parse(row.ranges) as number[]);
    // Memory is a cache: when it grows past what an object may hold, it starts again from the table.
    if (this.#ranges.size > 100_000) this.#ranges.clear();
    this.#ranges.set(source, ranges);
    return ranges;
  }

  /** Highest seq of `source` up to which every row is here. */
  confirmed(source: string): number {
    return contiguousFromOne(this.#rangesOf(source));
  }

  /** The segment to write next; the same one until it is committed. Null when there is nothing. */
  take(): Segment | null {
    let { cut_from: from, cut_to: to } = this.#sql
      .exec<{ cut_from: number; cut_to: number }>("SELECT cut_from, cut_to FROM progress")
      .one();
    if (to === 0) {
      let bytes = 0;
      for (const chunk of this.#sql.exec<{ n: number; bytes: number }>("SELECT n, bytes FROM chunks ORDER BY n")) {
        if (bytes > 0 && bytes + chunk.bytes > SEGMENT_BYTES) break;
        if (from === 0 || to === 0) from = chunk.n;
        to = chunk.n;
        bytes += chunk.bytes;
      }
      if (to === 0) return null;
      this.#sql.exec("UPDATE progress SET cut_from = ?, cut_to = ?", from, to);
    }
    const chunks = this.#sql
      .exec<{ table: Table; site: string; rows: string }>(
        'SELECT tbl AS "table", site, rows FROM chunks WHERE n BETWEEN ? AND ? ORDER BY n',
        from,
        to,
      )
      .toArray();
    return { from, to, chunks };
  }

  /** Forgets a segment whose files and counts are in place. Repeating it does nothing. */
  commit(to: number): LogStatus {
    const { cut_to: open } = this.#sql.exec<{ cut_to: number }>("SELECT cut_to FROM progress").one();
    if (open === to) {
      const { rows } = this.#sql
        .exec<{ rows: number }>("SELECT coalesce(sum(count), 0) AS rows FROM chunks WHERE n <= ?", to)
        .one();
      this.#sql.exec("DELETE FROM chunks WHERE n <= ?", to);
      this.#sql.exec("UPDATE progress SET written = written + ?, cut_from = 0, cut_to = 0", rows);
    }
    return this.status();
  }

  status(): LogStatus {
    return this.#sql
      .exec<{ appended: number; written: number; pendingBytes: number }>(
        "SELECT appended, written, (SELECT coalesce(sum(bytes), 0) FROM chunks) AS pendingBytes FROM progress",
      )
      .one();
  }

  #arm(name: string): void {
    if (this.#armed) return;
    this.#armed = true;
    void this.ctx.storage.put("name", name);
    void this.ctx.storage.setAlarm(Date.now() + lake.flushDelayMs);
  }

  /** Nobody else keeps time for the tail: as long as something waits, ask the lake to fetch it. */
  override async alarm(): Promise<void> {
    this.#armed = false;
    if (this.status().pendingBytes === 0) return;
    const log = (await this.ctx.storage.get<string>("name")) ?? "";
    try {
      await this.env.EVENT_QUEUE.send(encodeMessage({ kind: "flush", log }), { contentType: "text" });
    } catch (error) {
      console.error({ message: "the flush could not be queued", log, error: String(error) });
    }
    this.#arm(log);
  }
}
