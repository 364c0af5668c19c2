// Events for tests of the fold, and how they become a profile.
import { profile as config } from "../../nowcast.config.ts";
import type { AcceptedEvent } from "../../src/events/event.ts";
import { fold, profileOf } from "../../src/profile/fold.ts";
import type { EndedSession, Profile } from "../../src/profile/profile.ts";
import { emptyState, type ProfileState } from "../../src/profile/state.ts";
import type { VisitorView } from "../../src/profile/view.ts";
import { decodeView, encodeViewOf } from "../../src/profile/view-codec.ts";

export const CONFIG = config;
export const T0 = 1_732_280_000_000;

export function event(type: string, ts: number, extra: Partial<AcceptedEvent> = {}): AcceptedEvent {
  return { id: `${type}-${ts}`, type, ts, seq: 0, receivedAt: ts, ...extra };
}

/** Folds events in the order given, numbering them on from the state's. */
export function foldAll(
  events: readonly AcceptedEvent[],
  state: ProfileState = emptyState(),
  onEnded?: (session: EndedSession) => void,
): ProfileState {
  return events.reduce((folded, next) => fold(folded, { ...next, seq: folded.seq + 1 }, CONFIG, onEnded), state);
}

export function profileAfter(...events: AcceptedEvent[]): Profile {
  return profileOf(foldAll(events), CONFIG);
}

export function viewAfter(events: readonly AcceptedEvent[], now: number): VisitorView {
  return decodeView(encodeViewOf(foldAll(events), now, CONFIG));
}
