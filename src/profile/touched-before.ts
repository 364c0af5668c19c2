// What a visitor touched shortly before an event, in the same session: the pairs (before → now) of live co-visitation. Found
// when the event is accepted, in what the profile keeps anyway, and written on the event: whoever counts pairs (the
// objects of the items, training) needs no profile. A pair weighs less the more items lie between (1 / distance) and the
// longer ago the first one was, and as much as its second event speaks for an item (touch-weights).
import type { AcceptedEvent, TouchedBefore } from "../events/event.ts";
import { decayed } from "../kernels/decay.ts";
import { TOUCH_WEIGHT } from "./apply.ts";
import { timeOf, touchKindOf } from "./fact.ts";
import type { ProfileConfig, TouchKind } from "./profile.ts";
import { isActive } from "./session.ts";
import type { ProfileState } from "./state.ts";

/** Weights are whole multiples of 1/256: they are stored, and sums of them must not depend on who parsed them. */
const STEPS = 256;

interface Before {
  readonly itemId: string;
  readonly kind: TouchKind;
  readonly at: number;
}

/**
 * The last different items that the session touched before `event`, newest first, `config.maxBefore` at most. The item itself is
 * one of them when the visitor came back to it, or did the same with it again; not when this event goes on with what the
 * newest one began, as a click and the page that it opens do.
 * @param state before the event is folded in
 * @param since epoch ms: what was touched up to then is left out (the visitor did not consent to statistics)
 */
export function touchedBefore(
  state: ProfileState,
  event: Pick<AcceptedEvent, "type" | "items" | "ts" | "receivedAt">,
  config: ProfileConfig,
  since = 0,
): TouchedBefore[] {
  const kind = touchKindOf(event.type);
  const { items } = event;
  if (kind === undefined || items === undefined || items.length === 0 || TOUCH_WEIGHT[kind] <= 0) return [];
  const at = timeOf(event);
  // Of an event that comes late it is not known what went before.
  if (at < state.watermark) return [];
  const found: TouchedBefore[] = [];
  const seen = new Set<string>();
  let newest = true;
  for (const touch of newestFirst(state, at, config)) {
    if (touch.at <= since || found.length === config.maxBefore) break;
    const goesOn = newest && touch.kind !== kind && items.some(({ id }) => id === touch.itemId);
    newest = false;
    const again = seen.has(touch.itemId);
    seen.add(touch.itemId);
    if (goesOn || again) continue;
    const strength = (TOUCH_WEIGHT[kind] * decayed(at - touch.at, config.pairHalfLifeMs)) / (found.length + 1);
    found.push({ id: touch.itemId, weight: Math.max(1, Math.round(strength * STEPS)) });
  }
  return found;
}

/** Touches of the session that runs at `at`, up to then. */
function* newestFirst({ settled, pending }: ProfileState, at: number, config: ProfileConfig): Generator<Before> {
  let next = at;
  const isOfSession = (time: number): boolean => isActive(time, next, config.sessionTimeoutMs);
  for (let i = pending.length - 1; i >= 0; i--) {
    const fact = pending[i] as (typeof pending)[number];
    if (fact.at > at) continue;
    if (!isOfSession(fact.at)) return;
    next = fact.at;
    const kind = touchKindOf(fact.type);
    if (kind === undefined || TOUCH_WEIGHT[kind] <= 0) continue;
    for (const { id } of (fact.items ?? []).toReversed()) yield { itemId: id, kind, at: fact.at };
  }
  const { session, touches } = settled;
  if (session === null || !isOfSession(session.lastAt)) return;
  for (let i = touches.length - 1; i >= 0; i--) {
    const touch = touches[i] as Before;
    if (touch.at < session.startedAt) return;
    if (touch.at <= at && TOUCH_WEIGHT[touch.kind] > 0) yield touch;
  }
}
