import { beforeAll, describe, expect, test } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { columnsOf, featureInput, NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Shown } from "../profile/profile.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { negativeEvidence } from "./negative-evidence.ts";
import { valueLift } from "./value-lift.ts";

const HOUR_MS = 3_600_000;
let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const list = (ids: readonly string[], ageMs = 0, from = 0): Shown => ({
  at: NOW - ageMs,
  placement: 0,
  from,
  items: ids.map((id) => hash32(id)),
});
const of = (view: VisitorView, ids: readonly string[]) =>
  columnsOf(negativeEvidence, featureInput({ snapshot, ids, view }));
const examined = (position: number, ageMs = 0) => 0.5 ** (ageMs / (7 * 24 * HOUR_MS)) / Math.log2(position + 2);

describe("shown and passed over", () => {
  test("weighs by the place and fades", () => {
    const view = viewWith({ shown: [list(["sku-0", "sku-1"], HOUR_MS, 3), list(["sku-1"], 50 * HOUR_MS)] });
    const [first, second, never] = of(view, ["sku-0", "sku-1", "sku-2"]);
    expect(first?.log_item).toBeCloseTo(Math.log(1 + examined(3, HOUR_MS)), 6);
    expect(second?.log_item).toBeCloseTo(Math.log(1 + examined(4, HOUR_MS) + examined(0, 50 * HOUR_MS)), 6);
    expect(never?.log_item).toBe(0);
    expect([first?.recency, second?.recency, never?.recency]).toEqual([0.5, 0.5, 0]);
  });

  test("is not what was touched afterwards; a touch before does not count", () => {
    const shown = [list(["sku-0", "sku-1"], HOUR_MS)];
    const after = viewWith({ shown, touches: [touch("sku-0")] });
    expect(of(after, ["sku-0"])[0]).toMatchObject({ log_item: 0, recency: 0 });
    const before = viewWith({ shown, touches: [touch("sku-0", { ageMs: 2 * HOUR_MS })] });
    expect(of(before, ["sku-0"])[0]?.log_item).toBeGreaterThan(0);
  });

  test("counts apart when it stood above something touched, which means that it was seen", () => {
    const shown = [list(["sku-0", "sku-1", "sku-2"], 60_000)];
    const [above, touched, below] = of(viewWith({ shown, touches: [touch("sku-1")] }), ["sku-0", "sku-1", "sku-2"]);
    expect(above?.log_above_touch).toBeCloseTo(Math.log(1 + examined(0, 60_000)), 6);
    expect([touched?.log_above_touch, below?.log_above_touch]).toEqual([0, 0]);
  });

  test("of a category is above 0 where less is touched than elsewhere", () => {
    const shown = [list(["sku-0", "sku-1", "sku-2", "sku-3"], 60_000)];
    const view = viewWith({ shown, touches: [touch("sku-0"), touch("sku-2")] });
    const [lamp, rug, unknown] = of(view, ["sku-8", "sku-9", "nowhere"]);
    expect(lamp?.category).toBeLessThan(0);
    expect(rug?.category).toBeGreaterThan(0);
    expect(unknown?.category).toBe(0);
  });
});

describe("the lift of a value", () => {
  const liftOf = (view: VisitorView, ids: readonly string[], items = new ItemTable()) =>
    columnsOf(valueLift("tags", "list"), featureInput({ snapshot, ids, view, items }));

  test("is one Newton step for each value, from the rate that the item has with everyone else", () => {
    // Tags: sku-0 brass, new; sku-1 wool, new; sku-6 brass, classic.
    const view = viewWith({ shown: [list(["sku-0", "sku-1"])], touches: [touch("sku-0")] });
    const rate = new ItemTable().meanClickRate;
    const curvature = rate * (1 - rate);
    const brass = (1 - rate) / (curvature + 1);
    const fresh = (1 - 2 * rate) / (2 * curvature + 1);
    const [lamp, later, wool] = liftOf(view, ["sku-0", "sku-6", "sku-7"]);
    expect(lamp?.lift).toBeCloseTo((brass + fresh) / Math.SQRT2, 6);
    expect(later?.lift).toBeCloseTo(brass / Math.SQRT2, 6);
    expect(wool?.lift).toBeLessThan(0);
    expect(later?.evidence).toBeCloseTo(curvature / (curvature + 1) / 2, 6);
  });

  test("weighs a pass more where everyone else clicks", () => {
    const items = new ItemTable();
    items.add(
      new Map([
        ["sku-1", { impressions: 1000, clicks: 800 }],
        ["sku-0", { impressions: 1000, clicks: 1 }],
      ]),
    );
    const [brass, wool] = liftOf(viewWith({ shown: [list(["sku-0", "sku-1"])] }), ["sku-6", "sku-7"], items);
    expect(wool?.lift).toBeLessThan(brass?.lift as number);
  });

  test("is 0 for what nobody was shown, and for items without values", () => {
    const [none, unknown] = liftOf(viewWith({ shown: [list(["sku-0"])] }), ["sku-7", "nowhere"]);
    expect([none?.lift, unknown?.lift, unknown?.evidence]).toEqual([0, 0, 0]);
  });
});
