// Plays records of a log to a running system as they happened, and asks questions in between: before a record of theirs
// is told, or right after it. Each visitor's records go strictly one after the other, several visitors at a time; nobody gets further
// ahead of the slowest than `window` records, less than the lake needs to count an event, so that statistics never
// know what the log has not reached.
import { LIMITS } from "../../src/events/limits.ts";
import type { TimelineEntry } from "../../src/training/history.ts";
import { askQuestion, type QuestionDecision } from "./ask-question.ts";
import type { Client } from "./client.ts";
import { bodyOf, createRoom, type Encoded, encodeRecord, type Refusal } from "./encode.ts";
import { type ImportCounts, NO_COUNTS } from "./import-records.ts";
import { Ledger } from "./ledger.ts";
import type { PlannedQuestion } from "./replay-protocol.ts";
import { sendEvents } from "./send-events.ts";
import { RefusedError } from "./transport.ts";
import { type Taken, VisitorQueue, type Waiting } from "./visitor-queue.ts";

export interface ReplayOptions {
  /** By index in `entries`. */
  readonly questions: ReadonlyMap<number, PlannedQuestion>;
  /** Visitors at a time, 8 by default. */
  readonly concurrency?: number;
  /** Records, 256 by default. */
  readonly window?: number;
  /** Reasons for stepping down that asking again would not change. */
  readonly lasting?: ReadonlySet<string>;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole?: boolean;
  /** @param index of the question */
  readonly onDecision?: (index: number, decision: QuestionDecision) => void | Promise<void>;
  /** A question that the server would not answer, such as a list with an id that is too long. */
  readonly onRefused?: (index: number, error: RefusedError) => void;
  /** A record that was not taken. */
  readonly onRejected?: (refusal: Refusal) => void;
  readonly onProgress?: (done: number) => void;
}

interface Step extends Encoded {
  readonly entry: TimelineEntry;
  readonly question: PlannedQuestion | undefined;
}

/** @throws UnreachableError, and RefusedError for events and items */
export async function replayRecords(
  entries: readonly TimelineEntry[],
  client: Client,
  options: ReplayOptions,
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
      const question = this.#options.questions.get(this.#admitted);
      const value = { ...encoded, entry, question };
      if ("json" in value) this.#queue.add(value.lanes, { index: this.#admitted, value });
      else this.#refuse(value, this.#admitted);
    }
  }

  async #play({ records, release }: Taken<Step>): Promise<void> {
    const steps = records.map(({ value }) => value);
    const [first, last] = [records[0], records.at(-1)] as [Waiting<Step>, Waiting<Step>];
    await this.#ask(first, "before");
    if ("event" in first.value.entry) {
      await sendEvents(this.#client, steps, this.counts, this.#options.onRejected);
      this.counts.events += steps.length;
    } else this.counts.items += (await this.#client.putItems(bodyOf("items", steps))).accepted;
    await this.#ask(last, "after");
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

  async #ask({ index, value: { question } }: Waiting<Step>, when: PlannedQuestion["when"]): Promise<void> {
    if (question?.when !== when) return;
    const { lasting = new Set(), recordWhole = false, onDecision, onRefused } = this.#options;
    try {
      await onDecision?.(index, await askQuestion(this.#client, question, { lasting, recordWhole }));
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

/** A question before the first record, one after the last, none between; as far as a request holds it; or some items. */
function lengthOfStep(pending: readonly Waiting<Step>[]): number {
  const end = pending.findIndex(({ value: { question } }, i) => {
    return question?.when === "after" || pending[i + 1]?.value.question?.when === "before";
  });
  const step = end === -1 ? pending : pending.slice(0, end + 1);
  return createRoom(LIMITS.eventsPerRequest)(step.map(({ value }) => value));
}
