// Plays records of a log to a running system as they happened: for every list a decision before the list and its clicks
// are told. Each visitor's records go strictly one after the other, several visitors at a time; nobody gets further
// ahead of the slowest than `window` records, less than the lake needs to count an event, so that statistics never
// know what the log has not reached.
import type { AcceptedEvent } from "../../src/events/event.ts";
import { LIMITS } from "../../src/events/limits.ts";
import type { TimelineEntry } from "../../src/training/history.ts";
import type { Client } from "./client.ts";
import { decideList, type ListDecision } from "./decide-list.ts";
import { bodyOf, createRoom, type Encoded, encodeRecord, type Refusal } from "./encode.ts";
import { type ImportCounts, NO_COUNTS } from "./import-records.ts";
import { Ledger } from "./ledger.ts";
import { sendEvents } from "./send-events.ts";
import { RefusedError } from "./transport.ts";
import { type Taken, VisitorQueue, type Waiting } from "./visitor-queue.ts";

export interface ReplayOptions {
  /** Visitors at a time, 8 by default. */
  readonly concurrency?: number;
  /** Records, 256 by default. */
  readonly window?: number;
  /** Reasons for stepping down that asking again would not change. */
  readonly lasting?: ReadonlySet<string>;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole?: boolean;
  /** @param index of the list in `entries` */
  readonly onDecision?: (index: number, decision: ListDecision) => void | Promise<void>;
  /** A list that the server would not rank, such as one with an id that is too long. */
  readonly onRefused?: (index: number, error: RefusedError) => void;
  /** A record that was not taken. */
  readonly onRejected?: (refusal: Refusal) => void;
  readonly onProgress?: (done: number) => void;
}

interface Step extends Encoded {
  readonly entry: TimelineEntry;
}

/** @throws UnreachableError, and RefusedError for events and items */
export async function replayRecords(
  entries: readonly TimelineEntry[],
  client: Client,
  options: ReplayOptions = {},
): Promise<ImportCounts> {
  const replay = new Replay(entries, client, options);
  await Promise.all(Array.from({ length: options.concurrency ?? 8 }, () => replay.work()));
  return replay.counts;
}

class Replay {
  readonly counts: ImportCounts = { ...NO_COUNTS };
  readonly #entries: readonly TimelineEntry[];
  readonly #client: Client;
  readonly #options: ReplayOptions;
  readonly #queue = new VisitorQueue<Step>();
  readonly #ledger = new Ledger();
  #admitted = 0;
  #failed = false;
  /** Workers that found nothing free. */
  #waiting: (() => void)[] = [];

  constructor(entries: readonly TimelineEntry[], client: Client, options: ReplayOptions) {
    this.#entries = entries;
    this.#client = client;
    this.#options = options;
  }

  async work(): Promise<void> {
    try {
      for (;;) {
        this.#admit();
        const taken = this.#queue.take(lengthOfStep);
        if (taken !== null) await this.#play(taken);
        else if (this.#failed || this.#ledger.count === this.#entries.length) return;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.#failed) return;
      }
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#wake();
    }
  }

  #admit(): void {
    const { window = 256 } = this.#options;
    for (; this.#admitted < this.#entries.length; this.#admitted++) {
      if (this.#admitted >= this.#ledger.next + window) break;
      const entry = this.#entries[this.#admitted] as TimelineEntry;
      const encoded = encodeRecord(entry.record);
      if ("json" in encoded) this.#queue.add(encoded.lanes, { index: this.#admitted, value: { ...encoded, entry } });
      else this.#refuse(encoded, this.#admitted);
    }
  }

  async #play({ records, release }: Taken<Step>): Promise<void> {
    const steps = records.map(({ value }) => value);
    const [{ index, value }] = records as readonly [Waiting<Step>];
    if (isList(value.entry)) await this.#decide(index, value.entry.event);
    if ("event" in value.entry) {
      await sendEvents(this.#client, steps, this.counts, this.#options.onRejected);
      this.counts.events += steps.length;
    } else this.counts.items += (await this.#client.putItems(bodyOf("items", steps))).accepted;
    for (const { index } of records) this.#ledger.finish(index);
    release();
    this.#options.onProgress?.(this.#ledger.count);
    this.#wake();
  }

  #refuse(refusal: Refusal, index: number): void {
    this.counts.rejected++;
    this.#options.onRejected?.(refusal);
    this.#ledger.finish(index);
  }

  async #decide(index: number, list: AcceptedEvent): Promise<void> {
    const { lasting = new Set(), recordWhole = false, onDecision, onRefused } = this.#options;
    try {
      await onDecision?.(index, await decideList(this.#client, list, { lasting, recordWhole }));
    } catch (error) {
      if (!(error instanceof RefusedError) || (error.status !== 400 && error.status !== 422)) throw error;
      onRefused?.(index, error);
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One decision at most, and what the visitor did until the next list, as far as a request holds it; or some items. */
function lengthOfStep(pending: readonly Waiting<Step>[]): number {
  const next = pending.findIndex(({ value }, i) => i > 0 && isList(value.entry));
  const step = next === -1 ? pending : pending.slice(0, next);
  return createRoom(LIMITS.eventsPerRequest)(step.map(({ value }) => value));
}

function isList(entry: TimelineEntry): entry is TimelineEntry & { event: AcceptedEvent } {
  return "event" in entry && entry.event.type === "view_item_list" && (entry.event.items?.length ?? 0) > 0;
}
