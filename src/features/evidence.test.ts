// What a view says of items, and the features that say little more than the evidence itself.
import { beforeAll, describe, expect, test } from "vitest";
import {
  columnsOf,
  familyOf,
  featureInput,
  NOW,
  sessionWith,
  touch,
  viewWith,
} from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { clickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Shown, Touch } from "../profile/profile.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { gatherEvidence } from "./evidence.ts";
import type { Feature } from "./feature.ts";
import { history } from "./history.ts";
import { priceDistance } from "./item-facts.ts";
import { itemRate } from "./item-rate.ts";
import { neighbourSupport, tasteLift, tasteSimilarity, vectorSimilarity } from "./similarity.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot(10);
});

const DAY_MS = 86_400_000;
const clicked = (...touches: Touch[]): VisitorView => viewWith({ touches });
const shownList = (ids: readonly string[]): Shown => ({
  at: NOW - 1000,
  placement: 0,
  from: 0,
  items: ids.map((id) => hash32(id)),
});

function rowsOf(feature: Feature, view: VisitorView, ids: readonly string[], items = new ItemTable()) {
  return columnsOf(feature, featureInput({ snapshot, ids, view, items }));
}

test("a touch counts by its weight and half of it a week later", () => {
  const view = clicked(
    touch("sku-0"),
    touch("sku-0", { kind: "view", ageMs: 7 * DAY_MS }),
    touch("gone", { weight: 2 }),
  );
  const { touches, touchedIndex, touchedWeight, clicks } = gatherEvidence(view, snapshot, new ItemTable(), NOW);
  expect(touches.get(hash32("sku-0"))).toBeCloseTo(1.25, 6);
  expect(touches.get(hash32("gone"))).toBe(2);
  expect(clicks.get(hash32("sku-0"))).toBe(1);
  expect([[...touchedIndex], [...touchedWeight]]).toEqual([
    [0, 0],
    [1, 0.25],
  ]);
});

test("a showing counts for each list that the item was in", () => {
  const shown = [shownList(["sku-0", "sku-1"]), shownList(["sku-0"])];
  const { showings } = gatherEvidence(viewWith({ shown }), snapshot, new ItemTable(), NOW);
  expect([...showings.entries()].sort(([, a], [, b]) => b - a)).toEqual([
    [hash32("sku-0"), 2],
    [hash32("sku-1"), 1],
  ]);
});

test("a price is the live one, else the snapshot's, else what the event said", () => {
  const items = new ItemTable();
  items.put("sku-0", "", 99, true);
  const touches = ["sku-0", "sku-3", "gone"].map((id) => touch(id, { price: 7 }));
  const { touched } = gatherEvidence(clicked(...touches), snapshot, items, NOW);
  expect([...touched.price]).toEqual([99, 13, 7]);
});

describe("similarity", () => {
  test("points to what was touched, and its absence is zero", () => {
    const view = clicked(touch("sku-0"));
    const [lamp, rug, unknown] = rowsOf(vectorSimilarity, view, ["sku-2", "sku-1", "nowhere"]);
    expect([lamp?.behaviour, lamp?.content]).toEqual([1, 1]);
    expect([rug?.content, unknown?.content]).toEqual([0, 0]);
    expect(rowsOf(vectorSimilarity, UNKNOWN_VISITOR, ["sku-2"])[0]?.content).toBe(0);
  });

  test("to the session looks at what was touched since it began; without one, at the last hour", () => {
    const touches = [touch("sku-0", { ageMs: 60_000 }), touch("sku-1", { ageMs: 2 * 3_600_000 })];
    const [lamp, rug] = rowsOf(tasteSimilarity, viewWith({ touches }), ["sku-2", "sku-3"]);
    expect([lamp?.session_content, rug?.session_content]).toEqual([1, 0]);
    const session = sessionWith({ startedAt: NOW - 3 * 3_600_000 });
    const [, longer] = rowsOf(tasteSimilarity, viewWith({ touches, session }), ["sku-2", "sku-3"]);
    expect(longer?.session_content).toBeGreaterThan(0.5);
  });

  test("to the long term looks at counters, of whatever scale", () => {
    const families = { ...UNKNOWN_VISITOR.families, items: familyOf({ "sku-1": 1e-30, gone: 5 }) };
    const [lamp, rug] = rowsOf(tasteSimilarity, viewWith({ families }), ["sku-2", "sku-3"]);
    expect([lamp?.long_term_content, rug?.long_term_content]).toEqual([0, 1]);
  });
});

test("shown and passed over speaks against what is like it, shown and clicked for it", () => {
  const view = viewWith({
    shown: [shownList(["sku-0", "sku-2", "sku-1", "sku-3"])],
    touches: [touch("sku-2"), touch("sku-0")],
  });
  const [lamp, rug] = rowsOf(tasteLift, view, ["sku-8", "sku-9"]);
  expect(lamp?.lift).toBeGreaterThan(0);
  expect(rug?.lift).toBeLessThan(0);
  const [click, pass] = rowsOf(history, view, ["sku-0", "sku-1"]);
  expect([click?.touches, pass?.touches]).toEqual([1, 0]);
  expect([click?.log_clicks, click?.log_passed_over]).toEqual([Math.fround(Math.LN2), 0]);
  expect([pass?.log_clicks, pass?.log_passed_over]).toEqual([0, Math.fround(Math.LN2)]);
});

test("neighbours of newer touches support more", () => {
  // sku-2 and sku-4 are the neighbours of sku-0 (0.5 and 0.25).
  const [near, far, none] = rowsOf(neighbourSupport, clicked(touch("sku-0")), ["sku-2", "sku-4", "sku-6"]);
  expect([near?.sum, far?.sum, none?.sum]).toEqual([0.5, 0.25, 0]);
  const old = clicked(touch("sku-5"), touch("sku-0", { ageMs: 60 * DAY_MS }));
  expect(rowsOf(neighbourSupport, old, ["sku-2"])[0]?.sum).toBeLessThan(0.01);
});

test("an item's click rate leaves the visitor's own events out", () => {
  const items = new ItemTable();
  items.add(
    new Map([
      ["sku-0", { impressions: 11, clicks: 6 }],
      ["sku-1", { impressions: 1000, clicks: 100 }],
    ]),
  );
  const own = viewWith({ shown: [shownList(["sku-0"])], touches: [touch("sku-0")] });
  const logCtr = (view: VisitorView) => rowsOf(itemRate, view, ["sku-0"], items)[0]?.log_ctr as number;
  expect(logCtr(own)).toBeLessThan(logCtr(UNKNOWN_VISITOR));
  expect(Math.exp(logCtr(own))).toBeCloseTo(clickRate(items, items.slotOf("sku-0"), 1, 1), 6);
});

test("the distance in price is between the candidate and what was looked at", () => {
  const items = new ItemTable();
  items.put("sku-0", "", 100, true);
  items.put("sku-2", "", 100, true);
  items.put("sku-4", "", 10, true);
  const [same, cheaper] = rowsOf(priceDistance, clicked(touch("sku-0", { kind: "view" })), ["sku-2", "sku-4"], items);
  expect(same?.abs_log_ratio).toBeCloseTo(0, 6);
  expect(cheaper?.abs_log_ratio).toBeCloseTo(Math.log(10), 5);
});
