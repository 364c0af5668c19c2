// What the batch view is made of: one visitor's events, reduced in one pass to counts, orders and decayed preferences.
// Two summaries add up, so that what was done before a login counts for the user.
import type { EventItem } from "../events/event.ts";
import { hash32 } from "../kernels/hash.ts";
import { termsOf } from "../kernels/terms.ts";
import { INTENT_RULES } from "../profile/intents/rules.ts";
import type { LogEvent, LogItem } from "./log.ts";
import type { PriceLevels } from "./price-levels.ts";

const DAY_MS = 86_400_000;
/** Longer than the live counters remember (30 days): that is what the batch view is for. */
const HALF_LIFE_MS = 180 * DAY_MS;
/** Preferences are kept relative to a time, as in src/profile/counters.ts; shares do not depend on it. */
const LANDMARK = Date.UTC(2026, 0, 1);

/** How strongly an event speaks for the category and the brand of its items. */
const WEIGHT_OF_TYPE = new Map(
  Object.entries({ view_item: 1, select_item: 1, add_to_cart: 3, add_to_wishlist: 3, purchase: 5 }),
);

export interface Order {
  /** Epoch ms. */
  readonly at: number;
  readonly value: number;
  /** The order's number; "" when the event named none. */
  readonly id: string;
}

export interface VisitorSummary {
  firstAt: number;
  lastAt: number;
  sessions: number;
  readonly orders: Order[];
  refunds: number;
  /** Events that touched items. */
  itemEvents: number;
  /** Items touched whose price can be placed among its category's, and the sum of where: 0 cheapest, 1 dearest. */
  pricedItems: number;
  priceLevels: number;
  /** Queries with a word that asks for a low price. */
  dealQueries: number;
  /** Decayed weight by name. */
  readonly categories: Map<string, number>;
  readonly brands: Map<string, number>;
}

export interface SummaryOptions {
  readonly sessionTimeoutMs: number;
  readonly items: ReadonlyMap<string, LogItem>;
  readonly priceLevels: PriceLevels;
}

/** Null when nothing is left without bots and without what the system itself put in. @param events in the order of `seq` */
export function summarize(events: readonly LogEvent[], options: SummaryOptions): VisitorSummary | null {
  let summary: VisitorSummary | null = null;
  for (const event of events) {
    if (event.bot || event.system !== undefined) continue;
    const { ts } = event;
    summary ??= emptySummary(ts);
    if (summary.sessions === 0 || ts - summary.lastAt > options.sessionTimeoutMs) summary.sessions += 1;
    summary.firstAt = Math.min(summary.firstAt, ts);
    summary.lastAt = Math.max(summary.lastAt, ts);
    addEvent(summary, event, options);
  }
  return summary;
}

/** Adds what another visitor did who turned out to be the same person. */
export function addSummary(into: VisitorSummary, other: VisitorSummary, sessionTimeoutMs: number): void {
  // The session of the login began under the other name.
  const isOneSession = Math.abs(into.firstAt - other.lastAt) <= sessionTimeoutMs;
  into.sessions += other.sessions - (isOneSession ? 1 : 0);
  into.firstAt = Math.min(into.firstAt, other.firstAt);
  into.lastAt = Math.max(into.lastAt, other.lastAt);
  for (const order of other.orders) addOrder(into, order);
  into.refunds += other.refunds;
  into.itemEvents += other.itemEvents;
  into.pricedItems += other.pricedItems;
  into.priceLevels += other.priceLevels;
  into.dealQueries += other.dealQueries;
  for (const [name, weight] of other.categories) add(into.categories, name, weight);
  for (const [name, weight] of other.brands) add(into.brands, name, weight);
}

/** What the orders brought, less what was paid back. */
export function revenueOf({ orders, refunds }: VisitorSummary): number {
  return orders.reduce((sum, { value }) => sum + value, 0) - refunds;
}

function emptySummary(at: number): VisitorSummary {
  return {
    firstAt: at,
    lastAt: at,
    sessions: 0,
    orders: [],
    refunds: 0,
    itemEvents: 0,
    pricedItems: 0,
    priceLevels: 0,
    dealQueries: 0,
    categories: new Map(),
    brands: new Map(),
  };
}

function addEvent(summary: VisitorSummary, event: LogEvent, { items, priceLevels }: SummaryOptions): void {
  const { type, ts, query } = event;
  if (type === "purchase") addOrder(summary, { at: ts, value: worthOf(event), id: event.orderId ?? "" });
  else if (type === "refund") summary.refunds += worthOf(event);
  if (query !== undefined && asksForDeals(query)) summary.dealQueries += 1;
  const weight = WEIGHT_OF_TYPE.get(type);
  if (weight === undefined || !event.items?.length) return;
  summary.itemEvents += 1;
  const decayed = weight * 2 ** ((ts - LANDMARK) / HALF_LIFE_MS);
  for (const item of event.items) {
    // What the event says held at its time; the catalogue tells the rest.
    const known = items.get(item.id);
    const category = item.category || known?.category;
    const brand = item.brand || known?.brand;
    if (category) add(summary.categories, category, decayed);
    if (brand) add(summary.brands, brand, decayed);
    const level = category === undefined ? null : priceLevels.of(category, item.price ?? known?.price);
    if (level === null) continue;
    summary.pricedItems += 1;
    summary.priceLevels += level;
  }
}

/** An order that is told of twice, by the page and by the server, is one. */
function addOrder({ orders }: VisitorSummary, order: Order): void {
  if (order.id === "" || !orders.some(({ id }) => id === order.id)) orders.push(order);
}

function worthOf({ value, items }: LogEvent): number {
  return (
    value ?? items?.reduce((sum: number, item: EventItem) => sum + (item.price ?? 0) * (item.quantity ?? 1), 0) ?? 0
  );
}

function asksForDeals(query: string): boolean {
  return termsOf(query, 16).some((term) => INTENT_RULES.priceSensitive.words.has(hash32(term)));
}

function add(weights: Map<string, number>, name: string, weight: number): void {
  weights.set(name, (weights.get(name) ?? 0) + weight);
}
