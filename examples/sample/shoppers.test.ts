import { expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import { type LogEvent, type LogItem, parseLogLine } from "../../src/training/log.ts";
import { sampleCatalogue } from "./catalogue.ts";
import { simulateLog } from "./shoppers.ts";
import { createShoppers, type Shopper } from "./tastes.ts";

const SEED = 11;
const END_TS = Date.UTC(2026, 10, 1);
const log = simulateLog({ seed: SEED, endTs: END_TS });
const items = log.filter((record): record is LogItem => record.kind === "item");
const events = log.filter((record): record is LogEvent => record.kind === "event");
const lists = new Map(
  events.filter((event) => event.type === "view_item_list").map((event) => [event.decisionId, event]),
);
const clicks = events.filter((event) => event.type === "select_item");
const categoryOf = new Map(items.map((item) => [item.id, item.category]));
const tagsOf = new Map(items.map((item) => [item.id, item.tags ?? []]));
const tastes = new Map(
  createShoppers(createRandom(SEED), sampleCatalogue(END_TS), 200).map((shopper) => [shopper.anonymousId, shopper]),
);

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

test("the catalogue has some sixty items in six categories with unique ids, most of them on sale", () => {
  expect(items.length).toBeGreaterThanOrEqual(60);
  expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
  expect(new Set(items.map((item) => item.category)).size).toBe(6);
  expect(items.filter((item) => item.available).length).toBeGreaterThan(58);
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

test("every list shows twelve different items that are on sale and already published", () => {
  for (const list of lists.values()) {
    const shown = new Set(list.items?.map((item) => item.id));
    expect(shown.size).toBe(12);
    const wrong = items.filter((item) => shown.has(item.id) && (!item.available || (item.publishedAt ?? 0) > list.ts));
    expect(wrong).toEqual([]);
  }
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

/** How far clicks on home lists exceed what random clicks would give, in standard deviations. */
function excess(likes: (shopper: Shopper, id: string) => boolean): number {
  let surplus = 0;
  let variance = 0;
  for (const click of clicks.filter((event) => event.placement === "home")) {
    const shopper = tastes.get(click.anonymousId ?? "") as Shopper;
    const shown = lists.get(click.decisionId)?.items ?? [];
    const chance = shown.filter((item) => likes(shopper, item.id)).length / shown.length;
    surplus += Number(likes(shopper, click.items?.[0]?.id ?? "")) - chance;
    variance += chance * (1 - chance);
  }
  return surplus / Math.sqrt(variance);
}

test("clicks concentrate on the shopper's favourite category and liked tags, far beyond chance", () => {
  expect(excess((shopper, id) => categoryOf.get(id) === shopper.favouriteCategory)).toBeGreaterThan(8);
  expect(excess((shopper, id) => (tagsOf.get(id) ?? []).some((tag) => shopper.likedTags.has(tag)))).toBeGreaterThan(8);
});

test("clicks fall with the position in the home lists", () => {
  const at = (from: number, to: number): number =>
    clicks.filter((click) => click.placement === "home" && (click.position ?? 0) >= from && (click.position ?? 0) < to)
      .length;
  expect(at(0, 4)).toBeGreaterThan(1.3 * at(4, 8));
  expect(at(4, 8)).toBeGreaterThan(1.1 * at(8, 12));
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
