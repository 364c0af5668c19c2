// What the fold keeps of one event, and no more: bounded, so that the reorder buffer is.
import type { AcceptedEvent, EventContext } from "../events/event.ts";
import { utf8Length } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";
import { compareNatural } from "../kernels/natural-order.ts";
import { deviceClassOf } from "./device.ts";
import type { DeviceClass, Session, TouchKind } from "./profile.ts";
import { type Arrival, arrivalOf } from "./referrer.ts";

export interface FactItem {
  readonly id: string;
  readonly category?: string;
  readonly brand?: string;
  readonly price?: number;
  readonly quantity?: number;
}

/** What a session takes from its first events. */
export interface FactContext {
  readonly arrival?: Arrival;
  readonly device?: DeviceClass;
  readonly country?: string;
  readonly city?: string;
  readonly utcOffsetMinutes?: number;
}

export interface Fact {
  /** The event's id: it orders facts of the same time. */
  readonly id: string;
  readonly type: string;
  /** Epoch ms: the client's time, never after the receipt. */
  readonly at: number;
  /** Items touched; absent for a list. */
  readonly items?: readonly FactItem[];
  /** A list: hash32 of the ids in the order shown, of the placement (0 for none), and the first one's position. */
  readonly shown?: { readonly items: readonly number[]; readonly placement: number; readonly from: number };
  readonly query?: string;
  readonly value?: number;
  readonly context?: FactContext;
}

// A Map, since the types of custom events are names like any other: `constructor` is one.
const TOUCH_OF_TYPE = new Map<string, TouchKind>(
  Object.entries({
    view_item: "view",
    select_item: "click",
    add_to_cart: "cart",
    remove_from_cart: "uncart",
    purchase: "purchase",
  }),
);

/** How an event of a type touches its items; undefined when it does not. */
export function touchKindOf(type: string): TouchKind | undefined {
  return TOUCH_OF_TYPE.get(type);
}

/** When an event happened: the client's time, but a clock that runs ahead must not pull a session into the future. */
export function timeOf(event: Pick<AcceptedEvent, "ts" | "receivedAt">): number {
  return Math.min(event.ts, event.receivedAt);
}

const NAME_LENGTH = 48;
const QUERY_LENGTH = 64;

/** @param known the session that is settled already: what it knows need not be kept */
export function factOf(event: AcceptedEvent, at: number, known: Session | null): Fact {
  const { id, type, items, query, value, context } = event;
  const fact: { -readonly [K in keyof Fact]: Fact[K] } = { id, type, at };
  if (items !== undefined && items.length > 0) {
    if (type === "view_item_list") {
      const placement = event.placement === undefined ? 0 : hash32(event.placement);
      fact.shown = { items: items.map((item) => hash32(item.id)), placement, from: event.position ?? 0 };
    } else if (touchKindOf(type) !== undefined) {
      fact.items = items.map(({ id, category, brand, price, quantity }) => ({
        id,
        ...(category ? { category } : {}),
        ...(brand ? { brand } : {}),
        ...(price ? { price } : {}),
        ...(quantity === undefined ? {} : { quantity }),
      }));
    }
  }
  if (query) fact.query = cut(query, QUERY_LENGTH);
  if (value !== undefined) fact.value = value;
  if (context !== undefined) {
    const kept = contextOf(context, known);
    if (kept !== null) fact.context = kept;
  }
  return fact;
}

function contextOf(context: EventContext, known: Session | null): FactContext | null {
  const kept: { -readonly [K in keyof FactContext]: FactContext[K] } = {};
  const { url, referrer, userAgent, country, city, utcOffsetMinutes } = context;
  if (!known?.landing && url !== undefined) kept.arrival = arrivalOf(url, referrer);
  if (userAgent && (known === null || known.device === "unknown")) kept.device = deviceClassOf(userAgent);
  if (country && !known?.country) kept.country = cut(country, NAME_LENGTH);
  if (typeof city === "string" && city && !known?.city) kept.city = cut(city, NAME_LENGTH);
  if (typeof utcOffsetMinutes === "number" && (known?.utcOffsetMinutes ?? null) === null) {
    kept.utcOffsetMinutes = utcOffsetMinutes;
  }
  for (const _ in kept) return kept;
  return null;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).toWellFormed();
}

/** By time, then by id, which count where a client numbers its events: an order that does not depend on the arrival. */
export function isBefore(a: Fact, b: Fact): boolean {
  return a.at !== b.at ? a.at < b.at : compareNatural(a.id, b.id) < 0;
}

/** What a fact takes as stored at most, in bytes: see fact-codec.ts. */
export function sizeOf({ id, type, items, shown, query, context }: Fact): number {
  let size = 48 + utf8Length(id) + utf8Length(type) + utf8Length(query ?? "");
  if (items) {
    for (const { id, category = "", brand = "" } of items) {
      size += 32 + utf8Length(id) + utf8Length(category) + utf8Length(brand);
    }
  }
  if (shown) size += 16 + 4 * shown.items.length;
  if (context) {
    const { arrival, country = "", city = "" } = context;
    size += 16 + utf8Length(country) + utf8Length(city);
    if (arrival) {
      const { source = "", medium = "", name = "" } = arrival.campaign ?? {};
      size += 8 + utf8Length(arrival.landing) + utf8Length(source) + utf8Length(medium) + utf8Length(name);
    }
  }
  return size;
}
