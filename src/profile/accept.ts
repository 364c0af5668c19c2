// What happens to an event when it reaches its visitor, before the fold: recognised if it was there before, numbered, and
// marked with what only this moment can tell. The object does it live; training does it to a log that was never live.
import type { AcceptedEvent, Event } from "../events/event.ts";
import { hash32 } from "../kernels/hash.ts";
import { DedupeWindow } from "./dedupe.ts";
import { countEvent, type EventRate, emptyRate } from "./event-rate.ts";
import { timeOf } from "./fact.ts";
import { fold, isLate } from "./fold.ts";
import type { EndedSession, ProfileConfig, Shown } from "./profile.ts";
import { emptyState, type ProfileState } from "./state.ts";
import { touchedBefore } from "./touched-before.ts";

/** Everything that is kept of a visitor between two events. */
export interface LiveVisitor {
  state: ProfileState;
  readonly dedupe: DedupeWindow;
  readonly rate: EventRate;
}

export function newVisitor(): LiveVisitor {
  return { state: emptyState(), dedupe: new DedupeWindow(), rate: emptyRate() };
}

/**
 * Takes an event into `visitor`.
 * @param receivedAt epoch ms
 * @param onEnded hears of each session that this has ended
 * @param unrecordedAt epoch ms: up to then the visitor did not consent to statistics, which must not tell of it
 * @returns the event as accepted; null when it was there before
 */
export function accept(
  visitor: LiveVisitor,
  event: Event,
  receivedAt: number,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
  unrecordedAt = 0,
): AcceptedEvent | null {
  if (!visitor.dedupe.admit(event.id, receivedAt)) return null;
  const { state } = visitor;
  const accepted: { -readonly [K in keyof AcceptedEvent]: AcceptedEvent[K] } = {
    ...event,
    seq: state.seq + 1,
    receivedAt,
  };
  if (isLate(state, timeOf(accepted))) accepted.late = true;
  // A bot by its own word came marked already.
  if (countEvent(visitor.rate, receivedAt, config.botEventsPerMinute)) accepted.bot = true;
  if (event.type === "select_item" && event.position === undefined && event.items?.length === 1) {
    const position = positionShown(state, event.items[0]?.id ?? "");
    if (position !== null) accepted.position = position;
  }
  const follows = touchedBefore(state, accepted, config, unrecordedAt);
  if (follows.length > 0) accepted.follows = follows;
  // In a log, or a lake: what this build finds holds.
  else delete accepted.follows;
  visitor.state = fold(state, accepted, config, onEnded);
  return accepted;
}

/** Where the item stood in the newest list that showed it; null when no list did that is still known. */
function positionShown({ settled, pending }: ProfileState, itemId: string): number | null {
  const hash = hash32(itemId);
  const find = ({ items, from }: Pick<Shown, "items" | "from">): number | null => {
    const index = items.indexOf(hash);
    return index < 0 ? null : from + index;
  };
  for (let i = pending.length - 1; i >= 0; i--) {
    const shown = pending[i]?.shown;
    const position = shown === undefined ? null : find(shown);
    if (position !== null) return position;
  }
  for (let i = settled.shown.length - 1; i >= 0; i--) {
    const position = find(settled.shown[i] as Shown);
    if (position !== null) return position;
  }
  return null;
}
