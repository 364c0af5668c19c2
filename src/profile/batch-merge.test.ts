import { expect, test } from "vitest";
import { mergeBatch } from "./batch-merge.ts";
import { count, incrementAt } from "./counters.ts";
import type { BatchEntry, Profile } from "./profile.ts";
import { emptyState } from "./state.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;

const entry = (fields: Partial<BatchEntry> = {}): BatchEntry => ({
  asOf: NOW - 2 * DAY_MS,
  segments: [],
  lifetimeValue: 100,
  categories: [],
  brands: [],
  ...fields,
});

const live = (fields: Partial<Profile> = {}): Profile => ({ ...emptyState().settled, sessions: 1, ...fields });

function seen(profile: Profile, family: "categories" | "brands", key: string, at: number): Profile {
  count(profile.counters, family, key, 1, incrementAt(profile.counters, at));
  return profile;
}

test("of a visitor whose live profile knows nothing yet, the batch view is told as it is", () => {
  const batch = entry({ segments: ["new", "deal_seeker"], categories: [["lamps", 1]], brands: [["Lumen", 1]] });
  expect(mergeBatch(live(), batch, NOW)).toEqual(batch);
});

test("a category that was live lately is the live view's; one of long ago, or never, is the batch's", () => {
  const profile = seen(live(), "categories", "rugs", NOW - 200 * DAY_MS);
  seen(profile, "categories", "lamps", NOW - 10 * DAY_MS);
  const categories: BatchEntry["categories"] = [
    ["lamps", 0.5],
    ["rugs", 0.25],
    ["chairs", 0.25],
  ];
  expect(mergeBatch(profile, entry({ categories }), NOW).categories).toEqual([
    ["rugs", 0.25],
    ["chairs", 0.25],
  ]);
});

test("brands and categories are apart", () => {
  const profile = seen(live(), "categories", "Lumen", NOW);
  expect(mergeBatch(profile, entry({ brands: [["Lumen", 1]] }), NOW).brands).toEqual([["Lumen", 1]]);
  expect(mergeBatch(seen(profile, "brands", "Lumen", NOW), entry({ brands: [["Lumen", 1]] }), NOW).brands).toEqual([]);
});

test("the value is never below what is live already, and live revenue is not added to what the batch counted", () => {
  expect(mergeBatch(live({ revenue: 40 }), entry(), NOW).lifetimeValue).toBe(100);
  expect(mergeBatch(live({ revenue: 140 }), entry(), NOW).lifetimeValue).toBe(140);
});

test.each([
  ["new", live({ sessions: 2 }), ["returning"]],
  ["new", live({ sessions: 1 }), ["new"]],
  ["browser", live({ orders: 1 }), []],
  ["browser", live(), ["browser"]],
  ["one_time_buyer", live({ orders: 2 }), []],
  ["one_time_buyer", live({ orders: 1 }), ["one_time_buyer"]],
  ["lapsed", live({ orders: 3, orderedAt: NOW - DAY_MS }), []],
  ["lapsed", live({ orders: 3, orderedAt: NOW - 300 * DAY_MS }), ["lapsed"]],
  ["vip", live({ sessions: 9, orders: 9, orderedAt: NOW }), ["vip"]],
])("segment %s gives way to what is known live", (segment, profile, segments) => {
  expect(mergeBatch(profile, entry({ segments: [segment] }), NOW).segments).toEqual(segments);
});

test("a segment that becomes another is told once", () => {
  const { segments } = mergeBatch(live({ sessions: 3 }), entry({ segments: ["new", "returning"] }), NOW);
  expect(segments).toEqual(["returning"]);
});

test("profile and entry stay as they are", () => {
  const profile = live({ sessions: 3, revenue: 500 });
  const batch = entry({ segments: ["new"] });
  const before = structuredClone({ profile, batch });
  mergeBatch(profile, batch, NOW);
  expect({ profile, batch }).toEqual(before);
});
