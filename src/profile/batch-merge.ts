// The batch view beside the live one, at read time. The live view wins where both speak:
// - counts, orders, revenue and times are live alone; an entry has none of them;
// - a segment that the live profile has outgrown is not told (segments.ts);
// - a lifetime value is never below the revenue that is live already;
// - a category or brand that live counters still hold is theirs: the batch speaks for what lies further back.
import { type Counters, type Family, factorAt } from "./counters.ts";
import type { BatchEntry, Profile } from "./profile.ts";
import { currentSegments } from "./segments.ts";

/** Index of the half-life of 30 days in a count. */
const MONTH = 2;
/** A counter holds a key while this much is left of it: a click of three months ago, not more. */
const HELD = 1 / 8;

/** What of `entry` counts beside `profile` at `now` (epoch ms). Shares stay those of the whole: they do not add up to 1. */
export function mergeBatch(profile: Profile, entry: BatchEntry, now: number): BatchEntry {
  const { counters, revenue } = profile;
  return {
    asOf: entry.asOf,
    segments: currentSegments(entry, profile),
    lifetimeValue: Math.max(entry.lifetimeValue, revenue),
    categories: notHeld(entry.categories, counters, "categories", now),
    brands: notHeld(entry.brands, counters, "brands", now),
  };
}

function notHeld(preferences: BatchEntry["categories"], counters: Counters, family: Family, now: number) {
  const factor = factorAt(counters.periods, MONTH, now);
  const { counts } = counters.families[family];
  return preferences.filter(([key]) => (counts.get(key)?.[MONTH] ?? 0) * factor < HELD);
}
