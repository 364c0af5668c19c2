// A shop in use, for tests that need everything to happen at once: shoppers of the sample log look through lists that are
// decided for them, events arrive out of order and late, prices and stock change, some shoppers log in, one is told twice.
// Each decision asks to be recorded.
import type { LogEvent, LogItem } from "../../src/training/log.ts";
import { rankRequestOf } from "../../src/training/query-request.ts";
import { decide, postEvents } from "./answers.ts";
import { evictVisitor } from "./harness.ts";
import type { System } from "./system.ts";

const REPLAY = { headers: { "nowcast-replay": "true" } };
const MINUTE = 60_000;
/** Shoppers at a time. */
const LANES = 4;

/**
 * @param events of some shoppers, each one's in the order of time; @param items that are on sale
 * @returns how many decisions were recorded
 */
export async function live(system: System, events: readonly LogEvent[], items: readonly LogItem[]): Promise<number> {
  const byShopper = Map.groupBy(events, ({ anonymousId = "" }) => anonymousId);
  const waiting = [...byShopper].entries();
  let decisions = 0;
  const lane = async (): Promise<void> => {
    for (const [number, [shopper, own]] of waiting) {
      const visit = new Visit(system, shopper, number, items);
      await visit.play(own);
      decisions += visit.decisions;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return decisions;
}

class Visit {
  decisions = 0;
  readonly #system: System;
  readonly #shopper: string;
  /** Of the shopper: it decides what they are like. */
  readonly #number: number;
  readonly #items: readonly LogItem[];
  #waiting: object[] = [];
  #ids: { readonly anonymousId?: string; readonly userId?: string };

  constructor(system: System, shopper: string, number: number, items: readonly LogItem[]) {
    this.#system = system;
    this.#shopper = shopper;
    this.#number = number;
    this.#items = items;
    this.#ids = { anonymousId: shopper };
  }

  async play(events: readonly LogEvent[]): Promise<void> {
    for (const [index, { kind: _, anonymousId: __, ...event }] of this.#disordered(events).entries()) {
      // Every third shopper logs in half-way; every sixth goes on without saying so.
      if (this.#number % 3 === 0 && index === Math.floor(events.length / 2)) await this.#logIn(event.ts);
      if (event.type === "view_item_list") await this.#look({ kind: "event", ...event });
      this.#waiting.push({ ...event, ...this.#ids, ...this.#contextOf(index) });
      if (this.#waiting.length >= 7) await this.#flush();
    }
    await this.#flush();
  }

  /** Some events overtake others by seconds, some come minutes late. */
  #disordered(events: readonly LogEvent[]): readonly LogEvent[] {
    const order = [...events];
    for (let i = 5; i + 6 < order.length; i += 11) {
      const by = i % 2 === 0 ? 1 : 6;
      order.splice(i + by, 0, ...order.splice(i, 1));
    }
    return order;
  }

  #contextOf(index: number): object {
    if (index % 9 !== 0) return {};
    const context = {
      url: `https://shop.example/?utm_source=news&utm_medium=email&n=${index}`,
      userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
      country: ["AT", "DE", "FR"][this.#number % 3],
      city: "Sankt Pölten",
      timezone: "Europe/Vienna",
    };
    return { context };
  }

  async #logIn(ts: number): Promise<void> {
    await this.#flush();
    const userId = `customer-${this.#number}`;
    const login = { id: `login-${this.#shopper}`, type: "login", ts, anonymousId: this.#shopper, userId };
    await this.#send([login]);
    if (this.#number % 6 === 0) this.#ids = { userId };
  }

  async #flush(): Promise<void> {
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length > 0) await this.#send(events);
  }

  async #send(events: readonly object[]): Promise<void> {
    const { accepted } = await postEvents(this.#system, { events }, REPLAY);
    if (accepted !== events.length) throw new Error(`${accepted} of ${events.length} events were accepted`);
  }

  /** Has a list decided, together with whatever else such a page asks for. */
  async #look(list: LogEvent): Promise<void> {
    await this.#flush();
    const turn = this.decisions + this.#number;
    if (turn % 5 === 0) await this.#changeItem(turn);
    if (turn % 7 === 0) await this.#forget();
    const now = list.ts + (turn % 6 === 0 ? 45 * MINUTE : 0);
    const request = { ...this.#ids, ts: now, record: true, ...this.#page(list, turn) };
    await decide(this.#system, request, REPLAY);
    this.decisions++;
  }

  /** The object loses its memory; one that is asleep, or was never woken, has none. */
  async #forget(): Promise<void> {
    await evictVisitor(this.#system.harness, this.#shopper).catch((error: unknown) => {
      if (!/not currently running/.test(String(error))) throw error;
    });
  }

  #page(list: LogEvent, turn: number): object {
    const own = { [list.placement ?? "list"]: rankRequestOf(list) };
    const ids = this.#items.map(({ id }) => id);
    switch (turn % 4) {
      case 0:
        return { placements: own };
      case 1:
        return {
          placements: { ...own, beside: { type: "recommend", count: 5 } },
          context: {
            country: "CH",
            device: "tablet",
            locale: "de-CH",
            query: "brass lamp",
            url: "https://shop.example/sale?utm_source=ads&utm_medium=cpc",
            referrer: "https://www.google.com/",
            utcOffsetMinutes: 60,
          },
        };
      case 2:
        return {
          placements: {
            similar: { type: "recommend", count: 8, context: ids.slice(turn % 20, (turn % 20) + 2) },
            filtered: { type: "recommend", count: 3, filter: { category: this.#items[turn % ids.length]?.category } },
            ...own,
          },
          event: {
            id: `along-${this.#shopper}-${turn}`,
            type: "view_item",
            ts: list.ts,
            items: [{ id: ids[turn % ids.length] }],
          },
        };
      default: {
        const fields = (i: number) => ({ relevance: i % 3 === 0 ? -0 : 1 / (i + 3) });
        const known = ids.slice(turn % 30, (turn % 30) + 400).filter((_, i) => i % 2 === 0);
        // So many that the log cuts the placement into parts.
        const unknown = Array.from({ length: turn % 8 === 3 ? 400 : 3 }, (_, i) => `unknown-${i}`);
        const search = [...known, ...unknown].map((id, i) => ({ id, fields: fields(i) }));
        return { placements: { search: { type: "rank", items: search, query: "wool rug" } } };
      }
    }
  }

  /** Another price, out of stock, gone. */
  async #changeItem(turn: number): Promise<void> {
    const { id } = this.#items[(turn * 3) % this.#items.length] as LogItem;
    const path = `/v1/items/${encodeURIComponent(id)}`;
    const json = turn % 10 === 0 ? { available: turn % 20 === 0 } : { price: 5 + (turn % 13) + 0.99 };
    const method = turn % 35 === 0 ? "DELETE" : "PATCH";
    await this.#system.request(path, method === "DELETE" ? { method } : { method, json });
  }
}
