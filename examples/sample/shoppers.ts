// The simulated history that `npm start` seeds itself with. SIMULATED: no person did any of this. Shoppers come back
// for a few sessions, look through lists from the top (position bias as in the examination model: Richardson et al.,
// WWW 2007), click what suits their hidden taste (tastes.ts), and sometimes search, fill a cart and buy.
import { createRandom, type Random } from "../../src/kernels/random.ts";
import type { LogEvent, LogItem, LogRecord } from "../../src/training/log.ts";
import { sampleCatalogue } from "./catalogue.ts";
import { appeal, createShoppers, drawIntent, type Shopper } from "./tastes.ts";

const DAY_MS = 86_400_000;
/** No session can last longer: four lists with every item clicked and put into the cart. */
const LONGEST_SESSION_MS = 90 * 60_000;
const SHOWN = 12;
const SHOP = "https://shop.example";

export interface SimulateOptions {
  readonly seed: number;
  /** Epoch ms; nothing happens after it. */
  readonly endTs: number;
  /** 200 by default. */
  readonly shoppers?: number;
  /** Length of the history, 14 by default, at least 1. */
  readonly days?: number;
}

/** One shopper's session under way. */
interface Session {
  readonly random: Random;
  readonly shopper: Shopper;
  readonly intent: string;
  /** Gives the event an id and the session's next moment, and logs it. */
  readonly log: (event: Omit<LogEvent, "kind" | "id" | "ts" | "anonymousId">) => void;
  readonly cart: { readonly item: LogItem; readonly quantity: number; readonly decisionId: string }[];
}

/** The items first, then every shopper's events in time order: equal options, equal log, to the byte. @throws RangeError when days < 1 */
export function simulateLog(options: SimulateOptions): LogRecord[] {
  const { seed, endTs, shoppers: count = 200, days = 14 } = options;
  if (!(days >= 1)) throw new RangeError(`days must be at least 1, not ${days}`);
  const random = createRandom(seed);
  const items = sampleCatalogue(endTs);
  const events = createShoppers(random, items, count).flatMap((shopper) => {
    // A stream of its own for each shopper: adding one leaves the others as they are.
    const own = createRandom(seed * 1_000_003 + Number(shopper.anonymousId.slice("shopper-".length)));
    return shopperEvents(own, shopper, items, `sim${seed}`, endTs, days);
  });
  return [...items, ...events.sort((a, b) => a.ts - b.ts)];
}

function shopperEvents(
  random: Random,
  shopper: Shopper,
  items: readonly LogItem[],
  prefix: string,
  endTs: number,
  days: number,
): LogEvent[] {
  const events: LogEvent[] = [];
  const sessions = 2 + random.integer(4);
  const slotMs = (days * DAY_MS) / sessions;
  const categories = [...new Set(items.map((item) => item.category ?? ""))];
  for (let index = 0; index < sessions; index++) {
    let ts = Math.floor(endTs - (sessions - index) * slotMs + random.next() * (slotMs - LONGEST_SESSION_MS));
    const onSale = items.filter((item) => item.available && (item.publishedAt ?? 0) <= ts);
    const log: Session["log"] = (event) => {
      const id = `${prefix}-${shopper.anonymousId}-${String(events.length + 1).padStart(4, "0")}`;
      events.push({ kind: "event", id, ts, anonymousId: shopper.anonymousId, ...event });
      ts += 1500 + random.integer(25_000);
    };
    const intent = drawIntent(random, shopper, categories);
    runSession(
      { random, shopper, intent, log, cart: [] },
      onSale,
      `${prefix}-list-${shopper.anonymousId}-${index + 1}`,
    );
  }
  return events;
}

function runSession(session: Session, onSale: readonly LogItem[], listPrefix: string): void {
  const { random, log, intent } = session;
  log({ type: "page_view", context: { url: `${SHOP}/` } });
  lookThrough(session, "home", homeList(random, onSale), `${listPrefix}-1`);
  const more = 1 + random.integer(3);
  for (let page = 0; page < more; page++) {
    const listId = `${listPrefix}-${page + 2}`;
    if (random.next() < 0.15) {
      lookThrough(session, "home", homeList(random, onSale), listId);
      continue;
    }
    if (random.next() < 0.2) log({ type: "search", query: drawQuery(session, onSale) });
    else log({ type: "page_view", context: { url: `${SHOP}/${intent}` } });
    lookThrough(session, "category", categoryList(random, onSale, intent), listId);
  }
  if (session.cart.length > 0 && random.next() < 0.55) checkOut(session, listPrefix);
}

/** An impression of `shown`, then what the shopper does with it, from the top down. */
function lookThrough(session: Session, placement: string, shown: readonly LogItem[], decisionId: string): void {
  const { random, log, shopper, intent, cart } = session;
  log({ type: "view_item_list", decisionId, placement, items: shown.map((item) => ({ id: item.id })) });
  shown.forEach((item, position) => {
    const examined = 1 / (1 + 0.15 * position);
    const wanted = appeal(shopper, intent, item);
    if (random.next() >= examined * wanted) return;
    const line = { id: item.id, price: item.price, category: item.category };
    log({ type: "select_item", decisionId, placement, position, items: [line] });
    log({ type: "view_item", items: [line], context: { url: `${SHOP}${item.url}` } });
    if (random.next() >= 0.45 * wanted) return;
    const quantity = random.next() < 0.2 ? 2 : 1;
    cart.push({ item, quantity, decisionId });
    log({
      type: "add_to_cart",
      decisionId,
      items: [{ ...line, quantity }],
      value: priceOf(item, quantity),
      currency: "EUR",
    });
  });
}

/** One order for the whole cart. It carries a list id only when everything in it came from that list. */
function checkOut({ cart, log }: Session, orderId: string): void {
  const lists = [...new Set(cart.map((line) => line.decisionId))];
  log({
    type: "purchase",
    orderId: `${orderId}-order`,
    value: cart.reduce((sum, { item, quantity }) => sum + priceOf(item, quantity), 0),
    currency: "EUR",
    items: cart.map(({ item, quantity }) => ({ id: item.id, price: item.price, category: item.category, quantity })),
    ...(lists.length === 1 ? { decisionId: lists[0] } : {}),
  });
}

/** Twelve of the whole shop at random: the sample's old site did not personalize. */
function homeList(random: Random, onSale: readonly LogItem[]): LogItem[] {
  const mixed = [...onSale];
  random.shuffle(mixed);
  return mixed.slice(0, SHOWN);
}

/** The category in random order, filled up to twelve with others. */
function categoryList(random: Random, onSale: readonly LogItem[], category: string): LogItem[] {
  const mixed = [...onSale];
  random.shuffle(mixed);
  const inside = mixed.filter((item) => item.category === category);
  return [...inside, ...mixed.filter((item) => item.category !== category)].slice(0, SHOWN);
}

function drawQuery({ random, shopper, intent }: Session, onSale: readonly LogItem[]): string {
  const tags = onSale.filter((item) => item.category === intent).flatMap((item) => item.tags ?? []);
  const liked = tags.filter((tag) => shopper.likedTags.has(tag));
  const choice = liked.length > 0 ? liked : tags;
  return `${choice[random.integer(Math.max(1, choice.length))] ?? ""} ${intent}`.trim();
}

function priceOf(item: LogItem, quantity: number): number {
  return (item.price ?? 0) * quantity;
}
