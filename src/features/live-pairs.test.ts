import { beforeAll, expect, test } from "vitest";
import { columnsOf, featureInput, NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { ItemTable } from "../catalog/item-table.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { livePairs } from "./live-pairs.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot();
});

/** `next` was touched after `first`, so many times, by others. */
function pairs(table: ItemTable, first: string, next: string, times: number, at = NOW): void {
  table.observe({ type: "view_item", items: [{ id: first }], receivedAt: at });
  for (let i = 0; i < times; i++) {
    table.observe({ type: "view_item", items: [{ id: next }], receivedAt: at, follows: [{ id: first, weight: 256 }] });
  }
}

test("an item is supported by its share of what others touched after the visitor's last items", () => {
  const items = new ItemTable();
  pairs(items, "sku-0", "new", 15);
  pairs(items, "sku-0", "sku-2", 5);
  pairs(items, "sku-1", "new", 5);
  const view = viewWith({ touches: [touch("sku-0"), touch("sku-1", { ageMs: 60_000 }), touch("sku-0")] });
  const rows = columnsOf(livePairs, featureInput({ snapshot, view, items, ids: ["new", "sku-2", "sku-5"] }));
  // 15 of 20 and a prior of 5, then half of 5 of 5 and the prior.
  const [sum, share] = [expect.closeTo(0.6 + 0.25, 5), expect.closeTo(0.6, 5)];
  expect(rows[0]).toEqual({ sum, max: share, last: share });
  expect(rows[1]).toEqual({ sum: expect.closeTo(0.2, 5), max: expect.closeTo(0.2, 5), last: expect.closeTo(0.2, 5) });
  expect(rows[2]).toEqual({ sum: 0, max: 0, last: 0 });
});

test("pairs of days ago say less, and nobody's pairs nothing", () => {
  const items = new ItemTable();
  pairs(items, "sku-0", "sku-1", 5, NOW - 3 * 86_400_000);
  const of = (id: string) =>
    columnsOf(livePairs, featureInput({ snapshot, view: viewWith({ touches: [touch(id)] }), items, ids: ["sku-1"] }))[0]
      ?.sum;
  expect(of("sku-0")).toBeCloseTo(0.625 / 5.625, 4);
  expect(of("sku-7")).toBe(0);
});
