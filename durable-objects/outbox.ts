// The transactional outbox of an object: rows that were committed together with the state and must reach the lake once.
// They leave through the queue, and stay here until the lake's log says that it holds them: a queue that loses a
// message (or forgets all of them, as the local one does when it is killed) costs a second delivery, never a row.
//
// The newest rows stand in the object's own state row (the inline part), so that a batch of events is one row written.
// Past 16 KB they are sealed into a row of their own, so that no write carries much more than its own batch.
import { lake } from "../nowcast.config.ts";
import { utf8Length } from "../src/kernels/bytes.ts";
import { groupForSending, packMessages, type Table } from "../src/lake/message.ts";

const SEAL_BYTES = 16 * 1024;
/** What a sealed row holds at most: SQLite's own limit is 2 MB. */
const SEALED_BYTES = 1024 * 1024;
const MAX_CONFIRM_DELAY_MS = 10 * 60_000;

export interface OutboxPorts {
  readonly sql: SqlStorage;
  readonly queue: Queue;
  /** Highest seq up to which the log of the address holds every row of its source. */
  readonly confirmed: (address: OutboxAddress) => Promise<number>;
  readonly confirmDelayMs: number;
}

/** The ports of an outbox inside an object. */
export function outboxPorts(sql: SqlStorage, env: Pick<ObjectsEnv, "EVENT_QUEUE" | "LAKE_LOG">): OutboxPorts {
  return {
    sql,
    queue: env.EVENT_QUEUE,
    confirmed: async ({ log, source }) => env.LAKE_LOG.getByName(log).confirmed(source),
    confirmDelayMs: lake.confirmDelayMs,
  };
}

export interface OutboxAddress {
  readonly table: Table;
  readonly site: string;
  readonly source: string;
  /** The log that takes the rows of this source, for as long as the source lives. */
  readonly log: string;
}

interface Chunk {
  readonly firstSeq: number;
  readonly rows: string[];
}

export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #inline: Chunk;
  #inlineBytes: number;
  #address: OutboxAddress | null = null;
  /** Highest seq handed to the queue; null when an earlier life of the object may have sent some. */
  #sent: number | null;
  /** The confirmation that is due: at which time, and up to which seq it must hold. Null when nothing is on the way. */
  #due: { readonly at: number; readonly seq: number } | null = null;
  #confirmDelayMs: number;
  #abandoned = false;

  /** @param stored the inline part as {@link encodeInline} gave it, empty for a new object; @param nextSeq seq of the next row */
  constructor(ports: OutboxPorts, stored: string, nextSeq: number) {
    this.#ports = ports;
    const rows = stored === "" ? [] : stored.split("\n");
    this.#inline = { firstSeq: nextSeq - rows.length, rows };
    this.#inlineBytes = utf8Length(stored);
    this.#confirmDelayMs = ports.confirmDelayMs;
    this.#sent = rows.length > 0 || this.#sealed().length > 0 ? null : nextSeq - 1;
  }

  get isEmpty(): boolean {
    return this.#inline.rows.length === 0 && this.#sealed().length === 0;
  }

  encodeInline(): string {
    return this.#inline.rows.join("\n");
  }

  /** Adds the next row, one line of JSON. The caller writes its state, inline part included, before it answers. */
  append(row: string): void {
    this.#inline.rows.push(row);
    this.#inlineBytes += utf8Length(row) + 1;
  }

  /**
   * Moves a large inline part into rows of its own, almost always one. Part of the caller's transaction: nothing is
   * awaited. A body within its limit may become several times as long: 1e20 is written out with 21 digits.
   */
  sealIfLarge(): void {
    if (this.#inlineBytes < SEAL_BYTES) return;
    this.#createTable();
    const { firstSeq, rows } = this.#inline;
    let from = 0;
    let bytes = 0;
    const seal = (to: number): void => {
      if (to === from) return;
      this.#ports.sql.exec(
        "INSERT INTO outbox (first_seq, count, rows) VALUES (?, ?, ?)",
        firstSeq + from,
        to - from,
        rows.slice(from, to).join("\n"),
      );
      from = to;
      bytes = 0;
    };
    rows.forEach((row, index) => {
      const size = utf8Length(row) + 1;
      if (bytes + size > SEALED_BYTES) seal(index);
      bytes += size;
    });
    seal(rows.length);
    this.#replaceInline(firstSeq + rows.length, []);
  }

  /** The state that this belongs to is no more: a round that is under way sends and forgets nothing from here on. */
  abandon(): void {
    this.#abandoned = true;
  }

  get isAbandoned(): boolean {
    return this.#abandoned;
  }

  /**
   * One round: asks what has arrived when that is due, then sends what was not sent.
   * @param save writes the object's state row with the shortened inline part
   * @returns epoch ms of the next round, null when the outbox is empty or was abandoned
   */
  async advance(address: OutboxAddress, now: number, save: () => void): Promise<number | null> {
    this.#address = address;
    if (this.isEmpty) return null;
    if (this.#sent === null || (this.#due !== null && now >= this.#due.at)) await this.#confirm(address, save);
    if (this.#abandoned || this.isEmpty) return null;
    await this.#sendUnsent();
    if (this.#abandoned) return null;
    // What is sent while a confirmation is due does not put it off: under steady traffic it would never come.
    this.#due ??= { at: now + this.#confirmDelayMs, seq: this.#sent ?? 0 };
    return this.#due.at;
  }

  /** Asks what has arrived, forgets it, and takes back as unsent what should be there and is not. */
  async #confirm(address: OutboxAddress, save: () => void): Promise<void> {
    const expected = this.#due?.seq ?? null;
    const arrived = await this.#ports.confirmed(address);
    if (this.#abandoned) return;
    if (this.#drop(arrived)) save();
    this.#due = null;
    if (expected !== null && arrived >= expected) {
      this.#confirmDelayMs = this.#ports.confirmDelayMs;
      this.#sent = Math.max(this.#sent ?? 0, arrived);
      return;
    }
    // Not there in time: wait longer the next time, the lake may be catching up.
    if (expected !== null) this.#confirmDelayMs = Math.min(this.#confirmDelayMs * 2, MAX_CONFIRM_DELAY_MS);
    this.#sent = arrived;
  }

  async #sendUnsent(): Promise<void> {
    const sent = this.#sent ?? 0;
    const chunks = [...this.#sealed().map((firstSeq) => this.#readSealed(firstSeq)), this.#inline];
    // Rows that arrive during the awaits below are not part of this round.
    const unsent = chunks.flatMap(({ firstSeq, rows }) => {
      const skip = Math.max(0, sent + 1 - firstSeq);
      return skip < rows.length ? [{ firstSeq: firstSeq + skip, rows: rows.slice(skip) }] : [];
    });
    for (const { firstSeq, rows } of unsent) {
      const messages = packMessages({ ...(this.#address as OutboxAddress), firstSeq }, rows);
      for (const group of groupForSending(messages)) {
        if (this.#abandoned) return;
        await this.#ports.queue.sendBatch(group.map((body) => ({ body, contentType: "text" as const })));
      }
      this.#sent = firstSeq + rows.length - 1;
    }
  }

  /** Forgets rows up to `seq`. Returns whether the inline part changed. */
  #drop(seq: number): boolean {
    for (const firstSeq of this.#sealed()) {
      this.#ports.sql.exec("DELETE FROM outbox WHERE first_seq = ? AND first_seq + count - 1 <= ?", firstSeq, seq);
    }
    const { firstSeq, rows } = this.#inline;
    const count = Math.min(Math.max(0, seq - firstSeq + 1), rows.length);
    if (count > 0) this.#replaceInline(firstSeq + count, rows.slice(count));
    return count > 0;
  }

  #replaceInline(firstSeq: number, rows: string[]): void {
    const inline = this.#inline as { firstSeq: number; rows: string[] };
    inline.firstSeq = firstSeq;
    inline.rows = rows;
    this.#inlineBytes = rows.reduce((sum, row) => sum + utf8Length(row) + 1, 0);
  }

  #hasTable: boolean | null = null;

  /** First seqs of the sealed chunks, ascending. */
  #sealed(): number[] {
    const { sql } = this.#ports;
    this.#hasTable ??= sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").toArray().length > 0;
    if (!this.#hasTable) return [];
    return sql
      .exec<{ first_seq: number }>("SELECT first_seq FROM outbox ORDER BY first_seq")
      .toArray()
      .map((row) => row.first_seq);
  }

  #readSealed(firstSeq: number): Chunk {
    const { rows } = this.#ports.sql
      .exec<{ rows: string }>("SELECT rows FROM outbox WHERE first_seq = ?", firstSeq)
      .one();
    return { firstSeq, rows: rows.split("\n") };
  }

  #createTable(): void {
    this.#ports.sql.exec("CREATE TABLE IF NOT EXISTS outbox (first_seq INTEGER PRIMARY KEY, count INTEGER, rows TEXT)");
    this.#hasTable = true;
  }
}
