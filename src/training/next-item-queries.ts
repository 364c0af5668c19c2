// The questions of the protocol `next-item`: what does a visitor turn to next, given the session so far?
import { fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { emptyState, type ProfileState } from "../profile/state.ts";
import { encodeViewOf } from "../profile/view-codec.ts";
import type { History } from "./history.ts";
import type { LogSession } from "./sessions.ts";

export interface NextItemQuery {
  /** Index in the history's timeline of the session's last event so far: what is known is what stands there and before. */
  readonly position: number;
  /** Index in the history's visitors. */
  readonly visitor: number;
  /** Index of the session. */
  readonly session: number;
  /** Events of the session so far, from 1. */
  readonly step: number;
  /** Epoch ms of the last event so far: when the next one comes is not known yet. */
  readonly now: number;
  /** What the session's next event names; any of them is a hit. */
  readonly targets: readonly string[];
}

/** One for every event after the first of a session, in log order of what is known. */
export function nextItemQueries(sessions: readonly LogSession[]): NextItemQuery[] {
  const queries = sessions.flatMap(({ visitor, steps }, session) =>
    steps.slice(1).map(({ items }, at): NextItemQuery => {
      const { position, at: now } = steps[at] as (typeof steps)[number];
      return { position, visitor, session, step: at + 1, now, targets: items };
    }),
  );
  return queries.sort((a, b) => a.position - b.position);
}

/** The encoded decision view of each query's visitor right after the session's last event so far. */
export function viewsAt(
  { timeline }: Pick<History, "timeline">,
  queries: readonly NextItemQuery[],
  profile: ProfileConfig,
): Uint8Array<ArrayBuffer>[] {
  const wanted = new Map(queries.map(({ position }, index) => [position, index]));
  const visitors = new Set(queries.map(({ visitor }) => visitor));
  const states = new Map<number, ProfileState>();
  const views = new Array<Uint8Array<ArrayBuffer>>(queries.length);
  timeline.forEach((entry, position) => {
    if (!("event" in entry) || !visitors.has(entry.visitor)) return;
    const state = fold(states.get(entry.visitor) ?? emptyState(), entry.event, profile);
    states.set(entry.visitor, state);
    const index = wanted.get(position);
    if (index !== undefined) views[index] = encodeViewOf(state, entry.event.receivedAt, profile);
  });
  return views;
}
