// The segments that `nowcast train` gives (docs/segments.md), and what the live profile knows better. A site's own
// segments may have any other name.
import type { BatchEntry, Profile } from "./profile.ts";

/** In the order in which an entry lists them. */
export const SEGMENTS = [
  "new",
  "returning",
  "browser",
  "one_time_buyer",
  "frequent_buyer",
  "big_spender",
  "lapsed",
  "deal_seeker",
] as const;
export type Segment = (typeof SEGMENTS)[number];

/** The segments of `entry` as far as `profile` does not know better by now; one that has been outgrown becomes the next. */
export function currentSegments(entry: BatchEntry, profile: Profile): readonly string[] {
  const current = new Set<string>();
  for (const segment of entry.segments) {
    const now = currentSegment(segment, entry.asOf, profile);
    if (now !== null) current.add(now);
  }
  return [...current];
}

function currentSegment(segment: string, asOf: number, { sessions, orders, orderedAt }: Profile): string | null {
  switch (segment) {
    case "new":
      return sessions > 1 ? "returning" : segment;
    case "browser":
      return orders > 0 ? null : segment;
    case "one_time_buyer":
      return orders > 1 ? null : segment;
    case "lapsed":
      return orderedAt > asOf ? null : segment;
    default:
      return segment;
  }
}
