import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AcceptedEvent } from "../events/event.ts";
import { decodeProfile, encodeProfile } from "./codec.ts";
import { DedupeWindow } from "./dedupe.ts";
import { digestOf, viewOfDigest } from "./digest.ts";
import { fold } from "./fold.ts";
import { emptyProfile, type Profile } from "./profile.ts";
import { decodeView, encodeView, VIEW_BYTES } from "./view.ts";

const CONFIG = { sessionTimeoutMs: 1_800_000, maxTouches: 48, maxShown: 256 };
const T0 = 1_732_280_000_000;

function event(seq: number, type: string, ts: number, extra: Partial<AcceptedEvent> = {}): AcceptedEvent {
  return { id: `e${seq}`, type, ts, seq, receivedAt: ts, ...extra };
}

function foldAll(events: readonly AcceptedEvent[], profile = emptyProfile()): Profile {
  return events.reduce((state, next) => fold(state, next, CONFIG), profile);
}

describe("sessions", () => {
  test("a pause of more than the timeout starts a new session", () => {
    const profile = foldAll([
      event(1, "page_view", T0),
      event(2, "page_view", T0 + CONFIG.sessionTimeoutMs),
      event(3, "page_view", T0 + 2 * CONFIG.sessionTimeoutMs + 1),
    ]);
    expect(profile.sessions).toBe(2);
    expect(profile.session).toMatchObject({ id: 3, events: 1, pageViews: 1 });
  });

  test("a client clock that runs ahead does not move the session into the future", () => {
    const profile = foldAll([event(1, "page_view", T0 + 240_000, { receivedAt: T0 })]);
    expect(profile.lastAt).toBe(T0);
  });
});

test("folding an event twice or with a gap is refused", () => {
  const profile = foldAll([event(1, "page_view", T0)]);
  expect(() => fold(profile, event(1, "page_view", T0), CONFIG)).toThrow(RangeError);
  expect(() => fold(profile, event(3, "page_view", T0), CONFIG)).toThrow(RangeError);
});

test("touches, showings, orders and revenue are kept, bounded and newest last", () => {
  const items = Array.from({ length: 100 }, (_, i) => ({ id: `sku-${i}` }));
  const profile = foldAll([
    event(1, "view_item_list", T0, { items }),
    event(2, "view_item_list", T0, { items }),
    event(3, "view_item_list", T0, { items }),
    event(4, "view_item", T0, { items }),
    event(5, "purchase", T0 + 1, { items: [{ id: "sku-7" }], value: 12.5 }),
  ]);
  expect(profile.shown).toHaveLength(CONFIG.maxShown);
  expect(profile.touches).toHaveLength(CONFIG.maxTouches);
  expect(profile.touches.at(-1)).toEqual({ itemId: "sku-7", kind: "purchase", at: T0 + 1 });
  expect([profile.orders, profile.revenue]).toEqual([1, 12.5]);
});

const arbitraryEvents = fc.array(
  fc.record({
    type: fc.constantFrom("page_view", "view_item", "select_item", "view_item_list", "purchase", "custom"),
    gap: fc.integer({ min: -100_000, max: 4_000_000 }),
    items: fc.array(fc.record({ id: fc.string({ minLength: 1, maxLength: 128, unit: "grapheme" }) }), {
      maxLength: 100,
    }),
  }),
  { maxLength: 60 },
);

test("a view is at most 4 KB and reads back as the newest part of the profile, whatever happened", () => {
  fc.assert(
    fc.property(arbitraryEvents, (list) => {
      let ts = T0;
      const profile = foldAll(
        list.map(({ type, gap, items }, i) => {
          ts += gap;
          return event(i + 1, type, ts, { items });
        }),
      );
      const bytes = encodeView(profile);
      expect(bytes.length).toBeLessThanOrEqual(VIEW_BYTES);
      const view = decodeView(bytes);
      expect(view.session).toEqual(profile.session);
      expect(view.touches).toEqual(profile.touches.toReversed().slice(0, view.touches.length));
      expect([...view.shown]).toEqual(profile.shown.toReversed().slice(0, view.shown.length));
      expect(decodeProfile(encodeProfile(profile))).toEqual(profile);
    }),
  );
});

test("ordinary visitors lose nothing in the view", () => {
  const profile = foldAll(
    Array.from({ length: 20 }, (_, i) => event(i + 1, "view_item", T0 + i, { items: [{ id: `lamp-${i}` }] })),
  );
  expect(decodeView(encodeView(profile)).touches).toHaveLength(20);
});

test("a truncated view is refused", () => {
  const bytes = encodeView(foldAll([event(1, "view_item", T0, { items: [{ id: "a" }] })]));
  for (let cut = 0; cut < bytes.length; cut++) expect(() => decodeView(bytes.subarray(0, cut))).toThrow(RangeError);
});

test("a stored profile of an unknown version is refused", () => {
  expect(() => decodeProfile('{"version":99}')).toThrow(RangeError);
});

describe("duplicates", () => {
  test("an id is known for 512 ids and 24 hours, also after being stored", () => {
    let window = new DedupeWindow();
    for (let i = 0; i < 512; i++) expect(window.admit(`id-${i}`, T0)).toBe(true);
    window = DedupeWindow.decode(window.encode());
    expect(window.size).toBe(512);
    expect(window.admit("id-0", T0 + 86_400_000)).toBe(false);
    expect(window.admit("id-0", T0 + 86_400_001)).toBe(true);
    expect(window.admit("one more", T0)).toBe(true);
    expect(window.admit("id-1", T0)).toBe(true); // pushed out by the 512 after it
  });
});

test("a digest carries the last touches back into a view", () => {
  const profile = foldAll([
    event(1, "select_item", T0, { items: [{ id: "lamp-1" }] }),
    event(2, "select_item", T0 + 5000, { items: [{ id: "lamp-2" }] }),
  ]);
  const digest = digestOf(decodeView(encodeView(profile)), T0 + 10_000);
  expect(digest && viewOfDigest(digest).touches).toEqual([
    { itemId: "lamp-2", kind: "click", at: T0 + 5000 },
    { itemId: "lamp-1", kind: "click", at: T0 },
  ]);
});
