// One fact applied to a profile: the step that the fold is made of.
import { hash32 } from "../kernels/hash.ts";
import { termsOf } from "../kernels/terms.ts";
import { count, type Increment, incrementAt } from "./counters.ts";
import { type Fact, type FactItem, touchKindOf } from "./fact.ts";
import { priceBand } from "./price-band.ts";
import type { EndedSession, Profile, ProfileConfig, Shown, TouchKind } from "./profile.ts";
import { enterSession } from "./session.ts";

/** How strongly a touch speaks for its item, in multiples of 1/16. */
export const TOUCH_WEIGHT: Readonly<Record<TouchKind, number>> = {
  view: 0.5,
  click: 1,
  cart: 2,
  uncart: -1,
  purchase: 1,
};
/** A view that held the visitor for a minute weighs as much as a click. */
const DWELL_WEIGHT = 0.5;
const FULL_DWELL_MS = 60_000;
const MAX_LISTS = 32;
const TERMS_A_QUERY = 8;

/** Changes `profile` by what a fact says. @returns the session that it has ended */
export function applyFact(profile: Profile, fact: Fact, config: ProfileConfig): EndedSession | null {
  const { at } = fact;
  const before = profile.session?.lastAt ?? 0;
  const ended = enterSession(profile, fact, config);
  if (ended === null) weighLastView(profile, before, at, config);
  profile.firstAt = profile.firstAt === 0 ? at : Math.min(profile.firstAt, at);
  profile.lastAt = Math.max(profile.lastAt, at);
  const increment = incrementAt(profile.counters, at);
  count(profile.counters, "types", fact.type, 1, increment);
  if (fact.query !== undefined) {
    for (const term of termsOf(fact.query, TERMS_A_QUERY)) count(profile.counters, "terms", term, 1, increment);
  }
  if (fact.items !== undefined) touchItems(profile, fact, fact.items, increment, config);
  if (fact.shown !== undefined) {
    insertByTime(profile.shown, { at, ...fact.shown });
    keepNewestLists(profile.shown, config.maxShown);
  }
  if (fact.type === "purchase") order(profile, fact);
  else if (fact.type === "refund") profile.revenue -= Math.abs(revenueOf(fact));
  return ended;
}

/** The time until the next event says how long a view held the visitor. */
function weighLastView({ touches }: Profile, lastAt: number, at: number, { maxDwellMs }: ProfileConfig): void {
  const last = touches.at(-1);
  if (last === undefined || last.kind !== "view" || last.at !== lastAt || at <= lastAt) return;
  const dwell = Math.min(at - lastAt, maxDwellMs, FULL_DWELL_MS);
  last.weight = TOUCH_WEIGHT.view + Math.round((DWELL_WEIGHT * 16 * dwell) / FULL_DWELL_MS) / 16;
}

function touchItems(
  profile: Profile,
  { type, at }: Fact,
  items: readonly FactItem[],
  increment: Increment,
  config: ProfileConfig,
): void {
  const kind = touchKindOf(type);
  if (kind === undefined) return;
  const { counters, touches } = profile;
  const weight = TOUCH_WEIGHT[kind];
  for (const { id, category, brand, price = 0 } of items) {
    insertByTime(touches, { itemId: id, kind, at, weight, category: category ? hash32(category) : 0, price });
    if (weight <= 0) continue;
    count(counters, "items", id, weight, increment);
    if (category) count(counters, "categories", category, weight, increment);
    if (brand) count(counters, "brands", brand, weight, increment);
    if (price > 0) count(counters, "prices", String(priceBand(price)), weight, increment);
  }
  if (touches.length > config.maxTouches) touches.splice(0, touches.length - config.maxTouches);
  if (kind === "cart") for (const item of items) putInCart(profile, item, at, config);
  else if (kind === "uncart") for (const item of items) takeFromCart(profile, item, at);
}

function insertByTime<T extends { readonly at: number }>(list: T[], entry: T): void {
  let to = list.length;
  while (to > 0 && (list[to - 1] as T).at > entry.at) to--;
  if (to === list.length) list.push(entry);
  else list.splice(to, 0, entry);
}

/** Drops the oldest lists beyond `maxShown` items and the number of lists that are kept; the newest stays. */
export function keepNewestLists(shown: Shown[], maxShown: number): void {
  let items = 0;
  let keep = 0;
  while (keep < shown.length && keep < MAX_LISTS) {
    items += (shown[shown.length - 1 - keep] as Shown).items.length;
    if (items > maxShown && keep > 0) break;
    keep++;
  }
  if (keep < shown.length) shown.splice(0, shown.length - keep);
}

function putInCart({ cart }: Profile, item: FactItem, at: number, { maxCart }: ProfileConfig): void {
  const { id, price = 0, quantity = 1 } = item;
  if (quantity <= 0) return;
  const index = cart.findIndex(({ itemId }) => itemId === id);
  const line = index < 0 ? undefined : cart.splice(index, 1)[0];
  cart.push({
    itemId: id,
    quantity: (line?.quantity ?? 0) + quantity,
    price: price || (line?.price ?? 0),
    at: Math.max(at, line?.at ?? 0),
  });
  if (cart.length > maxCart) cart.shift();
}

function takeFromCart({ cart }: Profile, { id, quantity }: FactItem, at: number): void {
  const index = cart.findIndex(({ itemId }) => itemId === id);
  const line = cart[index];
  if (line === undefined) return;
  line.quantity -= quantity ?? line.quantity;
  line.at = Math.max(at, line.at);
  if (line.quantity <= 0) cart.splice(index, 1);
}

function order(profile: Profile, fact: Fact): void {
  const revenue = revenueOf(fact);
  profile.orders += 1;
  profile.revenue += revenue;
  profile.orderedAt = Math.max(profile.orderedAt, fact.at);
  const { session, cart } = profile;
  if (session !== null && fact.at >= session.startedAt) session.revenue += revenue;
  const bought = fact.items === undefined ? null : new Set(fact.items.map(({ id }) => id));
  // What was put in after the purchase (which then came late) is still there.
  profile.cart = cart.filter(({ itemId, at }) => at > fact.at || (bought !== null && !bought.has(itemId)));
}

/** What an order is worth: the event's value, else its items' prices. */
function revenueOf({ value, items }: Fact): number {
  return value ?? items?.reduce((sum, { price = 0, quantity = 1 }) => sum + price * quantity, 0) ?? 0;
}
