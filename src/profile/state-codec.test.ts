import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIG, event, foldAll, T0 } from "../../tests/support/folding.ts";
import { fold, profileOf } from "./fold.ts";
import { PROFILE_BYTES } from "./state.ts";
import { decodeState, encodeState } from "./state-codec.ts";
import { VIEW_BYTES } from "./view.ts";
import { decodeView, encodeViewOf } from "./view-codec.ts";

const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: "grapheme" });
/** At most 128 bytes, as the schema has it. */
const id = fc.oneof(
  text(4),
  fc.string({ minLength: 1, maxLength: 128 }),
  fc.string({ minLength: 32, maxLength: 32, unit: fc.constantFrom("\u{1f600}") }),
);
const arbitraryEvents = fc.array(
  fc.record({
    type: fc.constantFrom(
      "page_view",
      "view_item",
      "select_item",
      "view_item_list",
      "add_to_cart",
      "purchase",
      "search",
      "custom",
    ),
    gap: fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 0, max: 40 * 86_400_000 })),
    extra: fc.record(
      {
        items: fc.array(
          fc.record(
            { id, category: id, brand: id, price: fc.double({ min: 0, max: 1e12, noNaN: true }) },
            { requiredKeys: ["id"] },
          ),
          { maxLength: 100 },
        ),
        query: text(64),
        value: fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        context: fc.record({
          url: fc.webUrl(),
          referrer: fc.webUrl(),
          country: text(20),
          city: text(20),
          utcOffsetMinutes: fc.integer({ min: -720, max: 840 }),
        }),
      },
      { requiredKeys: [] },
    ),
  }),
  { maxLength: 60 },
);
type Arbitrary = typeof arbitraryEvents extends fc.Arbitrary<infer T> ? T : never;

function stateOf(list: Arbitrary) {
  let ts = T0;
  return foldAll(
    list.map(({ type, gap, extra }, i) => {
      ts += gap;
      return event(type, ts, { id: `e${i}`, ...extra });
    }),
  );
}

test("a state reads back as it was stored, and goes on folding as if it had never been", () => {
  fc.assert(
    fc.property(arbitraryEvents, arbitraryEvents, (before, after) => {
      const state = stateOf(before);
      const copy = decodeState(encodeState(state));
      expect(profileOf(copy, CONFIG)).toEqual(profileOf(state, CONFIG));
      expect(encodeState(copy)).toEqual(encodeState(state));
      const next = after.map(({ type, extra }, i) => event(type, state.newestAt + i * 1000, { id: `f${i}`, ...extra }));
      expect(encodeState(foldAll(next, copy))).toEqual(encodeState(foldAll(next, state)));
    }),
    { numRuns: 60 },
  );
});

test("a state is below 32 KB and its view below 4 KB, whatever happened", () => {
  fc.assert(
    fc.property(arbitraryEvents, (list) => {
      const state = stateOf(list);
      expect(encodeState(state).length).toBeLessThanOrEqual(PROFILE_BYTES);
      expect(encodeViewOf(state, T0, CONFIG).length).toBeLessThanOrEqual(VIEW_BYTES);
    }),
    { numRuns: 60 },
  );
});

test("a visitor who does the largest thing of every kind, a hundred thousand times, stays below both", () => {
  let state = foldAll([]);
  const long = (prefix: string, i: number) => `${prefix}-${i % 997}-`.padEnd(42, "\u{fe0f}").slice(0, 42);
  const url = `https://shop.example/${"p".repeat(3000)}?utm_source=${"s".repeat(200)}&utm_medium=${"m".repeat(200)}&utm_campaign=${"c".repeat(200)}`;
  const types = ["view_item", "add_to_cart", "search", "view_item_list", "select_item", "page_view"];
  let largest = 0;
  for (let i = 0; i < 100_000; i++) {
    const type = types[i % types.length] as string;
    const item = {
      id: long("item", i),
      category: long("category", i),
      brand: long("brand", i),
      price: 1 + (i % 100_000),
    };
    const items = type === "view_item_list" ? Array.from({ length: 100 }, (_, n) => ({ id: `i-${i}-${n}` })) : [item];
    const context = { url, referrer: url, country: long("land", i), city: long("city", i) };
    const ts = T0 + i * (i % 100 === 0 ? 3_600_000 : 700);
    state = fold(state, event(type, ts, { id: `${i}`, seq: i + 1, items, query: long("query", i), context }), CONFIG);
    if (i % 997 === 0) {
      largest = Math.max(largest, encodeState(state).length);
      expect(encodeViewOf(state, ts, CONFIG).length).toBeLessThanOrEqual(VIEW_BYTES);
    }
  }
  expect(largest).toBeLessThanOrEqual(PROFILE_BYTES);
});

describe("what cannot be read", () => {
  test("a truncated state is refused, wherever it is cut", () => {
    const events = [
      event("view_item", T0, { items: [{ id: "ä", category: "lamps", price: 4 }] }),
      event("search", T0 + 400_000, { query: "brass", context: { url: "https://shop.example/" } }),
    ];
    const bytes = encodeState(foldAll(events));
    for (let cut = 0; cut < bytes.length; cut++) expect(() => decodeState(bytes.subarray(0, cut))).toThrow(RangeError);
  });

  test("a truncated view is refused, wherever it is cut", () => {
    const bytes = encodeViewOf(
      foldAll([event("view_item", T0, { items: [{ id: "a", category: "b", price: 2 }] })]),
      T0,
      CONFIG,
    );
    for (let cut = 0; cut < bytes.length; cut++) expect(() => decodeView(bytes.subarray(0, cut))).toThrow(RangeError);
  });

  test("random bytes are refused with a RangeError or read as something, but never crash otherwise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const bytes = Uint8Array.of(2, ...noise);
        for (const decode of [decodeState, decodeView]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
    );
  });

  test("a version that this code does not know is refused", () => {
    expect(() => decodeState(Uint8Array.of(9, 0))).toThrow("version 9");
    expect(() => decodeState('{"version":99}')).toThrow("unknown version");
    expect(() => decodeState('{"version":1,"touch')).toThrow("truncated");
  });
});

describe("a state that version 0.1 stored", () => {
  const STORED = `{"version":1,"seq":7,"firstAt":${T0},"lastAt":${T0 + 60_000},"sessions":2,"orders":1,"revenue":12.5,"session":{"id":5,"startedAt":${T0 + 30_000},"lastAt":${T0 + 60_000},"events":3,"pageViews":1},"touches":[{"itemId":"sku-1","kind":"purchase","at":${T0}},{"itemId":"sku-2","kind":"view","at":${T0 + 60_000}}],"shown":[11,12,13]}`;

  test("is migrated on read: nothing that it knew is lost", () => {
    expect(profileOf(decodeState(STORED), CONFIG)).toMatchObject({
      seq: 7,
      firstAt: T0,
      lastAt: T0 + 60_000,
      sessions: 2,
      orders: 1,
      revenue: 12.5,
      orderedAt: T0,
      session: { id: T0 + 30_000, events: 3, pageViews: 1 },
      touches: [
        { itemId: "sku-1", kind: "purchase", weight: 1 },
        { itemId: "sku-2", kind: "view", weight: 0.5 },
      ],
      shown: [{ items: [11, 12, 13] }],
    });
  });

  test("goes on with the next event, in the new version", () => {
    const next = event("view_item", T0 + 90_000, { seq: 8, items: [{ id: "sku-3" }] });
    const state = decodeState(encodeState(fold(decodeState(STORED), next, CONFIG)));
    expect(profileOf(state, CONFIG)).toMatchObject({ seq: 8, session: { id: T0 + 30_000, events: 4 } });
  });
});
