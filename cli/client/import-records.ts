// Sends the records of a log to a running Nowcast, several requests at a time, and loses none of them: what was not
// taken is sent again, and a visitor's later events wait for the earlier ones. The visitor's object recognises an event
// that comes twice among its last 512; no request holds more of one visitor, so sending one again is harmless.
import type { LogRecord } from "../../src/training/log.ts";
import type { Client } from "./client.ts";
import { bodyOf, encodeRecord, type Refusal } from "./encode.ts";
import { Ledger } from "./ledger.ts";
import { type Batch, Outgoing } from "./outgoing.ts";
import { type EventCounts, sendEvents } from "./send-events.ts";

export interface ImportCounts extends EventCounts {
  /** Events that were settled: accepted, duplicates and rejected together. */
  events: number;
  items: number;
}

export interface ImportOptions {
  /** Requests at a time, 4 by default. */
  readonly concurrency?: number;
  /**
   * How many records of the log may be under way or waiting, 20,000 by default: the more, the more events of one visitor
   * go together, and each object that is woken is what costs the server most.
   */
  readonly window?: number;
  /** What an earlier run has done: those records are skipped. Kept up to date. */
  readonly ledger?: Ledger;
  /** Continues these counts; by default from zero. */
  readonly counts?: ImportCounts;
  /** After each request, when everything it held is settled and before anything that waits for it leaves. */
  readonly onSettled?: (ledger: Ledger, counts: ImportCounts) => void;
  /** Hears of every record that was refused for good. */
  readonly onRejected?: (refusal: Refusal) => void;
}

export const NO_COUNTS: Readonly<ImportCounts> = {
  events: 0,
  accepted: 0,
  duplicates: 0,
  rejected: 0,
  items: 0,
  acceptedBefore: 0,
};

/**
 * Sends all of `records`, events in replay mode.
 * @throws RefusedError when the server refuses a whole request; UnreachableError when nothing of a request was taken
 * for as long as the client's timeout. Whatever was settled before stands in the ledger.
 */
export async function importRecords(
  records: Iterable<LogRecord> | AsyncIterable<LogRecord>,
  client: Client,
  options: ImportOptions = {},
): Promise<ImportCounts> {
  const sender = new Sender(client, options);
  let index = 0;
  for await (const record of records) await sender.add(index++, record);
  await sender.finish();
  return sender.counts;
}

class Sender {
  readonly counts: ImportCounts;
  readonly #client: Client;
  readonly #options: ImportOptions;
  readonly #ledger: Ledger;
  readonly #outgoing = new Outgoing();
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  constructor(client: Client, options: ImportOptions) {
    this.#client = client;
    this.#options = options;
    this.#ledger = options.ledger ?? new Ledger();
    this.counts = options.counts ?? { ...NO_COUNTS };
  }

  async add(index: number, record: LogRecord): Promise<void> {
    if (this.#ledger.has(index)) return;
    const { window = 20_000 } = this.#options;
    while (index - this.#ledger.next >= window) await this.#advance();
    const encoded = encodeRecord(record);
    if ("json" in encoded) return this.#outgoing.add(record.kind, index, encoded);
    this.counts.rejected++;
    this.#options.onRejected?.(encoded);
    this.#settle([index], record.kind === "event" ? 1 : 0);
  }

  async finish(): Promise<void> {
    while (!this.#outgoing.isEmpty || this.#underWay.size > 0 || this.#failure !== null) await this.#advance();
  }

  /** Sends what can be sent and waits until one request is through. */
  async #advance(): Promise<void> {
    const { concurrency = 4 } = this.#options;
    while (this.#failure === null && this.#underWay.size < concurrency) {
      const batch = this.#outgoing.take();
      if (batch === null) break;
      const work = this.#send(batch).catch((error) => {
        this.#failure ??= { error };
      });
      this.#underWay.add(work);
      void work.then(() => this.#underWay.delete(work));
    }
    if (this.#failure !== null) {
      await Promise.all(this.#underWay);
      throw this.#failure.error;
    }
    await Promise.race(this.#underWay);
  }

  async #send(batch: Batch): Promise<void> {
    const records = batch.records.map(({ value }) => value);
    if (batch.kind === "items") {
      const { accepted } = await this.#client.putItems(bodyOf("items", records));
      this.counts.items += accepted;
    } else await sendEvents(this.#client, records, this.counts, this.#options.onRejected);
    this.#settle(
      batch.records.map(({ index }) => index),
      batch.kind === "events" ? records.length : 0,
    );
    batch.release();
  }

  #settle(indices: readonly number[], events: number): void {
    for (const index of indices) this.#ledger.finish(index);
    this.counts.events += events;
    this.#options.onSettled?.(this.#ledger, this.counts);
  }
}
