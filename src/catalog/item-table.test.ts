import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeDelta, type ItemRow, ItemTable } from "./item-table.ts";
import { countOutcomes, type OutcomeCounts } from "./outcomes.ts";

const count = fc.nat(1_000_000);
const arbitraryRow: fc.Arbitrary<ItemRow> = fc.record({
  id: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
  deleted: fc.boolean(),
  available: fc.boolean(),
  price: fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 1e6, noNaN: true })),
  category: fc.string({ maxLength: 10 }),
  impressions: count,
  clicks: count,
  carts: count,
  purchases: count,
});

test("applying deltas in order gives the newest row of each item, whatever their number", () => {
  fc.assert(
    fc.property(fc.array(fc.array(arbitraryRow, { maxLength: 30 }), { maxLength: 5 }), (deltas) => {
      const table = new ItemTable();
      const newest = new Map<string, ItemRow>();
      deltas.forEach((rows, i) => {
        table.apply(encodeDelta(i + 1, rows));
        for (const row of rows) newest.set(row.id, row);
      });
      expect(table.epoch).toBe(deltas.length);
      expect(table.size).toBe(newest.size);
      const sum = (pick: (row: ItemRow) => number) => [...newest.values()].reduce((total, row) => total + pick(row), 0);
      const [impressions, clicks] = [sum((row) => row.impressions), sum((row) => row.clicks)];
      expect(table.meanClickRate).toBe(impressions === 0 ? 0.05 : Math.min(1, (clicks + 1) / (impressions + 20)));
      for (const row of newest.values()) {
        const slot = table.slotOf(row.id);
        expect(table.price[slot]).toBe(row.price);
        expect(table.available[slot]).toBe(row.available && !row.deleted ? 1 : 0);
        expect(table.categories[slot]).toBe(row.category);
        expect(table.clicks[slot]).toBe(row.clicks);
        expect(table.purchases[slot]).toBe(row.purchases);
      }
    }),
  );
});

test("a truncated or foreign delta is refused", () => {
  const row = { deleted: false, available: true, price: 1, category: "c", impressions: 1, clicks: 1, carts: 0 };
  const bytes = encodeDelta(1, [{ id: "a", purchases: 0, ...row }]);
  for (let cut = 0; cut < bytes.length; cut++) {
    expect(() => new ItemTable().apply(bytes.subarray(0, cut))).toThrow(RangeError);
  }
  expect(() => new ItemTable().apply(new Uint8Array(16))).toThrow(RangeError);
});

test("outcomes are counted an item, and can be taken back", () => {
  const totals = new Map<string, OutcomeCounts>();
  const list = { type: "view_item_list", items: [{ id: "a" }, { id: "b" }] };
  const click = { type: "select_item", items: [{ id: "a" }] };
  for (const event of [list, list, click]) countOutcomes(totals, event);
  countOutcomes(totals, { type: "page_view" });
  expect(totals.get("a")).toEqual({ impressions: 2, clicks: 1 });
  countOutcomes(totals, list, -1);
  const table = new ItemTable();
  table.add(totals);
  expect([table.impressions[table.slotOf("b")], table.clicks[table.slotOf("a")]]).toEqual([1, 1]);
});
