import { expect, test, vi } from "vitest";
import { ItemTable } from "../catalog/item-table.ts";
import { placementHash } from "../catalog/outcomes.ts";
import { MAX_PLACEMENTS } from "../catalog/placement-counts.ts";
import type { AcceptedEvent } from "../events/event.ts";
import { countRecent, countTotals, OwnTotals, withTotals } from "./item-statistics.ts";

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

function totalsOf(events: readonly AcceptedEvent[]): OwnTotals {
  const totals = new OwnTotals();
  for (const event of events) totals.add(event);
  return totals;
}

test("own events are in the totals for a while, and the table is as it was after", () => {
  const table = new ItemTable();
  countTotals(table, others);
  for (const event of others) countRecent(table, event);
  const slot = table.slotOf("x");
  const state = () => JSON.stringify([table.rowAt(slot), table.meanClickRate]);
  const sums = () => own.map(({ placement }) => ({ ...table.placements.sumsOf(placementHash(placement)) }));
  const [before, sumsBefore] = [state(), sums()];
  for (let times = 0; times < 3; times++) {
    withTotals(table, totalsOf(own), () => expect(table.impressions[slot]).toBe(others.length + own.length));
    expect(state()).toBe(before);
    expect(sums()).toEqual(sumsBefore);
  }
  // Which taking them out again would not have done.
  countTotals(table, own);
  countTotals(table, own, -1);
  expect(state()).not.toBe(before);
});

test("what somebody repeats is counted at once: nobody's long history makes every list of theirs as long", () => {
  const table = new ItemTable();
  const click = { type: "select_item", position: 2, items: [{ id: "y" }] };
  const events = Array.from(
    { length: 300 },
    (_, n): AcceptedEvent => ({ ...shown("home", n), ...(n % 3 ? {} : click) }),
  );
  const alike = new ItemTable();
  countTotals(alike, events);
  const counting = vi.spyOn(table, "countTotals");
  withTotals(table, totalsOf(events), () => {
    expect(table.rowAt(table.slotOf("x"))).toEqual(alike.rowAt(alike.slotOf("x")));
    expect(table.rowAt(table.slotOf("y"))).toEqual(alike.rowAt(alike.slotOf("y")));
    expect(table.meanClickRate).toBe(alike.meanClickRate);
    expect(table.expectedClicksInAll).toBe(alike.expectedClicksInAll);
  });
  expect(counting).toHaveBeenCalledTimes(4);
});
