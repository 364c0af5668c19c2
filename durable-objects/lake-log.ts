// The log in front of the lake: takes rows from the queue exactly once and hands them out in fixed segments. Accepting
// a row and knowing that it was accepted are one transaction, and a segment, once cut, never changes: so a delivery
// repeated, or a write of Parquet repeated, changes nothing. Visitors are spread over several logs by their name.
import { DurableObject } from "cloudflare:workers";
import { lake } from "../nowcast.config.ts";
import { utf8Length } from "../src/kernels/bytes.ts";
import { endedSources } from "../src/lake/detached.ts";
import { decodeMessage, encodeMessage, isSent, type RowsMessage, type Table } from "../src/lake/message.ts";
import { contiguousFromOne, missing, withRange } from "../src/lake/ranges.ts";
import { Deadline } from "./deadline.ts";

export interface Segment {
  /** Numbers of the first and last chunk: with the log's name they name the files. */
  readonly from: number;
  readonly to: number;
  readonly chunks: readonly { readonly table: Table; readonly site: string; readonly rows: string }[];
}

export interface LogStatus {
  /** Rows that were sent (see `isSent`) of a site: taken in, and in segments that were written, since the log began. */
  readonly appended: number;
  readonly written: number;
  readonly pendingBytes: number;
}

/** The part of the rows that one segment carries at most: an RPC answer takes 32 MB. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** A row of SQLite holds 2 MB; a chunk is closed by the row that takes it past this. */
const CHUNK_BYTES = 768 * 1024;

interface Chunk {
  readonly table: Table;
  readonly site: string;
  readonly rows: string[];
  /** Those of them that were sent. */
  sent: number;
  bytes: number;
}

export class LakeLog extends DurableObject<ObjectsEnv> {
  readonly #sql: SqlStorage;
  readonly #ranges = new Map<string, readonly number[]>();
  readonly #deadline = new Deadline(this.ctx.storage);
  #name: string | null = null;

  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, ranges TEXT) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS chunks (n INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT, site TEXT, rows TEXT, count INTEGER, bytes INTEGER);
      CREATE TABLE IF NOT EXISTS progress (site TEXT PRIMARY KEY, appended INTEGER, written INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS segment (id INTEGER PRIMARY KEY CHECK (id = 1), cut_from INTEGER, cut_to INTEGER);
      INSERT OR IGNORE INTO segment VALUES (1, 0, 0);
    `);
  }

  /**
   * Takes what is new of the given messages. Durable when it answers.
   * @param name this log's own name
   * @returns bytes that wait to be written
   */
  append(name: string, messages: readonly string[]): number {
    try {
      return this.ctx.storage.transactionSync(() => this.#append(name, messages));
    } catch (error) {
      // Storage was rolled back: memory must not know more than it.
      this.#ranges.clear();
      this.#deadline.rang();
      throw error;
    }
  }

  #append(name: string, messages: readonly string[]): number {
    const chunks: Chunk[] = [];
    for (const text of messages) {
      const message = decodeMessage(text);
      if (message.kind !== "rows") continue;
      const { table, site } = message;
      for (const row of this.#unseen(message)) {
        let chunk = chunks.findLast((open) => open.table === table && open.site === site);
        if (chunk === undefined || chunk.bytes > CHUNK_BYTES) {
          chunk = { table, site, rows: [], sent: 0, bytes: 0 };
          chunks.push(chunk);
        }
        chunk.rows.push(row);
        if (isSent(table, row)) chunk.sent += 1;
        chunk.bytes += utf8Length(row) + 1;
      }
    }
    for (const { table, site, rows, sent, bytes } of chunks) {
      this.#sql.exec(
        "INSERT INTO chunks (tbl, site, rows, count, bytes) VALUES (?, ?, ?, ?, ?)",
        table,
        site,
        rows.join("\n"),
        sent,
        bytes,
      );
      this.#sql.exec(
        `INSERT INTO progress (site, appended, written) VALUES (?, ?, 0)
         ON CONFLICT (site) DO UPDATE SET appended = appended + excluded.appended`,
        site,
        sent,
      );
    }
    if (chunks.length > 0) {
      if (this.#name !== name) {
        this.#name = name;
        void this.ctx.storage.put("name", name);
      }
      this.#deadline.by(Date.now() + lake.flushDelayMs);
    }
    return this.#pendingBytes();
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
    let { from, to } = this.#sql
      .exec<{ from: number; to: number }>('SELECT cut_from AS "from", cut_to AS "to" FROM segment')
      .one();
    if (to === 0) {
      let bytes = 0;
      for (const chunk of this.#sql.exec<{ n: number; bytes: number }>("SELECT n, bytes FROM chunks ORDER BY n")) {
        if (bytes > 0 && bytes + chunk.bytes > SEGMENT_BYTES) break;
        if (to === 0) from = chunk.n;
        to = chunk.n;
        bytes += chunk.bytes;
      }
      if (to === 0) return null;
      this.#sql.exec("UPDATE segment SET cut_from = ?, cut_to = ?", from, to);
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
  commit(to: number): void {
    this.ctx.storage.transactionSync(() => {
      const { open } = this.#sql.exec<{ open: number }>("SELECT cut_to AS open FROM segment").one();
      if (open !== to) return;
      this.#sql.exec(
        `UPDATE progress SET written = written +
           (SELECT coalesce(sum(count), 0) FROM chunks WHERE chunks.site = progress.site AND n <= ?)`,
        to,
      );
      this.#sql.exec("DELETE FROM chunks WHERE n <= ?", to);
      this.#sql.exec("UPDATE segment SET cut_from = 0, cut_to = 0");
      this.#forgetEnded();
    });
  }

  /** Sources that nothing can come from any more. */
  #forgetEnded(): void {
    const { from, to } = endedSources(Date.now());
    const ended = this.#sql.exec<{ source: string }>(
      "DELETE FROM sources WHERE source >= ? AND source < ? RETURNING source",
      from,
      to,
    );
    for (const { source } of ended) this.#ranges.delete(source);
  }

  /** How far the rows of a site have come. */
  status(site: string): LogStatus {
    const counts = this.#sql
      .exec<{ appended: number; written: number }>("SELECT appended, written FROM progress WHERE site = ?", site)
      .toArray()[0];
    return { appended: 0, written: 0, ...counts, pendingBytes: this.#pendingBytes(site) };
  }

  #pendingBytes(site: string | null = null): number {
    return this.#sql
      .exec<{ bytes: number }>(
        "SELECT coalesce(sum(bytes), 0) AS bytes FROM chunks WHERE ?1 IS NULL OR site = ?1",
        site,
      )
      .one().bytes;
  }

  /** Nobody else keeps time for the tail: as long as something waits, ask the lake to fetch it. */
  override async alarm(): Promise<void> {
    this.#deadline.rang();
    if (this.#pendingBytes() === 0) return;
    try {
      this.#name ??= (await this.ctx.storage.get<string>("name")) ?? "";
      await this.env.EVENT_QUEUE.send(encodeMessage({ kind: "flush", log: this.#name }), { contentType: "text" });
    } catch (error) {
      console.error({ message: "the flush could not be queued", log: this.#name, error: String(error) });
    }
    this.#deadline.by(Date.now() + lake.retryDelayMs);
  }
}
