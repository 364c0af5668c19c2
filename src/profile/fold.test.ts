import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIG, event, foldAll, profileAfter, T0, viewAfter } from "../../tests/support/folding.ts";
import type { AcceptedEvent } from "../events/event.ts";
import { hash32 } from "../kernels/hash.ts";
import { digestOf, viewOfDigest } from "./digest.ts";
import { fold, profileOf } from "./fold.ts";
import type { EndedSession } from "./profile.ts";
import { encodeState } from "./state-codec.ts";

const MINUTE = 60_000;

describe("sessions", () => {
  test("a pause of more than the timeout starts a new session and ends the one before", () => {
    const profile = profileAfter(
      event("page_view", T0),
      event("page_view", T0 + CONFIG.sessionTimeoutMs),
      event("page_view", T0 + 2 * CONFIG.sessionTimeoutMs + 1),
    );
    expect(profile.sessions).toBe(2);
    expect(profile.session).toMatchObject({ id: T0 + 2 * CONFIG.sessionTimeoutMs + 1, events: 1, pageViews: 1 });
    expect(profile.previous).toMatchObject({ id: T0, events: 2, pageViews: 2 });
  });

  test("what happened and how long it held the visitor is counted", () => {
    const profile = profileAfter(
      event("page_view", T0, {
        context: {
          url: "https://shop.example/lamps?utm_source=news&utm_medium=email&utm_campaign=may",
          userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
          country: "DE",
          utcOffsetMinutes: 120,
        },
      }),
      event("search", T0 + MINUTE, { query: "brass lamp" }),
      event("view_item", T0 + 3 * MINUTE, { items: [{ id: "sku-1", category: "lamps", price: 40 }] }),
      event("add_to_cart", T0 + 20 * MINUTE, { items: [{ id: "sku-1", price: 40, quantity: 2 }] }),
    );
    expect(profile.session).toMatchObject({
      events: 4,
      pageViews: 1,
      searches: 1,
      itemViews: 1,
      carts: 1,
      // A minute, two minutes, and seventeen that count as five.
      dwellMs: 8 * MINUTE,
      longestDwellMs: 5 * MINUTE,
      landing: "/lamps",
      referrer: "email",
      campaign: { source: "news", medium: "email", name: "may" },
      device: "mobile",
      country: "DE",
      utcOffsetMinutes: 120,
      queries: [{ text: "brass lamp", at: T0 + MINUTE }],
    });
    expect(profile.cart).toEqual([{ itemId: "sku-1", quantity: 2, price: 40, at: T0 + 20 * MINUTE }]);
    // The view held the visitor for a minute and more: it weighs as much as a click.
    expect(profile.touches).toMatchObject([
      { kind: "view", weight: 1, category: hash32("lamps"), price: 40 },
      { kind: "cart", weight: 2 },
    ]);
  });

  test("a client clock that runs ahead does not move the session into the future", () => {
    expect(profileAfter(event("page_view", T0 + 240_000, { receivedAt: T0 })).lastAt).toBe(T0);
  });

  test("an end that was told closes the session, settles everything, and changes no view", () => {
    const events = [event("page_view", T0), event("view_item", T0 + 1000, { items: [{ id: "a" }] })];
    const later = T0 + 2 * CONFIG.sessionTimeoutMs;
    const told = event("session_end", T0 + 1000, { receivedAt: later });
    const ended = fold(foldAll(events), { ...told, seq: 3, system: { kind: "session_end", session: T0 } }, CONFIG);
    expect(ended.pending).toEqual([]);
    expect(profileOf(ended, CONFIG)).toMatchObject({ session: null, previous: { id: T0, events: 2 }, sessions: 1 });
    const untold = viewAfter(events, later);
    expect(untold).toMatchObject({ session: null, previous: { startedAt: T0, events: 2 } });
    // A custom event of that name is an event like any other.
    expect(profileOf(foldAll([...events, told]), CONFIG).session).not.toBeNull();
  });

  test("every session is told of once when a later one has begun for good", () => {
    const ended: EndedSession[] = [];
    const starts = [T0, T0 + 60 * MINUTE, T0 + 120 * MINUTE];
    const events = starts.flatMap((at) => [event("page_view", at), event("view_item", at + 2 * MINUTE)]);
    foldAll(events, undefined, (session) => ended.push(session));
    expect(ended.map(({ id, events }) => [id, events])).toEqual([
      [T0, 2],
      [T0 + 60 * MINUTE, 2],
    ]);
  });
});

test("folding an event twice or with a gap is refused", () => {
  const state = foldAll([event("page_view", T0)]);
  expect(() => fold(state, event("page_view", T0, { seq: 1 }), CONFIG)).toThrow(RangeError);
  expect(() => fold(state, event("page_view", T0, { seq: 3 }), CONFIG)).toThrow(RangeError);
});

test("touches, lists, orders and revenue are kept, bounded and newest last", () => {
  const items = Array.from({ length: 100 }, (_, i) => ({ id: `sku-${i}` }));
  const profile = profileAfter(
    ...[1, 2, 3].map((n) => event("view_item_list", T0 + n, { items, placement: "home" })),
    event("view_item", T0 + 4, { items }),
    event("purchase", T0 + 5, { items: [{ id: "sku-7" }], value: 12.5 }),
    event("refund", T0 + 6, { value: 2.5 }),
  );
  expect(profile.shown.map(({ items }) => items.length)).toEqual([100, 100]);
  expect(profile.shown[0]?.placement).toBe(hash32("home"));
  expect(profile.touches).toHaveLength(CONFIG.maxTouches);
  expect(profile.touches.at(-1)).toMatchObject({ itemId: "sku-7", kind: "purchase", at: T0 + 5 });
  expect([profile.orders, profile.revenue, profile.orderedAt]).toEqual([1, 10, T0 + 5]);
});

test("a cart holds what was put in and neither taken out nor bought since", () => {
  const cart = (...events: AcceptedEvent[]) =>
    profileAfter(...events).cart.map(({ itemId, quantity }) => [itemId, quantity]);
  const put = (id: string, at: number, quantity?: number) =>
    event("add_to_cart", T0 + at, { items: [quantity === undefined ? { id } : { id, quantity }] });

  const filled = [put("a", 1), put("b", 2, 3), put("a", 3)];
  expect(cart(...filled)).toEqual([
    ["b", 3],
    ["a", 2],
  ]);
  expect(cart(...filled, event("remove_from_cart", T0 + 4, { items: [{ id: "b", quantity: 1 }] }))).toContainEqual([
    "b",
    2,
  ]);
  expect(cart(...filled, event("remove_from_cart", T0 + 4, { items: [{ id: "b" }] }))).toEqual([["a", 2]]);
  expect(cart(...filled, event("purchase", T0 + 4, { items: [{ id: "a" }] }))).toEqual([["b", 3]]);
  expect(cart(...filled, event("purchase", T0 + 4))).toEqual([]);
});

const TYPES = [
  "page_view",
  "view_item",
  "select_item",
  "view_item_list",
  "add_to_cart",
  "remove_from_cart",
  "purchase",
  "search",
  "custom",
];
const arbitraryEvent = (withinMs: number) =>
  fc
    .record({
      type: fc.constantFrom(...TYPES),
      offset: fc.integer({ min: 0, max: withinMs }),
      items: fc.array(fc.record({ id: fc.constantFrom("a", "b", "c", "d"), category: fc.constantFrom("x", "y") }), {
        minLength: 1,
        maxLength: 3,
      }),
      query: fc.constantFrom("brass lamp", "rug"),
    })
    .map(({ type, offset, items, query }) => ({
      type,
      offset,
      extra: { items, ...(type === "search" ? { query } : {}) },
    }));

describe("events that arrive out of order", () => {
  test("within the buffer every order of arrival gives the same profile, after some history too", () => {
    const history = [
      event("page_view", T0 - 10 * MINUTE),
      event("view_item", T0 - 5 * MINUTE, { items: [{ id: "a" }] }),
    ];
    fc.assert(
      fc.property(
        fc.array(arbitraryEvent(CONFIG.reorderMs - 1), { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (list, random) => {
          const events = list.map(({ type, offset, extra }, i) => event(type, T0 + offset, { id: `e${i}`, ...extra }));
          const shuffled = events
            .map((one) => ({ one, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const inOrder = foldAll([...history, ...events.toSorted((a, b) => a.ts - b.ts)]);
          const outOfOrder = foldAll([...history, ...shuffled]);
          expect(profileOf(outOfOrder, CONFIG)).toEqual(profileOf(inOrder, CONFIG));
          expect(outOfOrder.late).toBe(0);
          // And it stays the same once everything is settled.
          const later = event("page_view", T0 + 10 * MINUTE);
          expect(encodeState(foldAll([later], outOfOrder))).toEqual(encodeState(foldAll([later], inOrder)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("the first minute of a browser's session fits, with its addresses, lists and clicks", () => {
    const context = {
      url: `https://shop.example/lamps/${"a-long-path-".repeat(8)}?utm_source=newsletter&utm_medium=email&utm_campaign=spring`,
      referrer: "https://www.google.com/search?q=brass+lamp",
      userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 ${"x".repeat(80)} Safari/537.36`,
      country: "DE",
      utcOffsetMinutes: 60,
    };
    const items = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `item-${i}`, category: "lamps" }));
    const events = Array.from({ length: 24 }, (_, i) => {
      const type = (["page_view", "view_item_list", "view_item", "select_item"] as const)[i % 4] as string;
      const shown = type === "view_item_list" ? { items: items(24) } : type === "page_view" ? {} : { items: items(1) };
      return event(type, T0 + i * 2_000, { id: `e${i}`, context, ...shown });
    });
    const inOrder = foldAll(events);
    const reversed = foldAll(events.toReversed());
    expect(reversed.pending).toHaveLength(24);
    expect(profileOf(reversed, CONFIG)).toEqual(profileOf(inOrder, CONFIG));
  });

  test("beyond the buffer an event counts, and counts as late", () => {
    const state = foldAll([
      event("page_view", T0),
      event("page_view", T0 + 2 * MINUTE),
      event("view_item", T0 + 30_000, { items: [{ id: "a" }] }),
    ]);
    expect(state.late).toBe(1);
    expect(profileOf(state, CONFIG)).toMatchObject({
      touches: [{ itemId: "a", at: T0 + 30_000 }],
      session: { events: 3 },
    });
  });

  test("what comes late from before the session neither begins nor prolongs one", () => {
    const state = foldAll([
      event("page_view", T0),
      event("page_view", T0 + 2 * MINUTE),
      event("purchase", T0 - 60 * MINUTE, { value: 5 }),
    ]);
    expect(profileOf(state, CONFIG)).toMatchObject({
      sessions: 1,
      session: { id: T0, events: 2 },
      orders: 1,
      firstAt: T0 - 60 * MINUTE,
    });
  });
});

test("a digest carries the last touches back into a view", () => {
  const view = viewAfter(
    [
      event("select_item", T0, { items: [{ id: "lamp-1" }] }),
      event("select_item", T0 + 5000, { items: [{ id: "lamp-2" }] }),
    ],
    T0 + 5000,
  );
  const digest = digestOf(view, T0 + 10_000);
  expect(digest && viewOfDigest(digest).touches).toMatchObject([
    { itemId: "lamp-2", kind: "click", at: T0 + 5000 },
    { itemId: "lamp-1", kind: "click", at: T0 },
  ]);
});
