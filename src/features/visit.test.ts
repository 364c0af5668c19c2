import { beforeAll, expect, test } from "vitest";
import {
  columnsOf,
  familyOf,
  featureInput,
  HALF_OF_COUNTS,
  NOW,
  sessionWith,
  viewWith,
} from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Feature } from "./feature.ts";
import { intents, interactionCounts, segments, session, visits } from "./visit.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot();
});

const DAY_MS = 86_400_000;
const of = (feature: Feature, view: VisitorView): Record<string, number> =>
  columnsOf(feature, featureInput({ snapshot, ids: ["sku-0"], view }))[0] ?? {};
const allZero = (row: Record<string, number>): boolean => Object.values(row).every((value) => value === 0);

test("of nobody nothing is said", () => {
  for (const feature of [session, visits, intents, segments(["a"]), interactionCounts(["view_item"])]) {
    expect(allZero(of(feature, UNKNOWN_VISITOR))).toBe(true);
  }
});

test("a session counts by logarithms of minutes and events", () => {
  const row = of(
    session,
    viewWith({
      session: sessionWith({ startedAt: NOW - 9 * 60_000, dwellMs: 60_000, events: 3, clicks: 1, checkouts: 2 }),
    }),
  );
  expect(row.log_minutes).toBeCloseTo(Math.log(10), 6);
  expect(row.log_dwell_minutes).toBeCloseTo(Math.LN2, 6);
  expect([row.log_events, row.log_clicks]).toEqual([Math.fround(Math.log(4)), Math.fround(Math.LN2)]);
  expect([row.checkout, row.purchases, row.log_carts]).toEqual([1, 0, 0]);
});

test("visits tell how often and how long ago", () => {
  const row = of(visits, viewWith({ sessions: 3, firstAt: NOW - 7 * DAY_MS, orderedAt: NOW - DAY_MS, orders: 1 }));
  expect([row.known, row.log_days_away]).toEqual([1, 0]);
  expect(row.log_days_known).toBeCloseTo(Math.log(8), 6);
  expect(row.log_days_since_order).toBeCloseTo(Math.LN2, 6);
  expect(row.log_sessions).toBeCloseTo(Math.log(4), 6);
});

test("counts of a type are what its counters are worth now", () => {
  const families = { ...UNKNOWN_VISITOR.families, types: familyOf({ view_item: 8, search: 1 }) };
  const row = of(interactionCounts(["view_item", "purchase"]), viewWith({ families, periods: HALF_OF_COUNTS }));
  for (const window of ["day", "week", "month"]) {
    // Worth half of 8.
    expect(row[`view_item_${window}`]).toBeCloseTo(Math.log(5), 5);
    expect(row[`purchase_${window}`]).toBe(0);
  }
});

test("segments are one-hot over those asked for", () => {
  const none = new Map<number, number>();
  const batch = { asOf: NOW, segments: ["loyal", "else"], lifetimeValue: 9, categories: none, brands: none };
  expect(of(segments(["new", "loyal"]), viewWith({ batch }))).toEqual({
    new: 0,
    loyal: 1,
    log_lifetime_value: Math.fround(Math.log(10)),
  });
});
