import fc from "fast-check";
import { expect, test } from "vitest";
import { someEvents } from "../../tests/support/item-events.ts";
import type { HalfLife } from "./decayed-counts.ts";
import { ItemTable } from "./item-table.ts";
import { risingItems } from "./rising.ts";
import { trend } from "./trend.ts";

/** At the beginning of a minute: what rises is found once a minute. */
const NOW = Math.floor(1_732_280_000_000 / 60_000) * 60_000;
const DAY = 86_400_000;

function observe(table: ItemTable, type: string, id: string, receivedAt: number, times = 1): void {
  for (let i = 0; i < times; i++) table.observe({ type, items: [{ id }], receivedAt });
}
const idsOf = (table: ItemTable, now: number) => Array.from(risingItems(table, now), (slot) => table.ids[slot]);

test("are those with the steepest trend of clicks or views, by the hour or the day, as trend tells it", () => {
  fc.assert(
    fc.property(someEvents(NOW), (events) => {
      const table = new ItemTable();
      for (const event of events) table.observe(event);
      const trendOf = (slot: number) =>
        Math.max(
          ...(["clicks", "views"] as const).flatMap((outcome) =>
            (["1h", "1d"] as const).map((fast: HalfLife) => trend(table, slot, NOW, outcome, fast)),
          ),
        );
      const rising = [...risingItems(table, NOW)];
      for (const [i, slot] of rising.entries()) {
        expect(trendOf(slot)).toBeGreaterThan(-1e-6);
        if (i > 0) expect(trendOf(slot)).toBeLessThanOrEqual(trendOf(rising[i - 1] as number) + 1e-6);
      }
      const missing = table.ids.map((_, slot) => slot).filter((slot) => !rising.includes(slot));
      for (const slot of missing) expect(trendOf(slot)).toBeLessThan(1e-6);
    }),
  );
});

test("an item that is looked at much in the last minutes rises above one that always was", () => {
  const table = new ItemTable();
  for (let hour = 0; hour < 14 * 24; hour++) observe(table, "view_item", "classic", NOW - hour * 3_600_000, 4);
  observe(table, "view_item", "hit", NOW - 60_000, 30);
  observe(table, "view_item", "fading", NOW - 6 * DAY, 50);
  expect(idsOf(table, NOW)[0]).toBe("hit");
  expect(idsOf(table, NOW)).not.toContain("fading");
});

test("what changes in the table is seen at once", () => {
  const table = new ItemTable();
  observe(table, "select_item", "early", NOW - 20 * DAY);
  expect(idsOf(table, NOW)).toEqual([]);
  observe(table, "select_item", "hit", NOW, 20);
  expect(idsOf(table, NOW)).toEqual(["hit"]);
});
