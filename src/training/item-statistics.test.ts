import { expect, test } from "vitest";
import { ItemTable } from "../catalog/item-table.ts";
import { placementHash } from "../catalog/outcomes.ts";
import { MAX_PLACEMENTS } from "../catalog/placement-counts.ts";
import type { AcceptedEvent } from "../events/event.ts";
import { countRecent, countTotals, withTotals } from "./item-statistics.ts";

const shown = (placement: string, n: number): AcceptedEvent => ({
  id: `${placement}-${n}`,
  type: "view_item_list",
  ts: n,
  receivedAt: n,
  seq: 1,
  placement,
  items: [{ id: "x" }],
});

/** More placements than an item keeps, each seen a few times by somebody else. */
const others = Array.from({ length: MAX_PLACEMENTS + 8 }, (_, place) =>
  Array.from({ length: 1 + (place % 3) }, (_, n) => shown(`place-${place}`, n)),
).flat();
const own = Array.from({ length: MAX_PLACEMENTS + 8 }, (_, place) => shown(`place-${place}`, 100));

test("own events are in the totals for a while, and the table is as it was after", () => {
  const table = new ItemTable();
  countTotals(table, others);
  for (const event of others) countRecent(table, event);
  const slot = table.slotOf("x");
  const state = () => JSON.stringify([table.rowAt(slot), table.meanClickRate]);
  const sums = () => own.map(({ placement }) => ({ ...table.placements.sumsOf(placementHash(placement)) }));
  const [before, sumsBefore] = [state(), sums()];
  for (let times = 0; times < 3; times++) {
    withTotals(table, own, () => expect(table.impressions[slot]).toBe(others.length + own.length));
    expect(state()).toBe(before);
    expect(sums()).toEqual(sumsBefore);
  }
  // Which taking them out again would not have done.
  countTotals(table, own);
  countTotals(table, own, -1);
  expect(state()).not.toBe(before);
});
