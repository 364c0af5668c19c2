// Small features that set the candidate beside one thing known of the visitor: last touches, cart, prices, intents, batch.
import { beforeAll, describe, expect, test, vi } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import {
  columnsOf,
  familyOf,
  featureInput,
  NOW,
  sessionWith,
  touch,
  viewWith,
} from "../../tests/support/feature-input.ts";
import { hash32 } from "../kernels/hash.ts";
import * as intents from "../profile/intents.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { numberField } from "./attributes.ts";
import { batchPreferences } from "./batch-preferences.ts";
import { cart } from "./cart.ts";
import { crossed } from "./crossed.ts";
import { device } from "./decision-context.ts";
import type { Feature } from "./feature.ts";
import { intentCrosses } from "./intent-crosses.ts";
import { priceBand } from "./price-band.ts";
import { queryMatch } from "./query-match.ts";
import { recency } from "./recency.ts";

const HOUR_MS = 3_600_000;
let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const of = (feature: Feature, view: VisitorView, ids: readonly string[], context?: unknown) =>
  columnsOf(feature, featureInput({ snapshot, ids, view, context }));

test("recency is of the last touch of the item, and of its category", () => {
  const touches = [
    touch("sku-2", { ageMs: HOUR_MS }),
    touch("sku-0", { ageMs: 3 * HOUR_MS }),
    touch("sku-0", { ageMs: 9e9 }),
  ];
  const [item, category, other] = of(recency, viewWith({ touches }), ["sku-0", "sku-4", "sku-1"]);
  expect([item?.item, item?.category]).toEqual([0.25, 0.5]);
  expect([category?.item, category?.category, other?.category]).toEqual([0, 0.5, 0]);
});

test("the cart speaks of what is in it, and of its categories", () => {
  const line = (id: string) => ({ item: hash32(id), quantity: 1, price: 5, at: NOW });
  const view = viewWith({ cart: [line("sku-0"), line("sku-1"), line("sku-2"), line("nowhere")] });
  expect(of(cart, view, ["sku-0", "sku-4", "sku-5", "nowhere"])).toEqual([
    { item: 1, category_share: 0.5 },
    { item: 0, category_share: 0.5 },
    { item: 0, category_share: 0.25 },
    { item: 1, category_share: 0 },
  ]);
});

describe("the price band", () => {
  test("of the session is the mean of what was touched in it, by weight", () => {
    const session = sessionWith({ startedAt: NOW - HOUR_MS });
    const touches = [
      touch("sku-0"),
      touch("sku-4", { kind: "cart" }),
      touch("sku-8", { kind: "uncart" }),
      touch("sku-9", { ageMs: 2 * HOUR_MS }),
    ];
    const mean = (Math.log(10) + 2 * Math.log(14)) / 3;
    const [cheap, dear] = of(priceBand, viewWith({ session, touches }), ["sku-0", "sku-9"]);
    expect(cheap?.session_distance).toBeCloseTo(mean - Math.log(10), 4);
    expect(cheap?.session_above).toBe(0);
    expect(dear?.session_above).toBeCloseTo(Math.log(19) - mean, 4);
  });

  test("of the long term is the middle of the bands that counters hold", () => {
    const families = { ...UNKNOWN_VISITOR.families, prices: familyOf({ "7": 2, nonsense: 9 }) };
    const [row] = of(priceBand, viewWith({ families }), ["sku-9"]);
    expect(row?.long_term_above).toBeCloseTo(Math.log(19) - 7.5 * (Math.LN2 / 2), 5);
    expect([row?.session_distance, row?.session_above]).toEqual([0, 0]);
  });
});

test("intents are crossed with their category, the cart and the price", () => {
  const facts = { sinceMs: 0, facts: {} };
  const spy = vi.spyOn(intents, "intentsOf").mockReturnValue([
    { name: "comparing", confidence: 0.5, category: hash32("lamps"), ...facts },
    { name: "cart_abandoned", confidence: 0.75, category: 0, ...facts },
    { name: "price_sensitive", confidence: 0.25, category: hash32("rugs"), ...facts },
  ]);
  const view = viewWith({
    cart: [{ item: hash32("sku-1"), quantity: 1, price: 5, at: NOW }],
    touches: [touch("sku-9")],
  });
  const [lamp, rug] = of(intentCrosses, view, ["sku-0", "sku-1"]);
  spy.mockRestore();
  expect(lamp).toMatchObject({ comparing_category: 0.5, cart_abandoned_cart: 0, price_sensitive_category: 0 });
  expect(rug).toMatchObject({ comparing_category: 0, cart_abandoned_cart: 0.75, price_sensitive_category: 0.25 });
  expect(lamp?.price_sensitive_cheaper).toBeCloseTo(0.25 * Math.log(19 / 10), 5);
  expect(rug?.ready_to_buy_cart).toBe(0);
});

test("preferences of the batch layer count where the candidate is of their category or brand", () => {
  const batch = {
    asOf: NOW,
    segments: [],
    lifetimeValue: 0,
    categories: new Map([[hash32("lamps"), 0.75]]),
    brands: new Map([[hash32("brand-1"), 0.5]]),
  };
  expect(of(batchPreferences, viewWith({ batch }), ["sku-4", "sku-3", "nowhere"])).toEqual([
    { category: 0.75, brand: 0.5 },
    { category: 0, brand: 0 },
    { category: 0, brand: 0 },
  ]);
});

describe("a cross", () => {
  const cross = crossed(device, numberField("price"));

  test("is every column of one times every column of the other", () => {
    const [row] = of(cross, UNKNOWN_VISITOR, ["sku-5"], { device: "mobile" });
    expect(cross.columns).toHaveLength(12);
    expect(row).toMatchObject({ mobile_value: 15, mobile_known: 1, desktop_value: 0, desktop_known: 0 });
  });

  test("changes its version with either", () => {
    const changed = crossed({ ...device, version: 2 }, numberField("price"));
    expect(changed.version).not.toBe(cross.version);
  });

  test("is not made of different stages", () => {
    expect(() => crossed(device, queryMatch("title"))).toThrow(RangeError);
  });
});
