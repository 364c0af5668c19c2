import { expect, test } from "vitest";
import { createRandom } from "../../../src/kernels/random.ts";
import { type LogEvent, type LogItem, parseLogLine } from "../../../src/training/log.ts";
import { type Product, productOf } from "../catalogue/products.ts";
import { simulateLog } from "./history.ts";
import { createShoppers, type Shopper } from "./shopper.ts";

const SEED = 11;
const END_TS = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;
const log = simulateLog({ seed: SEED, endTs: END_TS });
const items = log.filter((record): record is LogItem => record.kind === "item");
const events = log.filter((record): record is LogEvent => record.kind === "event");
const lists = new Map(
  events.filter((event) => event.type === "view_item_list").map((event) => [event.decisionId, event]),
);
const clicks = events.filter((event) => event.type === "select_item");
const tastes = new Map(createShoppers(createRandom(SEED), 200).map((shopper) => [shopper.anonymousId, shopper]));

test("equal options give the same log to the byte and another seed another one", () => {
  expect(JSON.stringify(simulateLog({ seed: SEED, endTs: END_TS }))).toBe(JSON.stringify(log));
  expect(JSON.stringify(simulateLog({ seed: SEED + 1, endTs: END_TS }))).not.toBe(JSON.stringify(log));
});

test("a shopper's days do not depend on how many others there are", () => {
  const few = simulateLog({ seed: SEED, endTs: END_TS, shoppers: 3 }).filter((record) => record.kind === "event");
  expect(few.length).toBeGreaterThan(50);
  const names = new Set(few.map((event) => event.anonymousId));
  expect(few).toEqual(events.filter((event) => names.has(event.anonymousId)));
});

test("items come first and events are in time order and never after the end", () => {
  expect(log.slice(0, items.length)).toEqual(items);
  expect(events.every((event, i) => event.ts >= (events[i - 1]?.ts ?? 0) && event.ts <= END_TS)).toBe(true);
});

test("there are 8 to 12 thousand events of every kind with unique ids of at most 64 bytes", () => {
  expect(events.length).toBeGreaterThan(8000);
  expect(events.length).toBeLessThan(12000);
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  expect(Math.max(...events.map((event) => event.id.length))).toBeLessThanOrEqual(64);
  expect([...new Set(events.map((event) => event.type))].sort()).toEqual(
    ["add_to_cart", "page_view", "purchase", "search", "select_item", "view_item", "view_item_list"].sort(),
  );
});

test("every record is one that the log reader accepts", () => {
  const problems = log.map((record) => parseLogLine(JSON.stringify(record))).filter((parsed) => "problem" in parsed);
  expect(problems).toEqual([]);
});

test("every list shows different items that are on sale and already published, in the placements of the shop", () => {
  for (const list of lists.values()) {
    const shown = new Set(list.items?.map((item) => item.id));
    expect(shown.size).toBe(list.items?.length);
    const wrong = items.filter((item) => shown.has(item.id) && (!item.available || (item.publishedAt ?? 0) > list.ts));
    expect(wrong).toEqual([]);
  }
  const placements = new Set([...lists.values()].map(({ placement }) => placement));
  expect([...placements].sort()).toEqual(["cart", "category", "home", "product", "search", "similar"]);
});

test("every click names a list of the same shopper that came before and shows the item at that position", () => {
  expect(clicks.length).toBeGreaterThan(1000);
  for (const click of clicks) {
    const list = lists.get(click.decisionId);
    expect(list?.anonymousId).toBe(click.anonymousId);
    expect(list?.ts).toBeLessThan(click.ts);
    expect(list?.items?.[click.position ?? -1]?.id).toBe(click.items?.[0]?.id);
  }
});

/** How far clicks on lists exceed what random clicks on the same lists would give, in standard deviations. */
function excess(placement: string, likes: (shopper: Shopper, product: Product) => boolean): number {
  let surplus = 0;
  let variance = 0;
  for (const click of clicks.filter((event) => event.placement === placement)) {
    const shopper = tastes.get(click.anonymousId ?? "") as Shopper;
    const shown = (lists.get(click.decisionId)?.items ?? []).map(({ id }) => productOf(id) as Product);
    const chance = shown.filter((product) => likes(shopper, product)).length / shown.length;
    surplus += Number(likes(shopper, productOf(click.items?.[0]?.id ?? "") as Product)) - chance;
    variance += chance * (1 - chance);
  }
  return surplus / Math.sqrt(variance);
}

test("clicks concentrate on the shopper's favourite category, styles and looks, far beyond chance", () => {
  expect(excess("home", (shopper, { category }) => category === shopper.favouriteCategory)).toBeGreaterThan(5);
  expect(excess("category", (shopper, { style }) => shopper.likedStyles.has(style))).toBeGreaterThan(8);
  expect(excess("category", (shopper, { colour }) => shopper.likedLooks.has(colour))).toBeGreaterThan(5);
});

test("who is sensitive to prices clicks what is near the own level, who is not does not care", () => {
  const isNear = (shopper: Shopper, { price, usualPrice }: Product): boolean =>
    Math.abs(Math.log2(price / usualPrice) - shopper.priceLevel) < 0.4;
  const sensitive = excess(
    "category",
    (shopper, product) => shopper.priceSensitivity > 0.7 && isNear(shopper, product),
  );
  const careless = excess("category", (shopper, product) => shopper.priceSensitivity < 0.3 && isNear(shopper, product));
  expect(sensitive).toBeGreaterThan(2);
  expect(sensitive).toBeGreaterThan(careless);
});

test("clicks fall with the position in the lists", () => {
  const at = (from: number, to: number): number =>
    clicks.filter(({ placement, position = 0 }) => placement === "category" && position >= from && position < to)
      .length;
  expect(at(0, 4)).toBeGreaterThan(1.3 * at(4, 8));
  expect(at(4, 8)).toBeGreaterThan(1.1 * at(8, 12));
});

test("some buy, some leave a full cart behind, and some of these come back for it", () => {
  const ordered = new Set(events.filter(({ type }) => type === "purchase").map(({ anonymousId }) => anonymousId));
  const filled = new Map(
    events.filter(({ type }) => type === "add_to_cart").map((event) => [event.anonymousId, event.ts]),
  );
  const left = [...filled.keys()].filter((name) => !ordered.has(name));
  expect(ordered.size).toBeGreaterThan(30);
  expect(left.length).toBeGreaterThan(30);
  const cameBack = events.filter(
    ({ type, anonymousId, context, ts }) =>
      type === "page_view" &&
      context?.url?.endsWith("/cart") &&
      ts > (filled.get(anonymousId ?? "") ?? Infinity) + DAY_MS / 4,
  );
  expect(cameBack.length).toBeGreaterThan(10);
});

test("an order's value is the sum of its lines", () => {
  const orders = events.filter((event) => event.type === "purchase");
  expect(orders.length).toBeGreaterThan(50);
  expect(new Set(orders.map((order) => order.orderId)).size).toBe(orders.length);
  for (const order of orders) {
    const sum = (order.items ?? []).reduce((total, item) => total + (item.price ?? 0) * (item.quantity ?? 1), 0);
    expect(order.value).toBe(sum);
  }
});

test("a history shorter than a day is refused", () => {
  expect(() => simulateLog({ seed: 1, endTs: END_TS, days: 0 })).toThrow(RangeError);
});
