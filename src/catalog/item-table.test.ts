import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bareRow, deltaOf, someEvents } from "../../tests/support/item-events.ts";
import { ByteWriter } from "../kernels/bytes.ts";
import { encodeDelta, encodePart, type ItemRow, mergeParts, partsOf } from "./delta.ts";
import { addDropped } from "./dropped-totals.ts";
import { ItemTable } from "./item-table.ts";
import { outcomesOf } from "./outcomes.ts";
import { trend } from "./trend.ts";

const NOW = 1_732_280_000_000;
const DAY = 86_400_000;

const count = fc.nat(1_000_000);
const arbitraryRow: fc.Arbitrary<ItemRow> = fc
  .record({
    id: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
    deleted: fc.boolean(),
    available: fc.boolean(),
    price: fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 1e6, noNaN: true })),
    category: fc.string({ maxLength: 10 }),
    impressions: count,
    clicks: count,
    carts: count,
    purchases: count,
  })
  .map(({ impressions, clicks, carts, purchases, ...facts }) =>
    bareRow(facts, { impressions, clicks, carts, purchases }),
  );

/** Everything that a table says at `now`, by item. */
function said(table: ItemTable, now = NOW) {
  return {
    mean: table.meanClickRate,
    expected: table.expectedClicksInAll,
    items: Object.fromEntries(
      table.ids
        .map(
          (id, slot) =>
            [
              id,
              { row: table.rowAt(slot), expected: table.expectedClicks(slot), trend: trend(table, slot, now) },
            ] as const,
        )
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

test("applying deltas in order gives the newest row of each item, whatever their number", () => {
  fc.assert(
    fc.property(fc.array(fc.array(arbitraryRow, { maxLength: 30 }), { maxLength: 5 }), (deltas) => {
      const table = new ItemTable();
      const newest = new Map<string, ItemRow>();
      deltas.forEach((rows, i) => {
        table.apply(deltaOf(i, i + 1, rows));
        for (const row of rows) newest.set(row.id, row);
      });
      expect(table.epoch).toBe(deltas.length);
      expect(table.size).toBe(newest.size);
      const sum = (outcome: "impressions" | "clicks") =>
        [...newest.values()].reduce((total, { statistics }) => total + statistics[outcome], 0);
      const [impressions, clicks] = [sum("impressions"), sum("clicks")];
      expect(table.meanClickRate).toBe(impressions === 0 ? 0.05 : Math.min(1, (clicks + 1) / (impressions + 20)));
      for (const row of newest.values()) {
        const slot = table.slotOf(row.id);
        expect(table.price[slot]).toBe(row.price);
        expect(table.available[slot]).toBe(row.available && !row.deleted ? 1 : 0);
        expect(table.categories[slot]).toBe(row.category);
        expect(table.clicks[slot]).toBe(row.statistics.clicks);
        expect(table.purchases[slot]).toBe(row.statistics.purchases);
      }
    }),
  );
});

test("a table that observed events and one that got them as deltas are equal to the bit", () => {
  fc.assert(
    fc.property(someEvents(NOW), fc.nat(40), (events, cut) => {
      const observed = new ItemTable();
      const follower = new ItemTable();
      events.forEach((event, index) => {
        observed.observe(event);
        if (index === cut) follower.apply(deltaOf(0, 1, rowsOf(observed), observed));
      });
      follower.apply(deltaOf(follower.epoch, 2, rowsOf(observed), observed));
      expect(said(follower)).toEqual(said(observed));
      const whole = new ItemTable();
      whole.apply(deltaOf(0, 2, rowsOf(observed), observed));
      expect(said(whole)).toEqual(said(observed));
    }),
  );
});

test("totals, expected clicks and placements can be taken out and put back without a trace", () => {
  fc.assert(
    fc.property(someEvents(NOW), fc.nat(40), (events, cut) => {
      const table = new ItemTable();
      for (const event of events) table.observe(event);
      const before = said(table);
      const own = events.slice(cut).flatMap(outcomesOf);
      for (const outcome of own) table.countTotals(outcome, -1);
      for (const outcome of own) table.countTotals(outcome, 1);
      expect(said(table)).toEqual(before);
    }),
  );
});

test("what a delta says of an item's pairs takes the place of those counted before, also of those that nobody asked for", () => {
  const table = new ItemTable();
  for (const id of ["a", "b"]) table.put(id, "", 1, true);
  table.countPair({ itemId: "b", next: 5, weight: 256, at: NOW });
  expect(table.successors.sizeOf(table.slotOf("b"))).toBe(1);
  table.countPair({ itemId: "a", next: 9, weight: 256, at: NOW });
  const facts = { deleted: false, available: true, price: 1, category: "" };
  table.apply(deltaOf(0, 1, [bareRow({ id: "a", ...facts }, {}), bareRow({ id: "b", ...facts }, {})]));
  expect(["a", "b"].map((id) => table.successors.sizeOf(table.slotOf(id)))).toEqual([0, 0]);
});

test("the delta that a table is past changes nothing, one that leaves a gap is refused, one from 0 replaces everything", () => {
  const table = new ItemTable();
  const row = (id: string, price: number) =>
    bareRow({ id, deleted: false, available: true, price, category: "c" }, { impressions: 1 });
  table.apply(deltaOf(0, 3, [row("a", 1), row("b", 1)]));
  table.apply(deltaOf(1, 3, [row("a", 2)]));
  expect(table.price[table.slotOf("a")]).toBe(1);
  expect(() => table.apply(deltaOf(4, 5, [row("a", 2)]))).toThrow(RangeError);
  table.apply(deltaOf(2, 4, [row("a", 3)]));
  expect([table.price[table.slotOf("a")], table.epoch]).toEqual([3, 4]);
  table.apply(deltaOf(0, 9, [row("a", 4)]));
  expect([table.ids, table.price[0], table.sumOf("impressions"), table.epoch]).toEqual([["a"], 4, 1, 9]);
});

test("a dropped item is gone as if it had never been, but for the totals of the catalogue; one that comes back is new", () => {
  fc.assert(
    fc.property(someEvents(NOW), fc.subarray(["a", "b", "c", "d", "__proto__"]), (events, ids) => {
      const whole = new ItemTable();
      for (const event of events) whole.observe(event);
      const dropped: number[] = [];
      for (const id of ids) if (whole.slotOf(id) >= 0) addDropped(dropped, whole.rowAt(whole.slotOf(id)).statistics);
      const stayed = rowsOf(whole).filter(({ id }) => !ids.includes(id));
      const numbers = { ...whole.shardNumbers(), shard: 0, dropped };

      const follower = new ItemTable();
      follower.apply(encodeDelta(0, 1, [encodePart({ ...whole.shardNumbers(), shard: 0, rows: rowsOf(whole) })]));
      const dropping = encodePart({ ...numbers, rows: [], droppedIds: ids });
      follower.apply(encodeDelta(1, 2, [dropping]));
      const fresh = new ItemTable();
      fresh.apply(encodeDelta(0, 2, [encodePart({ ...numbers, rows: stayed })]));
      for (const table of [follower, fresh]) {
        const expected = said(whole);
        for (const id of ids) delete expected.items[id];
        expect(said(table)).toEqual(expected);
        expect(table.sumOf("clicks")).toBe(whole.sumOf("clicks"));
        expect(table.ids.every((id, slot) => table.slotOf(id) === slot)).toBe(true);
        expect(table.shardNumbers()).toEqual(fresh.shardNumbers());
      }
      const all = encodePart({ ...whole.shardNumbers(), shard: 0, rows: rowsOf(whole) });
      const merged = new ItemTable();
      merged.apply(encodeDelta(0, 2, mergeParts([all, dropping], true)));
      expect(said(merged)).toEqual(said(fresh));
      follower.apply(
        deltaOf(2, 3, [bareRow({ id: "a", deleted: false, available: true, price: 1, category: "" }, {})]),
      );
      expect(follower.clicks[follower.slotOf("a")]).toBe(0);
      follower.apply(deltaOf(0, 4, rowsOf(whole), whole));
      expect(said(follower)).toEqual(said(whole));
    }),
  );
});

test("damage anywhere in a delta is seen before anything is read, and the table stays what it was", () => {
  const row = (price: number) =>
    bareRow({ id: "a", deleted: false, available: true, price, category: "c" }, { clicks: 3 });
  const bytes = deltaOf(1, 2, [row(2)]);
  const table = new ItemTable();
  table.apply(deltaOf(0, 1, [row(1)]));
  const before = said(table);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] as number) ^ 0x10;
    expect(() => table.apply(damaged)).toThrow(RangeError);
    expect(() => table.apply(bytes.subarray(0, at))).toThrow(RangeError);
    expect([table.epoch, said(table)]).toEqual([1, before]);
  }
  table.apply(bytes);
  expect([table.epoch, table.price[0]]).toEqual([2, 2]);
});

describe("bytes that are no delta are refused:", () => {
  const rows = [bareRow({ id: "a", deleted: false, available: true, price: 1, category: "c" }, { impressions: 1 })];

  test("truncated at any byte, or longer than it says", () => {
    const bytes = deltaOf(0, 1, rows);
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => new ItemTable().apply(bytes.subarray(0, cut))).toThrow(RangeError);
    }
    expect(() => new ItemTable().apply(Uint8Array.of(...bytes, 0))).toThrow(RangeError);
  });

  test("foreign, or of a version to come", () => {
    expect(() => new ItemTable().apply(new Uint8Array(16))).toThrow(/not a delta/);
    const next = deltaOf(0, 1, rows);
    next[2] = 4;
    expect(() => new ItemTable().apply(next)).toThrow(/version 4, this code reads 3/);
  });
});

test("deltas of version 2 are read, and merged with those of today", () => {
  const facts = { deleted: false, available: true, price: 1, category: "c" };
  const before = deltaOf(0, 1, [bareRow({ id: "a", ...facts }, { clicks: 3 })]);
  // The same but for the version: what it does not have is not written.
  before[2] = 2;
  const table = new ItemTable();
  table.apply(before);
  expect([table.clicks[0], table.since[0], table.successors.sizeOf(0)]).toEqual([3, 0, 0]);
  const observed = new ItemTable();
  observed.observe({ type: "view_item", items: [{ id: "b" }], receivedAt: NOW });
  observed.observe({ type: "view_item", items: [{ id: "a" }], receivedAt: NOW, follows: [{ id: "b", weight: 256 }] });
  const merged = encodeDelta(0, 2, mergeParts([...partsOf(before).parts, partOf(observed)]));
  table.apply(merged);
  expect([table.views[table.slotOf("a")], table.successors.sizeOf(table.slotOf("b"))]).toEqual([1, 1]);
});

test("deltas of version 1, as they stand in R2 from before, are read: totals, without what they did not have", () => {
  const writer = new ByteWriter().u16(0x4e57).u8(1).varint(1).varint(1);
  writer
    .u8(2 | 4)
    .text("a")
    .f64(9.5)
    .text("lamps")
    .varint(7)
    .varint(3)
    .varint(2)
    .varint(1);
  const bytes = writer.finish();
  const table = new ItemTable();
  table.apply(bytes);
  expect([table.epoch, table.impressions[0], table.clicks[0], table.carts[0], table.purchases[0]]).toEqual([
    1, 7, 3, 2, 1,
  ]);
  expect([table.price[0], table.categories[0], table.available[0]]).toEqual([9.5, "lamps", 1]);
  expect([table.windowCount(0, "clicks", "7d", NOW), trend(table, 0, NOW)]).toEqual([0, 0]);
  expect(table.expectedClicks(0)).toBeCloseTo(7 * table.meanClickRate, 12);
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(() => new ItemTable().apply(bytes.subarray(0, cut))).toThrow(RangeError);
  }
});

test("merged parts say the same as one after the other, in fewer bytes", () => {
  fc.assert(
    fc.property(someEvents(NOW), (events) => {
      const table = new ItemTable();
      const parts = events.map((event) => {
        table.observe(event);
        return partOf(table);
      });
      const merged = mergeParts(parts);
      const [one, other] = [new ItemTable(), new ItemTable()];
      one.apply(encodeDelta(0, 1, parts));
      other.apply(encodeDelta(0, 1, merged));
      expect(said(other)).toEqual(said(one));
      expect(merged.length).toBe(Math.min(1, parts.length));
      expect(partsOf(encodeDelta(4, 7, parts))).toEqual({ from: 4, to: 7, parts });
    }),
  );
});

test("a bot leaves no trace", () => {
  const table = new ItemTable();
  table.observe({ type: "view_item_list", items: [{ id: "a" }], receivedAt: NOW, bot: true });
  expect(table.size).toBe(0);
});

test("one bogus time far ahead lets an item's sums fade, and no number turns up that is not finite", () => {
  const table = new ItemTable();
  const click = (id: string, receivedAt: number) => table.observe({ type: "select_item", items: [{ id }], receivedAt });
  click("a", NOW);
  click("b", NOW + 40 * 365 * DAY);
  click("a", NOW);
  expect(table.clicks[0]).toBe(2);
  expect(trend(table, 0, NOW)).toBe(0);
  expect(trend(table, 1, NOW)).toSatisfy(Number.isFinite);
});

function partOf(table: ItemTable): Uint8Array {
  return (
    partsOf(deltaOf(0, 1, rowsOf(table), table)).parts[0] ??
    encodePart({ shard: 0, sinceHour: null, clicksAt: [], rows: [] })
  );
}

function rowsOf(table: ItemTable): ItemRow[] {
  return table.ids.map((_, slot) => table.rowAt(slot));
}
