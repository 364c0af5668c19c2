import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONFIG, T0 } from "../../tests/support/folding.ts";
import type { Event } from "../events/event.ts";
import { accept, type LiveVisitor, newVisitor } from "./accept.ts";
import { DedupeWindow } from "./dedupe.ts";

const MINUTE = 60_000;
const event = (id: string, extra: Partial<Event> = {}): Event => ({ id, type: "page_view", ts: T0, ...extra });
const take = (visitor: LiveVisitor, one: Event, at = one.ts) => accept(visitor, one, at, CONFIG);

test("an event is numbered and has its time of receipt; the second of an id is a duplicate", () => {
  const visitor = newVisitor();
  expect(take(visitor, event("1"), T0 + 5)).toMatchObject({ seq: 1, receivedAt: T0 + 5 });
  expect(take(visitor, event("1"), T0 + 9)).toBeNull();
  expect(take(visitor, event("2"), T0 + 9)).toMatchObject({ seq: 2 });
});

test("what comes after the reorder buffer has passed its time is marked late", () => {
  const visitor = newVisitor();
  take(visitor, event("1"));
  take(visitor, event("2", { ts: T0 + 2 * MINUTE }));
  expect(take(visitor, event("3", { ts: T0 + MINUTE + 1 }), T0 + 2 * MINUTE)).not.toHaveProperty("late");
  expect(take(visitor, event("4", { ts: T0 + MINUTE - 1 }), T0 + 2 * MINUTE)).toMatchObject({ late: true });
});

describe("a click that does not say where it was", () => {
  const list = (id: string, ts: number, ids: string[], position?: number): Event =>
    event(id, {
      ts,
      type: "view_item_list",
      items: ids.map((item) => ({ id: item })),
      ...(position ? { position } : {}),
    });
  const click = (id: string, item: string, extra: Partial<Event> = {}): Event =>
    event(id, { ts: T0 + 3 * MINUTE, type: "select_item", items: [{ id: item }], ...extra });

  test("is placed by the newest list that showed the item, settled or not", () => {
    const visitor = newVisitor();
    take(visitor, list("l1", T0, ["a", "b", "c"]));
    take(visitor, list("l2", T0 + 3 * MINUTE, ["b", "d"], 12));
    expect(take(visitor, click("c1", "c"))).toMatchObject({ position: 2 });
    expect(take(visitor, click("c2", "b"))).toMatchObject({ position: 12 });
    expect(take(visitor, click("c3", "d", { position: 1 }))).toMatchObject({ position: 1 });
    expect(take(visitor, click("c4", "never shown"))).not.toHaveProperty("position");
  });
});

describe("an inhuman rate", () => {
  const burst = (visitor: LiveVisitor, prefix: string, minute: number, count: number) => {
    let last = null;
    for (let i = 0; i < count; i++) last = take(visitor, event(`${prefix}-${i}`, { ts: minute * MINUTE + i }));
    return last;
  };
  const MINUTE_0 = Math.floor(T0 / MINUTE);
  const many = CONFIG.botEventsPerMinute + 1;

  test("for two minutes on end makes a bot, for a day", () => {
    const visitor = newVisitor();
    expect(burst(visitor, "a", MINUTE_0, many)).not.toHaveProperty("bot");
    expect(burst(visitor, "b", MINUTE_0 + 1, many)).toMatchObject({ bot: true });
    expect(burst(visitor, "c", MINUTE_0 + 60, 1)).toMatchObject({ bot: true });
    expect(burst(visitor, "d", MINUTE_0 + 26 * 60, 1)).not.toHaveProperty("bot");
  });

  test("for one minute is a queue that was offline, and none for two with a pause between them", () => {
    const visitor = newVisitor();
    expect(burst(visitor, "a", MINUTE_0, 5 * many)).not.toHaveProperty("bot");
    expect(burst(visitor, "b", MINUTE_0 + 2, many)).not.toHaveProperty("bot");
    expect(burst(visitor, "c", MINUTE_0 + 3, 10)).not.toHaveProperty("bot");
  });

  test("a bot by its own word stays one", () => {
    expect(take(newVisitor(), event("1", { bot: true }))).toMatchObject({ bot: true });
  });
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

  test("is told from new ones as a list of the last 512 would, however it is stored in between", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ id: fc.integer({ min: 0, max: 700 }), gap: fc.integer({ min: 0, max: 200_000 }) }), {
          minLength: 600,
          maxLength: 1500,
        }),
        (list) => {
          let window = new DedupeWindow();
          let known: { id: number; at: number }[] = [];
          let at = T0;
          for (const [i, { id, gap }] of list.entries()) {
            at += gap;
            const before = known.findLast((one) => one.id === id);
            const isNew = before === undefined || at - before.at > 86_400_000;
            expect(window.admit(`id-${id}`, at)).toBe(isNew);
            if (isNew) known = [...known, { id, at }].slice(-512);
            if (i % 97 === 0) window = DedupeWindow.decode(window.encode());
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("a truncated window is refused", () => {
    const window = new DedupeWindow();
    window.admit("a", T0);
    const bytes = window.encode();
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => DedupeWindow.decode(bytes.subarray(0, cut))).toThrow(RangeError);
  });

  test("a window that absorbed another knows the newest 512 of both", () => {
    const [window, other] = [new DedupeWindow(), new DedupeWindow()];
    for (let i = 0; i < 400; i++) {
      window.admit(`w-${i}`, T0 + 2 * i);
      other.admit(`o-${i}`, T0 + 2 * i + 1);
    }
    window.absorb(other);
    expect(window.size).toBe(512);
    expect([window.admit("w-399", T0), window.admit("o-200", T0)]).toEqual([false, false]);
    expect([window.admit("w-0", T0), window.admit("o-0", T0)]).toEqual([true, true]);
  });
});
