// The session window: events of a visitor belong together until a pause longer than the timeout.
import type { Fact, FactContext } from "./fact.ts";
import type { EndedSession, Profile, ProfileConfig, Session, SessionCounts } from "./profile.ts";

const MAX_QUERIES = 5;

const COUNT_OF_TYPE = new Map<string, Exclude<keyof SessionCounts, "events">>(
  Object.entries({
    page_view: "pageViews",
    view_item: "itemViews",
    view_item_list: "lists",
    select_item: "clicks",
    search: "searches",
    add_to_cart: "carts",
    begin_checkout: "checkouts",
    purchase: "purchases",
  } as const),
);

/**
 * Counts a fact into the session that it belongs to, beginning a new one after a pause. A fact from before the running
 * session (it came late) belongs to none.
 * @returns the session that this fact has ended
 */
export function enterSession(profile: Profile, fact: Fact, config: ProfileConfig): EndedSession | null {
  const { at } = fact;
  let session = profile.session;
  let ended: EndedSession | null = null;
  if (session !== null && at < session.startedAt - config.sessionTimeoutMs) return null;
  if (session === null || !isActive(session.lastAt, at, config.sessionTimeoutMs)) {
    // A session that has ended does not come to life again by a fact of its own time.
    if (session === null && profile.previous !== null && at <= profile.previous.lastAt) return null;
    ended = endSession(profile);
    session = newSession(at);
    profile.session = session;
    profile.sessions += 1;
  }
  const pause = Math.min(Math.max(0, at - session.lastAt), config.maxDwellMs);
  session.dwellMs += pause;
  session.longestDwellMs = Math.max(session.longestDwellMs, pause);
  session.lastAt = Math.max(session.lastAt, at);
  session.events += 1;
  const count = COUNT_OF_TYPE.get(fact.type);
  if (count !== undefined) session[count] += 1;
  if (fact.context !== undefined) takeContext(session, fact.context);
  if (fact.query !== undefined && session.queries.at(-1)?.text !== fact.query) {
    session.queries.push({ text: fact.query, at });
    if (session.queries.length > MAX_QUERIES) session.queries.shift();
  }
  return ended;
}

/** Ends the running session, if there is one. */
export function endSession(profile: Profile): EndedSession | null {
  const { session } = profile;
  if (session === null) return null;
  const { queries, ...rest } = session;
  const ended: EndedSession = { ...rest, queries: queries.map(({ text }) => text) };
  profile.previous = ended;
  profile.session = null;
  return ended;
}

/** Whether a session last active at `lastAt` still runs at `now`. */
export function isActive(lastAt: number, now: number, sessionTimeoutMs: number): boolean {
  return now - lastAt <= sessionTimeoutMs;
}

/** A session that begins at `at`, of which nothing is known yet. */
export function newSession(at: number): Session {
  return {
    id: at,
    startedAt: at,
    lastAt: at,
    events: 0,
    pageViews: 0,
    itemViews: 0,
    lists: 0,
    clicks: 0,
    searches: 0,
    carts: 0,
    checkouts: 0,
    purchases: 0,
    dwellMs: 0,
    longestDwellMs: 0,
    revenue: 0,
    landing: "",
    referrer: "unknown",
    campaign: null,
    device: "unknown",
    country: "",
    city: "",
    utcOffsetMinutes: null,
    queries: [],
  };
}

/** The first event that says something says it for the session. */
function takeContext(session: Session, context: FactContext): void {
  const { arrival, device, country, city, utcOffsetMinutes } = context;
  if (session.landing === "" && arrival !== undefined) {
    session.landing = arrival.landing;
    session.referrer = arrival.referrer;
    session.campaign = arrival.campaign;
  }
  if (session.device === "unknown" && device !== undefined) session.device = device;
  if (session.country === "" && country !== undefined) session.country = country;
  if (session.city === "" && city !== undefined) session.city = city;
  session.utcOffsetMinutes ??= utcOffsetMinutes ?? null;
}
