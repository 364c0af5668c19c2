import { beforeAll, expect, test } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { columnsOf, featureInput, NOW } from "../../tests/support/feature-input.ts";
import { ItemTable } from "../catalog/item-table.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { booleanField, listSize, nameIndex, numberField, oneHot, timeSince, wordCount } from "./attributes.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const of = (feature: Parameters<typeof columnsOf>[0], ids: readonly string[], items = new ItemTable()) =>
  columnsOf(feature, featureInput({ snapshot, ids, items }));

test("a number that is not known is 0 and says so", () => {
  expect(of(numberField("attributes.size"), ["sku-2", "sku-9", "nowhere"])).toEqual([
    { value: 100, known: 1 },
    { value: 0, known: 0 },
    { value: 0, known: 0 },
  ]);
  expect(of(numberField("attributes.size", { scale: "signed_log" }), ["sku-2"])[0]?.value).toBeCloseTo(
    Math.log(101),
    6,
  );
});

test("the price is the live one, as far as a matrix can hold it", () => {
  const items = new ItemTable();
  items.put("sku-1", "", 1e300, true);
  const [live, stored] = of(numberField("price"), ["sku-1", "sku-2"], items);
  expect([live?.value, stored?.value]).toEqual([Math.fround(1e15), 12]);
});

test("a boolean is 1 or −1, and 0 when nobody said", () => {
  const values = of(booleanField("attributes.handmade"), ["sku-0", "sku-1", "nowhere"]);
  expect(values.map(({ value }) => value)).toEqual([1, -1, 0]);
});

test("a name is one-hot among those asked for, or the number of its place in the dictionary", () => {
  const brands = oneHot("brand", ["brand-0", "brand-2"]);
  expect(of(brands, ["sku-0", "sku-1", "sku-2", "nowhere"])).toEqual([
    { "brand-0": 1, "brand-2": 0 },
    { "brand-0": 0, "brand-2": 0 },
    { "brand-0": 0, "brand-2": 1 },
    { "brand-0": 0, "brand-2": 0 },
  ]);
  // Of ten items four are of brand-0, three each of the others.
  expect(of(nameIndex("brand"), ["sku-0", "sku-1", "sku-2", "nowhere"]).map(({ value }) => value)).toEqual([
    1, 2, 3, 0,
  ]);
});

test("a category is the live one", () => {
  const items = new ItemTable();
  items.put("sku-0", "rugs", 1, true);
  const rows = of(oneHot("category", ["lamps", "rugs"]), ["sku-0", "sku-2"], items);
  expect(rows).toEqual([
    { lamps: 0, rugs: 1 },
    { lamps: 1, rugs: 0 },
  ]);
});

test("lists and texts count by the logarithm of their length", () => {
  expect(of(listSize("tags"), ["sku-0", "nowhere"]).map(({ log }) => log)).toEqual([Math.fround(Math.log(3)), 0]);
  expect(of(wordCount("title"), ["sku-0"])[0]?.log).toBeCloseTo(Math.log(4), 6);
});

test("a time lies so many days back or ahead", () => {
  const restocked = timeSince("attributes.restocked");
  const days = (NOW - Date.UTC(2024, 10, 1)) / 86_400_000;
  expect(of(restocked, ["sku-0"])[0]?.log_days_since).toBeCloseTo(Math.log(1 + days), 5);
  const before = featureInput({ snapshot, ids: ["sku-0"], now: Date.UTC(2024, 9, 31) });
  expect(columnsOf(restocked, before)[0]).toEqual({
    log_days_since: 0,
    log_days_until: Math.fround(Math.LN2),
    known: 1,
  });
  expect(of(timeSince("publishedAt"), ["sku-0"])[0]).toEqual({ log_days_since: 0, log_days_until: 0, known: 0 });
});
