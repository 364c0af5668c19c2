// What was known of visitors at some moments of a log: the decision views that their objects would have handed out.
import { fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { emptyState, type ProfileState } from "../profile/state.ts";
import { encodeViewOf } from "../profile/view-codec.ts";
import type { History, Query } from "./history.ts";

/** The encoded view of each query's visitor just before the list, in the order of `queries`. */
export function viewsBefore(
  { timeline }: Pick<History, "timeline">,
  queries: readonly Pick<Query, "position" | "visitor">[],
  config: ProfileConfig,
): Uint8Array<ArrayBuffer>[] {
  const wanted = new Map(queries.map((query, index) => [query.position, index]));
  const visitors = new Set(queries.map(({ visitor }) => visitor));
  const states = new Map<number, ProfileState>();
  const views = new Array<Uint8Array<ArrayBuffer>>(queries.length);
  timeline.forEach((entry, position) => {
    if (!("event" in entry) || !visitors.has(entry.visitor)) return;
    const state = states.get(entry.visitor) ?? emptyState();
    const index = wanted.get(position);
    if (index !== undefined) views[index] = encodeViewOf(state, entry.event.receivedAt, config);
    states.set(entry.visitor, fold(state, entry.event, config));
  });
  return views;
}
