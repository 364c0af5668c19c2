import { beforeAll, describe, expect, test } from "vitest";
import { columnsOf, featureInput, NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { clickRate, placementClickRate, positionFreeClickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { placementHash } from "../catalog/outcomes.ts";
import { decayedCount, trend as trendOf } from "../catalog/trend.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Feature } from "./feature.ts";
import { placementRate, positionFreeRate, rate, recentRates, trend, windowCounts } from "./item-rates.ts";

const HOUR_MS = 3_600_000;
let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot(10);
});

/** Shown in lists of four; `clicked` is the place of the click in each. */
function tableOf(lists: readonly { readonly ageMs: number; readonly clicked: number; readonly placement?: string }[]) {
  const table = new ItemTable();
  for (const { ageMs, clicked, placement = "home" } of lists.toSorted((a, b) => b.ageMs - a.ageMs)) {
    const at = { receivedAt: NOW - ageMs, placement };
    const items = [0, 1, 2, 3].map((i) => ({ id: `sku-${i}` }));
    table.observe({ ...at, type: "view_item_list", items, position: 0 });
    table.observe({ ...at, type: "select_item", items: items.slice(clicked, clicked + 1), position: clicked });
  }
  return table;
}

const of = (feature: Feature, items: ItemTable, ids: readonly string[], placement = "home") =>
  columnsOf(feature, featureInput({ snapshot, ids, items, placement }));

describe("an item of which nothing is known counts as an average one:", () => {
  test.each([
    [recentRates],
    [trend],
    [placementRate],
    [windowCounts("clicks")],
    [windowCounts("purchases")],
    [rate({ of: "carts", per: "clicks" })],
  ])("$name is 0", (feature) => {
    const table = tableOf([{ ageMs: HOUR_MS, clicked: 0 }]);
    for (const row of of(feature, table, ["nowhere", "sku-9"]))
      expect(Object.values(row).every((v) => v === 0)).toBe(true);
  });
});

test("rates that fade compare what was clicked lately with what is clicked ever", () => {
  const lists = [
    ...Array.from({ length: 40 }, () => ({ ageMs: 1000 * HOUR_MS, clicked: 0 })),
    ...Array.from({ length: 40 }, () => ({ ageMs: 0, clicked: 1 })),
  ];
  const table = tableOf(lists);
  const [before, lately] = of(recentRates, table, ["sku-0", "sku-1"]);
  expect(before?.log_ctr_1h).toBeLessThan(-1);
  expect(lately?.log_ctr_1h).toBeGreaterThan(0.3);
  const slot = table.slotOf("sku-1");
  const usual = clickRate(table, slot, 0, 0);
  const shown = decayedCount(table, slot, "impressions", "1d", NOW);
  const clicks = decayedCount(table, slot, "clicks", "1d", NOW);
  expect(lately?.log_ctr_1d).toBeCloseTo(Math.log((clicks + 10 * usual) / (shown + 10) / usual), 5);
});

test("the trend is that of the catalogue, clicks and purchases apart", () => {
  const table = tableOf(Array.from({ length: 30 }, (_, i) => ({ ageMs: i < 20 ? 0 : 200 * HOUR_MS, clicked: 2 })));
  const [row] = of(trend, table, ["sku-2"]);
  expect(row?.clicks).toBeCloseTo(trendOf(table, table.slotOf("sku-2"), NOW, "clicks"), 6);
  expect(row?.clicks).toBeGreaterThan(0);
  expect(row?.purchases).toBe(0);
});

test("a placement's rate is compared with the item's rate everywhere, both against the mean", () => {
  const table = tableOf([
    ...Array.from({ length: 30 }, () => ({ ageMs: 0, clicked: 0, placement: "home" })),
    ...Array.from({ length: 30 }, () => ({ ageMs: 0, clicked: 1, placement: "cart" })),
  ]);
  const [atHome] = of(placementRate, table, ["sku-0"], "home");
  const [inCart] = of(placementRate, table, ["sku-0"], "cart");
  expect(atHome?.log_ratio).toBeGreaterThan(0);
  expect(inCart?.log_ratio).toBeLessThan(0);
  expect(of(placementRate, table, ["sku-0"], "elsewhere")[0]?.log_ratio).toBe(0);
  const slot = table.slotOf("sku-0");
  const [own, mean] = [slot, -1].map((at) => placementClickRate(table, at, placementHash("home")));
  const expected = Math.log(
    (own as number) / (clickRate(table, slot, 0, 0) * ((mean as number) / table.meanClickRate)),
  );
  expect(atHome?.log_ratio).toBeCloseTo(expected, 5);
});

test("the position-free rate leaves out what the visitor did, and what the place did", () => {
  const table = tableOf(Array.from({ length: 60 }, (_, i) => ({ ageMs: 0, clicked: i % 3 === 0 ? 3 : 0 })));
  const slot = table.slotOf("sku-0");
  const shown = [{ at: NOW, placement: 0, from: 0, items: [hash32("sku-0")] }];
  const view = viewWith({ touches: [touch("sku-0")], shown });
  const own = columnsOf(positionFreeRate, featureInput({ snapshot, ids: ["sku-0"], items: table, view }))[0];
  expect(own?.log_ctr).toBeCloseTo(Math.log(positionFreeClickRate(table, slot, 1, table.meanClickRate)), 5);
  const [anyone] = of(positionFreeRate, table, ["sku-0"]);
  expect(anyone?.log_ctr).toBeCloseTo(Math.log(positionFreeClickRate(table, slot)), 5);
  expect(anyone?.log_ctr).toBeLessThan(Math.log(clickRate(table, slot, 0, 0)));
});

test("windows count what happened in them", () => {
  const table = tableOf([
    { ageMs: 0, clicked: 0 },
    { ageMs: 5 * 24 * HOUR_MS, clicked: 0 },
  ]);
  const [row] = of(windowCounts("clicks"), table, ["sku-0"]);
  expect(row?.log_1h).toBeCloseTo(Math.LN2, 1);
  expect(row?.log_7d).toBeGreaterThan(row?.log_1h as number);
});

test("without any outcome of a kind no item stands out by it", () => {
  const table = tableOf([{ ageMs: 0, clicked: 0 }]);
  expect(of(rate({ of: "purchases", per: "clicks" }), table, ["sku-0"])[0]?.log_ratio).toBe(0);
});

test("a rate is over the catalogue's, with a prior", () => {
  const table = new ItemTable();
  table.add(
    new Map([
      ["sku-0", { clicks: 10, carts: 9 }],
      ["sku-1", { clicks: 90, carts: 0 }],
    ]),
  );
  const [much, little] = of(rate({ of: "carts", per: "clicks" }), table, ["sku-0", "sku-1"]);
  const mean = 10 / 120;
  expect(much?.log_ratio).toBeCloseTo(Math.log((9 + 10 * mean) / (20 * mean)), 5);
  expect(little?.log_ratio).toBeCloseTo(Math.log((10 * mean) / (100 * mean)), 5);
});
