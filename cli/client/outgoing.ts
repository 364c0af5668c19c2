// What waits to be sent, and the cutting of requests from it: events of several visitors, each in order, as far as a
// request may hold them; items in requests of their own, and ahead of events, which may be about them.
import { LIMITS } from "../../src/events/limits.ts";
import { createRoom, type Encoded } from "./encode.ts";
import { VisitorQueue, type Waiting } from "./visitor-queue.ts";

export interface Batch {
  readonly kind: "events" | "items";
  readonly records: readonly Waiting<Encoded>[];
  /** Lets the visitors, or the items, go on. Call it once. */
  release(): void;
}

export class Outgoing {
  readonly #events = new VisitorQueue<Encoded>();
  readonly #items: Waiting<Encoded>[] = [];
  #itemsUnderWay = false;

  get isEmpty(): boolean {
    return this.#events.size === 0 && this.#items.length === 0;
  }

  add(kind: "item" | "event", index: number, value: Encoded): void {
    if (kind === "item") this.#items.push({ index, value });
    else this.#events.add(value.lanes, { index, value });
  }

  /** The next request; null while everything that waits has to wait for another one. */
  take(): Batch | null {
    if (this.#itemsUnderWay) return null;
    if (this.#items.length > 0) return this.#takeItems();
    const room = createRoom(LIMITS.eventsPerRequest);
    const releases: (() => void)[] = [];
    const records: Waiting<Encoded>[] = [];
    for (;;) {
      const taken = this.#events.take((pending) => room(values(pending)));
      if (taken === null) break;
      records.push(...taken.records);
      releases.push(taken.release);
    }
    if (records.length === 0) return null;
    const release = (): void => {
      for (const one of releases) one();
    };
    return { kind: "events", records, release };
  }

  #takeItems(): Batch {
    const records = this.#items.splice(0, createRoom(LIMITS.itemsPerPut)(values(this.#items)));
    this.#itemsUnderWay = true;
    const release = (): void => {
      this.#itemsUnderWay = false;
    };
    return { kind: "items", records, release };
  }
}

function* values(records: Iterable<Waiting<Encoded>>): Generator<Encoded> {
  for (const { value } of records) yield value;
}
