// What waits to be sent, and the cutting of requests from it: events of several visitors, each in order, as far as a
// request may hold them; items in requests of their own, and ahead of events, which may be about them.
import { itemSchema } from "../../src/catalog/item.ts";
import { fieldErrors, sentence } from "../../src/events/issues.ts";
import { LIMITS } from "../../src/events/limits.ts";
import type { LogRecord } from "../../src/training/log.ts";
import { VisitorQueue, type Waiting } from "./visitor-queue.ts";

/** A record as it will be sent. */
export type Encoded = Waiting<{
  readonly json: string;
  /** Whose object takes it. */
  readonly visitor: string;
}>;

export interface Batch {
  readonly kind: "events" | "items";
  readonly records: readonly Encoded[];
  /** Lets the visitors, or the items, go on. Call it once. */
  release(): void;
}

/** Why a record cannot be sent at all. */
export interface Unsendable {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Room for `{"events":[…]}` around the records. */
const ENVELOPE_BYTES = 64;
/** The server takes larger requests of items; these are large enough. */
const BATCH_BYTES = LIMITS.requestBytes - ENVELOPE_BYTES;

export class Outgoing {
  readonly #events = new VisitorQueue<Encoded["value"]>();
  #items: Encoded[] = [];
  #itemsUnderWay = false;

  get isEmpty(): boolean {
    return this.#events.size === 0 && this.#items.length === 0;
  }

  /** @returns why the record cannot be sent; it is then not kept */
  add(index: number, record: LogRecord): Unsendable | null {
    const { kind, ...fields } = record;
    const problem = kind === "item" ? itemProblem(fields) : null;
    if (problem !== null) return { id: record.id, code: "invalid_item", message: problem };
    const json = JSON.stringify(fields);
    const bytes = Buffer.byteLength(json);
    if (bytes > BATCH_BYTES) {
      return { id: record.id, code: `${kind}_too_large`, message: `the ${kind} has ${bytes} bytes` };
    }
    if (record.kind === "item") this.#items.push({ index, value: { json, visitor: "" } });
    else {
      const keys = visitorKeys(record);
      this.#events.add(keys, { index, value: { json, visitor: keys.at(-1) ?? "" } });
    }
    return null;
  }

  /** The next request; null while everything that waits has to wait for another one. */
  take(): Batch | null {
    if (this.#itemsUnderWay) return null;
    if (this.#items.length > 0) return this.#takeItems();
    const room = createRoom(LIMITS.eventsPerRequest);
    const releases: (() => void)[] = [];
    const records: Encoded[] = [];
    for (;;) {
      const taken = this.#events.take((pending) => room(pending));
      if (taken === null) break;
      records.push(...taken.records);
      releases.push(taken.release);
    }
    if (records.length === 0) return null;
    return { kind: "events", records, release: () => releases.forEach((release) => void release()) };
  }

  #takeItems(): Batch {
    const records = this.#items.splice(0, createRoom(LIMITS.itemsPerPut)(this.#items));
    this.#itemsUnderWay = true;
    const release = (): void => {
      this.#itemsUnderWay = false;
    };
    return { kind: "items", records, release };
  }
}

/** The body of a request. */
export function bodyOf(kind: Batch["kind"], records: readonly Encoded[]): string {
  return `{"${kind}":[${records.map(({ value }) => value.json).join(",")}]}`;
}

/** The identities of an event, the one that it belongs to last: two when it ties an anonymous visitor to a user. */
export function visitorKeys({
  anonymousId,
  userId,
}: {
  anonymousId?: string | undefined;
  userId?: string | undefined;
}): string[] {
  return [...(anonymousId === undefined ? [] : [`a:${anonymousId}`]), ...(userId === undefined ? [] : [`u:${userId}`])];
}

/**
 * Counts what still fits into one request: call it lane by lane. Of a lane with two identities, only a run of one of them:
 * the server hands each to an object of its own, and one may put off what the other takes.
 */
function createRoom(count: number): (pending: readonly Encoded[]) => number {
  let places = count;
  let bytes = BATCH_BYTES;
  return (pending) => {
    let fitting = 0;
    for (const { value } of pending) {
      if (value.visitor !== pending[0]?.value.visitor) break;
      const size = Buffer.byteLength(value.json) + 1;
      if (places === 0 || size > bytes) {
        places = 0;
        break;
      }
      places--;
      bytes -= size;
      fitting++;
    }
    return fitting;
  };
}

function itemProblem(fields: object): string | null {
  const { error } = itemSchema.safeParse(fields);
  return error === undefined ? null : sentence(fieldErrors(error, fields));
}
