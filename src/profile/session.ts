// The session window: events of a visitor belong together until a pause longer than the timeout.
import type { AcceptedEvent } from "../events/event.ts";
import type { Profile, ProfileConfig, Session } from "./profile.ts";

/** The session that `event` belongs to: the running one, or a new one after a pause. Counts it on the profile. */
export function continueSession(profile: Profile, event: AcceptedEvent, at: number, config: ProfileConfig): Session {
  let session = profile.session;
  if (session === null || at - session.lastAt > config.sessionTimeoutMs) {
    session = { id: event.seq, startedAt: at, lastAt: at, events: 0, pageViews: 0 };
    profile.sessions += 1;
  }
  session.lastAt = Math.max(session.lastAt, at);
  session.events += 1;
  if (event.type === "page_view") session.pageViews += 1;
  return session;
}

/** Whether a session last active at `lastAt` still runs at `now`. */
export function isActive(lastAt: number, now: number, sessionTimeoutMs: number): boolean {
  return now - lastAt <= sessionTimeoutMs;
}
