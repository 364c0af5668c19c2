// The one reducer: state × event → state. The visitor's object runs it live and the trainer runs it over the lake, so what
// a model learned from is what it meets. No clock, no randomness: time is the event's.
//
// Events arrive out of order. Those of the last `reorderMs` wait as pending facts in the order of their own time; what is
// older is settled for good (a watermark over event time: Akidau et al. 2015, "The Dataflow Model"). The profile is
// the settled one with the pending facts applied, so every order of arrival within the buffer gives the same profile.
import type { AcceptedEvent } from "../events/event.ts";
import { applyFact } from "./apply.ts";
import { type Fact, type FactContext, factOf, isBefore, sizeOf, timeOf } from "./fact.ts";
import { mergeState } from "./merge.ts";
import { cloneProfile, type EndedSession, type Profile, type ProfileConfig } from "./profile.ts";
import { endSession } from "./session.ts";
import type { ProfileState } from "./state.ts";
import type { SystemFact } from "./system-fact.ts";

/** What pending facts may take as stored; beyond, the oldest are settled early. */
const PENDING_BYTES = 6_000;

/** A folded event: as accepted, or put in by the system itself. */
export type FoldedEvent = AcceptedEvent & { readonly system?: SystemFact };

/**
 * Folds one accepted event into `state`, in the order of `seq`. The state given is consumed: use what is returned.
 * @param onEnded hears of each session that this has ended for good
 * @throws RangeError when `event.seq` is not the next one: folding with a gap or twice would falsify every count
 */
export function fold(
  state: ProfileState,
  event: FoldedEvent,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): ProfileState {
  if (event.seq !== state.seq + 1) throw new RangeError(`seq ${event.seq} does not follow ${state.seq}`);
  state.seq = event.seq;
  if (event.system !== undefined) return foldSystem(state, event.system, config, onEnded);
  const at = timeOf(event);
  const fact = factOf(event, at, sessionKnownAt(state.settled, at, config));
  if (at < state.watermark) {
    state.late += 1;
    settle(state, fact, config, onEnded);
    return state;
  }
  insert(state.pending, fact);
  state.pendingBytes += sizeOf(fact);
  if (fact.context !== undefined) state.pendingBytes -= dropRepeatedContext(state.pending);
  state.newestAt = Math.max(state.newestAt, at);
  settleUntil(state, state.newestAt - config.reorderMs, config, onEnded);
  while (state.pendingBytes > PENDING_BYTES) settleOldest(state, config, onEnded);
  return state;
}

/** Whether an event of time `at` (epoch ms) would come too late for its place. */
export function isLate(state: ProfileState, at: number): boolean {
  return at < state.watermark;
}

/** The profile as of the last event: what is settled with what is pending. Not to be changed. */
export function profileOf(state: ProfileState, config: ProfileConfig): Profile {
  const profile = state.pending.length === 0 ? state.settled : cloneProfile(state.settled);
  for (const fact of state.pending) applyFact(profile, fact, config);
  profile.seq = state.seq;
  return profile;
}

function foldSystem(
  state: ProfileState,
  fact: SystemFact,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): ProfileState {
  switch (fact.kind) {
    case "session_end":
      // Told of a session that a later one has ended already, it changes nothing.
      if (profileOf(state, config).session?.id !== fact.session) return state;
      settleUntil(state, Number.POSITIVE_INFINITY, config, onEnded);
      endSession(state.settled);
      return state;
    case "merge":
      mergeState(state, fact, config, onEnded);
      while (state.pendingBytes > PENDING_BYTES) settleOldest(state, config, onEnded);
      return state;
    case "batch":
      state.settled.batch = fact.entry;
      return state;
  }
}

/** The settled session that a fact of this time belongs to for sure; what it knows need not be kept with the fact. */
function sessionKnownAt({ session }: Profile, at: number, { sessionTimeoutMs }: ProfileConfig) {
  return session !== null && at >= session.startedAt && at - session.lastAt <= sessionTimeoutMs ? session : null;
}

function insert(pending: Fact[], fact: Fact): void {
  let to = pending.length;
  while (to > 0 && isBefore(fact, pending[to - 1] as Fact)) to--;
  if (to === pending.length) pending.push(fact);
  else pending.splice(to, 0, fact);
}

/**
 * Pending facts are of one session, for which the first that says something says it: what later ones repeat is dropped.
 * @returns bytes that are no longer taken
 */
function dropRepeatedContext(pending: Fact[]): number {
  const said = new Set<keyof FactContext>();
  let saved = 0;
  pending.forEach((fact, index) => {
    if (fact.context === undefined) return;
    const kept: { -readonly [K in keyof FactContext]: FactContext[K] } = { ...fact.context };
    let repeats = false;
    for (const name of Object.keys(kept) as (keyof FactContext)[]) {
      if (said.has(name)) {
        delete kept[name];
        repeats = true;
      } else said.add(name);
    }
    if (!repeats) return;
    const { context: _, ...rest } = fact;
    const shorter: Fact = Object.keys(kept).length === 0 ? rest : { ...rest, context: kept };
    saved += sizeOf(fact) - sizeOf(shorter);
    pending[index] = shorter;
  });
  return saved;
}

/** Settles what happened before `time`. */
function settleUntil(
  state: ProfileState,
  time: number,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): void {
  while (state.pending.length > 0 && (state.pending[0] as Fact).at < time) settleOldest(state, config, onEnded);
  if (time > state.watermark && Number.isFinite(time)) state.watermark = time;
}

function settleOldest(state: ProfileState, config: ProfileConfig, onEnded?: (session: EndedSession) => void): void {
  const fact = state.pending.shift() as Fact;
  state.pendingBytes -= sizeOf(fact);
  state.watermark = Math.max(state.watermark, fact.at);
  settle(state, fact, config, onEnded);
}

function settle(
  state: ProfileState,
  fact: Fact,
  config: ProfileConfig,
  onEnded?: (session: EndedSession) => void,
): void {
  const ended = applyFact(state.settled, fact, config);
  if (ended !== null) onEnded?.(ended);
}
