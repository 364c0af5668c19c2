// The fading, sliding and debiased numbers of the table against their plain definitions.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { someEvents } from "../../tests/support/item-events.ts";
import { clickRate, placementClickRate, positionFreeClickRate } from "./click-rate.ts";
import { HALF_LIFE_MS, HALF_LIVES, moved } from "./decayed-counts.ts";
import { ItemTable } from "./item-table.ts";
import { type CountedEvent, OUTCOMES, outcomesOf, placementHash } from "./outcomes.ts";
import { MAX_PLACEMENTS } from "./placement-counts.ts";
import { bucketOf, POSITION_BUCKETS } from "./position-curve.ts";
import { decayedCount, trend } from "./trend.ts";
import { WINDOWED, WINDOWS } from "./window-counts.ts";

const NOW = 1_732_280_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WINDOW_MS = { "1h": HOUR, "1d": DAY, "7d": 7 * DAY };

function tableOf(events: readonly CountedEvent[]): ItemTable {
  const table = new ItemTable();
  for (const event of events) table.observe(event);
  return table;
}

const clicks = (id: string, count: number, at: (index: number) => number): CountedEvent[] =>
  Array.from({ length: count }, (_, index) => ({ type: "select_item", items: [{ id }], receivedAt: at(index) }));

describe("decayed counts", () => {
  test("are the sum of 2^(−age ÷ half-life) over all outcomes, to seven digits", () => {
    fc.assert(
      fc.property(someEvents(NOW), fc.integer({ min: 0, max: 40 * DAY }), (events, later) => {
        const table = tableOf(events);
        const now = NOW + 300 * DAY + later;
        const outcomes = events.flatMap(outcomesOf);
        for (const [slot, id] of table.ids.entries()) {
          for (const outcome of OUTCOMES) {
            for (const halfLife of HALF_LIVES) {
              const plain = outcomes
                .filter((each) => each.itemId === id && each.outcome === outcome)
                .reduce((sum, { at }) => sum + 2 ** (-(now - at) / HALF_LIFE_MS[halfLife]), 0);
              const counted = decayedCount(table, slot, outcome, halfLife, now);
              expect(Math.abs(counted - plain)).toBeLessThanOrEqual(plain * 1e-5 + 1e-20);
            }
          }
        }
      }),
    );
  });

  test("move between landmarks without losing a bit, and to nothing when nothing is left", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 2 }), (value, steps) => {
        expect(moved(moved(value, 10, 10 + steps), 10 + steps, 10)).toBe(value);
      }),
    );
    expect([moved(5, 0, 4), moved(5, 0, 1000), moved(0, 1000, 0)]).toEqual([0, 0, 0]);
  });

  test("for slot −1 there are none, and no trend", () => {
    const table = new ItemTable();
    expect([decayedCount(table, -1, "clicks", "1d", NOW), trend(table, -1, NOW)]).toEqual([0, 0]);
  });
});

describe("window counts", () => {
  test("are exact at the end of a window, and otherwise take the window before as evenly spread", () => {
    fc.assert(
      fc.property(someEvents(NOW), fc.integer({ min: 0, max: 10 * DAY }), (events, later) => {
        const table = tableOf(events);
        const outcomes = events.flatMap(outcomesOf);
        for (const [slot, id] of table.ids.entries()) {
          for (const outcome of WINDOWED) {
            for (const window of WINDOWS) {
              const own = outcomes.filter((each) => each.itemId === id && each.outcome === outcome);
              const newest = Math.max(...outcomes.filter(({ itemId }) => itemId === id).map(({ at }) => at));
              const ms = WINDOW_MS[window];
              const now = newest + later;
              const index = Math.floor(now / ms);
              const of = (of: number) => own.filter(({ at }) => Math.floor(at / ms) === of).length;
              // Late outcomes of a window that the item had left for good are not counted.
              const before =
                Math.floor(newest / ms) === index || Math.floor(newest / ms) === index - 1 ? of(index - 1) : 0;
              const expected = of(index) + before * (1 - (now - index * ms) / ms);
              expect(table.windowCount(slot, outcome, window, now)).toBeCloseTo(expected, 9);
            }
          }
        }
      }),
    );
  });

  test("run dry without a new event", () => {
    const at = Math.floor(NOW / (7 * DAY)) * 7 * DAY;
    const table = tableOf(clicks("a", 6, () => at));
    const over = (now: number) => WINDOWS.map((window) => table.windowCount(0, "clicks", window, now));
    expect(over(at)).toEqual([6, 6, 6]);
    expect(over(at + 90 * 60_000)).toEqual([3, 6, 6]);
    expect(over(at + 36 * HOUR)).toEqual([0, 3, 6]);
    expect(over(at + 10.5 * DAY)).toEqual([0, 0, 3]);
    expect(over(at + 14 * DAY)).toEqual([0, 0, 0]);
  });
});

describe("a trend", () => {
  test("is near 0 at a steady pace, whether the shop is a day or a month old", () => {
    for (const days of [1, 5, 30]) {
      const table = tableOf(clicks("a", days * 200, (index) => NOW - days * DAY + (index * DAY) / 200));
      expect(Math.abs(trend(table, 0, NOW))).toBeLessThan(0.05);
    }
  });

  test("is up for an item that is clicked more than it was, down for one that is clicked less, and next to nothing for one click", () => {
    const month = clicks("steady", 900, (index) => NOW - 30 * DAY + index * 48 * 60_000);
    const table = tableOf([
      ...month,
      ...clicks("up", 100, (index) => NOW - index * 600_000),
      ...clicks("down", 400, (index) => NOW - 4 * DAY - index * 600_000),
      ...clicks("cold", 1, () => NOW),
    ]);
    const of = (id: string) => trend(table, table.slotOf(id), NOW);
    expect(of("up")).toBeGreaterThan(1);
    expect(of("down")).toBeLessThan(-0.5);
    expect(Math.abs(of("steady"))).toBeLessThan(0.05);
    expect(of("cold")).toBeGreaterThan(0);
    expect(of("cold")).toBeLessThan(0.1);
  });
});

describe("the position-free click rate", () => {
  const shown = (ids: string[], position: number): CountedEvent => ({
    type: "view_item_list",
    items: ids.map((id) => ({ id })),
    position,
    receivedAt: NOW,
  });
  const clicked = (id: string, position?: number): CountedEvent => ({
    type: "select_item",
    items: [{ id }],
    receivedAt: NOW,
    ...(position === undefined ? {} : { position }),
  });
  /** Two items that are equally good: `top` always first, `deep` always at place 10, where a third is clicked. */
  function biased(position: boolean): ItemTable {
    const events: CountedEvent[] = [];
    for (let i = 0; i < 3000; i++) {
      events.push(shown(["top"], 0), shown(["deep"], 10));
      // Others fill the same places, so that the curve is not made of these two alone.
      for (let other = 0; other < 5; other++) events.push(shown([`f${other}`], 0), shown([`g${other}`], 10));
      if (i % 10 < 3)
        for (const id of ["top", "f0", "f1", "f2", "f3", "f4"]) events.push(clicked(id, position ? 0 : undefined));
      if (i % 10 < 1)
        for (const id of ["deep", "g0", "g1", "g2", "g3", "g4"]) events.push(clicked(id, position ? 10 : undefined));
    }
    return tableOf(events);
  }

  test("is the same for equal items in unequal places, where the plain rate is not", () => {
    const table = biased(true);
    const [top, deep] = [table.slotOf("top"), table.slotOf("deep")];
    expect(clickRate(table, top, 0, 0) / clickRate(table, deep, 0, 0)).toBeGreaterThan(2.5);
    expect(positionFreeClickRate(table, top) / positionFreeClickRate(table, deep)).toBeCloseTo(1, 1);
    expect(table.expectedClicksAt(0) / table.expectedClicksAt(10)).toBeCloseTo(3, 1);
  });

  test("is the plain rate while no click tells its place, and for an unknown item the mean", () => {
    const table = biased(false);
    const slot = table.slotOf("top");
    expect(positionFreeClickRate(table, slot)).toBeCloseTo(clickRate(table, slot, 0, 0), 3);
    expect(positionFreeClickRate(table, -1)).toBe(table.meanClickRate);
    expect(positionFreeClickRate(new ItemTable(), -1)).toBe(0.05);
  });

  test("leaves out what the visitor did, and never falls below nothing", () => {
    const table = biased(true);
    const slot = table.slotOf("top");
    const without = positionFreeClickRate(table, slot, 300, 900 * table.expectedClicksAt(0));
    expect(without).toBeLessThan(positionFreeClickRate(table, slot) * 1.2);
    expect(positionFreeClickRate(table, slot, 1e6, 1e6)).toBeGreaterThan(0);
  });

  test("buckets are 0, 1, 2–3, 4–7, 8–15 and the rest", () => {
    expect([0, 1, 2, 3, 4, 7, 8, 15, 16, 99, 2 ** 31 - 1].map(bucketOf)).toEqual([0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]);
    expect(POSITION_BUCKETS).toBe(6);
  });
});

describe("an item in a placement", () => {
  const at = (placement: string, type: string, id = "a"): CountedEvent => ({
    type,
    items: [{ id }],
    placement,
    receivedAt: NOW,
  });

  test("is rated by what it did there, and where nothing is known by the item and the placement", () => {
    const events = [...Array(200)].flatMap((_, i) => [
      at("home", "view_item_list"),
      at("cart", "view_item_list"),
      ...(i % 2 === 0 ? [at("home", "select_item")] : []),
    ]);
    const table = tableOf(events);
    const [home, cart, unknown] = ["home", "cart", "never"].map((name) =>
      placementClickRate(table, 0, placementHash(name)),
    );
    expect(home).toBeGreaterThan(0.4);
    expect(cart).toBeLessThan(0.05);
    expect(unknown).toBeCloseTo(clickRate(table, 0, 0, 0), 2);
    expect(table.placements.sumsOf(placementHash("home"))).toEqual({ impressions: 200, clicks: 100 });
    const row = table.placements.rowOf(0, placementHash("home"));
    expect([table.placements.impressions[row], table.placements.clicks[row]]).toEqual([200, 100]);
    expect(placementClickRate(table, -1, placementHash("home"))).toBeGreaterThan(0.4);
  });

  test("keeps sixteen placements, those that it is seen in most", () => {
    const events = Array.from({ length: 40 }, (_, n) => Array(n + 1).fill(at(`slot-${n}`, "view_item_list"))).flat();
    const table = tableOf([...events, ...Array(9).fill(at("first", "view_item_list", "b"))]);
    const kept = table.placements.read(0);
    expect(kept).toHaveLength(MAX_PLACEMENTS);
    expect(table.placements.rowOf(0, placementHash("slot-39"))).toBeGreaterThanOrEqual(0);
    expect(table.placements.rowOf(0, placementHash("slot-3"))).toBe(-1);
    expect(table.placements.read(1)).toMatchObject([{ impressions: 9 }]);
  });
});
