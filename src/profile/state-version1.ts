// States as version 0.1 stored them: JSON of a profile without a reorder buffer, counters, cart or lists. What it knew is
// kept; what it did not know starts empty.
import { TOUCH_WEIGHT } from "./apply.ts";
import { TOUCH_KINDS, type TouchKind } from "./profile.ts";
import { newSession } from "./session.ts";
import { emptyState, type ProfileState } from "./state.ts";

interface Version1 {
  readonly version: 1;
  readonly seq: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly sessions: number;
  readonly orders: number;
  readonly revenue: number;
  readonly session: {
    readonly startedAt: number;
    readonly lastAt: number;
    readonly events: number;
    readonly pageViews: number;
  } | null;
  readonly touches: readonly { readonly itemId: string; readonly kind: TouchKind; readonly at: number }[];
  readonly shown: readonly number[];
}

/** @throws RangeError when the text is not a state of version 1 */
export function migrateVersion1(text: string): ProfileState {
  const old = parse(text);
  const state = emptyState();
  const { settled } = state;
  Object.assign(state, { seq: old.seq, newestAt: old.lastAt, watermark: old.lastAt });
  const { seq, firstAt, lastAt, sessions, orders, revenue } = old;
  Object.assign(settled, { seq, firstAt, lastAt, sessions, orders, revenue });
  if (old.session !== null) {
    const { startedAt, lastAt, events, pageViews } = old.session;
    settled.session = { ...newSession(startedAt), lastAt, events, pageViews };
  }
  settled.touches = old.touches
    .filter(({ kind }) => TOUCH_KINDS.includes(kind))
    .map(({ itemId, kind, at }) => ({ itemId, kind, at, weight: TOUCH_WEIGHT[kind], category: 0, price: 0 }));
  settled.orderedAt = settled.touches.findLast(({ kind }) => kind === "purchase")?.at ?? 0;
  // Where one list ended and the next began was not kept.
  for (let from = 0; from < old.shown.length; from += 32) {
    settled.shown.push({ at: lastAt, placement: 0, from: 0, items: old.shown.slice(from, from + 32) });
  }
  return state;
}

function parse(text: string): Version1 {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RangeError("the stored profile is truncated", { cause });
  }
  const old = value as Version1 | null;
  if (typeof old !== "object" || old === null || old.version !== 1 || !Array.isArray(old.touches)) {
    throw new RangeError("the stored profile has an unknown version");
  }
  return old;
}
