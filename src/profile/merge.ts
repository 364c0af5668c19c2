// An anonymous visitor becomes part of a user: both profiles as one, nothing lost and nothing counted twice.
import { fromBase64Url } from "../kernels/digest.ts";
import { keepNewestLists } from "./apply.ts";
import { addCounters } from "./counters.ts";
import { isBefore } from "./fact.ts";
import {
  type CartLine,
  type EndedSession,
  type Profile,
  type ProfileConfig,
  SESSION_COUNTS,
  type Session,
} from "./profile.ts";
import { endSession } from "./session.ts";
import type { ProfileState } from "./state.ts";
import { decodeState } from "./state-codec.ts";
import type { MergeFact } from "./system-fact.ts";

/** Merged visitors that are remembered: a repetition comes within minutes, a person has few devices. */
const MAX_MERGED = 16;

export function hasMerged(state: ProfileState, from: string, epoch: string): boolean {
  return state.merged.some((merged) => merged.from === from && merged.epoch === epoch);
}

/**
 * Takes the visitor of `fact` into `state`, once: a repetition changes nothing.
 * @throws RangeError when the state that comes along cannot be read; nothing is changed then
 */
export function mergeState(
  state: ProfileState,
  { from, epoch, state: encoded }: MergeFact,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): ProfileState {
  if (hasMerged(state, from, epoch)) return state;
  const bytes = fromBase64Url(encoded);
  if (bytes === null) throw new RangeError(`the state of ${from} is not base64url`);
  const other = decodeState(bytes);
  mergeProfile(state.settled, other.settled, config, onEnded);
  for (const fact of other.pending) {
    let to = state.pending.length;
    while (to > 0 && isBefore(fact, state.pending[to - 1] as typeof fact)) to--;
    state.pending.splice(to, 0, fact);
  }
  state.pendingBytes += other.pendingBytes;
  state.newestAt = Math.max(state.newestAt, other.newestAt);
  state.watermark = Math.max(state.watermark, other.watermark);
  state.late += other.late;
  state.merged.push({ from, epoch });
  if (state.merged.length > MAX_MERGED) state.merged.shift();
  return state;
}

function mergeProfile(
  into: Profile,
  other: Profile,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): void {
  if (other.lastAt === 0) return;
  mergeSessions(into, other, config, onEnded);
  into.firstAt = into.firstAt === 0 ? other.firstAt : Math.min(into.firstAt, other.firstAt);
  into.lastAt = Math.max(into.lastAt, other.lastAt);
  into.orders += other.orders;
  into.revenue += other.revenue;
  into.orderedAt = Math.max(into.orderedAt, other.orderedAt);
  into.touches = byTime(into.touches, other.touches).slice(-config.maxTouches);
  into.shown = byTime(into.shown, other.shown);
  keepNewestLists(into.shown, config.maxShown);
  into.cart = mergeCarts(into.cart, other.cart).slice(-config.maxCart);
  addCounters(into.counters, other.counters);
  if (other.batch !== null && other.batch.asOf > (into.batch?.asOf ?? 0)) into.batch = other.batch;
}

/** Sessions that run at the same time become one; otherwise the earlier of the two has ended. */
function mergeSessions(
  into: Profile,
  other: Profile,
  { sessionTimeoutMs }: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): void {
  into.sessions += other.sessions;
  const previous = [into.previous, other.previous].filter((session) => session !== null);
  const [a, b] = [into.session, other.session];
  if (a !== null && b !== null) {
    const [earlier, later] = a.startedAt <= b.startedAt ? [a, b] : [b, a];
    if (later.startedAt - earlier.lastAt <= sessionTimeoutMs) {
      into.sessions -= 1;
      into.session = joined(earlier, later);
    } else {
      into.session = earlier;
      const ended = endSession(into) as EndedSession;
      onEnded?.(ended);
      previous.push(ended);
      into.session = later;
    }
  } else into.session = a ?? b;
  into.previous = previous.sort((x, y) => x.lastAt - y.lastAt).at(-1) ?? null;
}

function joined(earlier: Session, later: Session): Session {
  const session: Session = {
    ...earlier,
    lastAt: Math.max(earlier.lastAt, later.lastAt),
    dwellMs: earlier.dwellMs + later.dwellMs,
    longestDwellMs: Math.max(earlier.longestDwellMs, later.longestDwellMs),
    revenue: earlier.revenue + later.revenue,
    queries: byTime(earlier.queries, later.queries).slice(-5),
  };
  for (const count of SESSION_COUNTS) session[count] += later[count];
  // What the anonymous visit arrived with is how the visit began; a login knows no campaign.
  if (session.landing === "") {
    const { landing, referrer, campaign } = later;
    Object.assign(session, { landing, referrer, campaign });
  }
  if (session.device === "unknown") session.device = later.device;
  session.country ||= later.country;
  session.city ||= later.city;
  session.utcOffsetMinutes ??= later.utcOffsetMinutes;
  return session;
}

function mergeCarts(a: readonly CartLine[], b: readonly CartLine[]): CartLine[] {
  const lines = new Map<string, CartLine>();
  for (const line of byTime(a, b)) {
    const known = lines.get(line.itemId);
    lines.delete(line.itemId);
    lines.set(line.itemId, known ? { ...line, quantity: known.quantity + line.quantity } : { ...line });
  }
  return [...lines.values()];
}

function byTime<T extends { readonly at: number }>(a: readonly T[], b: readonly T[]): T[] {
  return [...a, ...b].sort((x, y) => x.at - y.at);
}
