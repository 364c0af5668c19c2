import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import {
  columnsOf,
  familyOf,
  featureInput,
  HALF_OF_COUNTS,
  NOW,
  sessionWith,
  touch,
  viewWith,
} from "../../tests/support/feature-input.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { priceBand } from "../profile/price-band.ts";
import { TOUCH_KINDS, type Touch } from "../profile/profile.ts";
import { UNKNOWN_VISITOR } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { interactedWith, interactedWithPrice } from "./interacted-with.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const HOUR_MS = 3_600_000;
const IDS = Array.from({ length: 10 }, (_, i) => `sku-${i}`);
const TAGS = IDS.map((_, i) => [i % 2 === 0 ? "brass" : "wool", i < 5 ? "new" : "classic"]);
const anyTouches = fc
  .array(
    fc.record({
      i: fc.nat(10),
      kind: fc.constantFrom(...TOUCH_KINDS),
      ageMs: fc.integer({ min: 0, max: 100 * HOUR_MS }),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.sort((a, b) => a.ageMs - b.ageMs));

/** Weight of the touches for which `shares` holds, over 1 and the weight of all. */
function share(touches: readonly Touch[], shares: (item: number) => boolean): number {
  let own = 0;
  let total = 1;
  for (const { itemId, at, weight } of touches) {
    const decayed = weight * 0.5 ** ((NOW - at) / (7 * 24 * HOUR_MS));
    total += Math.abs(decayed);
    const item = IDS.indexOf(itemId);
    if (item >= 0 && shares(item)) own += decayed;
  }
  return own / total;
}

test("shares of touches by category, brand and tag are those of the plain method", () => {
  fc.assert(
    fc.property(anyTouches, (steps) => {
      const touches = steps.map(({ i, ...rest }) => touch(IDS[i] ?? "nowhere", rest));
      const recent = touches.filter(({ at }) => at >= NOW - HOUR_MS);
      const input = featureInput({ snapshot, ids: IDS, view: viewWith({ touches }) });
      const category = columnsOf(interactedWith("category"), input);
      const brand = columnsOf(interactedWith("brand"), input);
      const tags = columnsOf(interactedWith("tags", "list"), input);
      IDS.forEach((_, i) => {
        for (const [column, among] of [["session", recent] as const, ["lately", touches] as const]) {
          expect(category[i]?.[column]).toBeCloseTo(
            share(among, (item) => item % 2 === i % 2),
            5,
          );
          expect(brand[i]?.[column]).toBeCloseTo(
            share(among, (item) => item % 3 === i % 3),
            5,
          );
          const each = (TAGS[i] ?? []).map((tag) => share(among, (item) => TAGS[item]?.includes(tag) === true));
          expect(tags[i]?.[column]).toBeCloseTo(each.reduce((sum, one) => sum + one, 0) / 2, 5);
        }
      });
    }),
    { numRuns: 50 },
  );
});

test("a category that only the event named counts for items of that category", () => {
  const [lamp] = columnsOf(
    interactedWith("category"),
    featureInput({
      snapshot,
      ids: ["sku-0"],
      view: viewWith({ touches: [touch("unknown", { category: snapshot.category.hashAt(0) })] }),
    }),
  );
  expect(lamp?.lately).toBe(0.5);
});

test("a running session has no touches from before it began", () => {
  const touches = [touch("sku-0", { ageMs: 10 * 60_000 })];
  const session = sessionWith({ startedAt: NOW - 5 * 60_000 });
  const input = featureInput({ snapshot, ids: ["sku-0"], view: viewWith({ touches, session }) });
  const [row] = columnsOf(interactedWith("category"), input);
  expect(row?.session).toBe(0);
  expect(row?.lately).toBeCloseTo(0.5, 2);
});

describe("the long term", () => {
  const families = {
    ...UNKNOWN_VISITOR.families,
    categories: familyOf({ lamps: 6, shoes: 2 }),
    brands: familyOf({ "brand-1": 4 }),
    // Band 7 is from e^2.43 to e^2.77: 11.31 to 16.
    prices: familyOf({ "7": 3, "8": 1 }),
  };
  const view = viewWith({ families, periods: HALF_OF_COUNTS });
  const factor = 0.5;

  test("is the share of the counters", () => {
    const input = featureInput({ snapshot, ids: ["sku-0", "sku-1"], view });
    const [lamp, rug] = columnsOf(interactedWith("category"), input);
    expect(lamp?.long_term).toBeCloseTo((6 * factor) / (1 + 8 * factor), 6);
    expect(rug?.long_term).toBe(0);
    expect(columnsOf(interactedWith("brand"), input).map(({ long_term }) => long_term)).toEqual([
      0,
      Math.fround((4 * factor) / (1 + 4 * factor)),
    ]);
  });

  test("of prices counts the neighbouring bands half", () => {
    const input = featureInput({ snapshot, ids: ["sku-0", "sku-2", "sku-9"], view });
    const total = 1 + 4 * factor;
    const [ten, twelve, nineteen] = columnsOf(interactedWithPrice, input).map(({ long_term }) => long_term);
    expect(ten).toBeCloseTo((1.5 * factor) / total, 6);
    expect(twelve).toBeCloseTo((3.5 * factor) / total, 6);
    expect(nineteen).toBeCloseTo((2.5 * factor) / total, 6);
  });
});

test("a candidate is in the band that the profile counts its price in", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e7, noNaN: true }), (price) => {
      const items = new ItemTable();
      items.put("sku-0", "", price, true);
      const families = { ...UNKNOWN_VISITOR.families, prices: familyOf({ [String(priceBand(price))]: 2 }) };
      const view = viewWith({ families, periods: HALF_OF_COUNTS });
      const [row] = columnsOf(interactedWithPrice, featureInput({ snapshot, ids: ["sku-0"], items, view }));
      expect(row?.long_term).toBe(0.5);
    }),
  );
});

test("prices touched are those of their band", () => {
  const view = viewWith({ touches: [touch("sku-2")] });
  const input = featureInput({ snapshot, ids: ["sku-3", "nowhere"], view });
  expect(columnsOf(interactedWithPrice, input)).toEqual([
    { session: 0.5, lately: 0.5, long_term: 0 },
    { session: 0, lately: 0, long_term: 0 },
  ]);
});
