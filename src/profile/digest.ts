// The session digest: the visitor's last touches, small enough for a signed token or cookie. When the visitor's object
// is slow or far, a decision still knows what they just looked at.
import type { Touch } from "./profile.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "./view.ts";

/** Item id and age of the touch in seconds before the digest's time, newest first. */
export interface SessionDigest {
  /** Epoch ms. */
  readonly at: number;
  readonly touches: readonly (readonly [itemId: string, ageSeconds: number])[];
}

const MAX_TOUCHES = 8;
const MAX_ID_LENGTH = 64;

export function digestOf(view: VisitorView, now: number): SessionDigest | null {
  const touches = view.touches
    .filter((touch) => touch.itemId.length <= MAX_ID_LENGTH)
    .slice(0, MAX_TOUCHES)
    .map((touch) => [touch.itemId, Math.max(0, Math.round((now - touch.at) / 1000))] as const);
  return touches.length === 0 ? null : { at: now, touches };
}

/** What events touched, in front of what a digest held: as good as a digest can be that no object was asked for. */
export function digestWith(
  digest: SessionDigest | null,
  touched: readonly string[],
  now: number,
): SessionDigest | null {
  const fresh = [...new Set(touched.toReversed())].filter((id) => id.length <= MAX_ID_LENGTH);
  if (fresh.length === 0) return digest;
  const aged = (digest?.touches ?? []).map(([id, ageSeconds]) => {
    const ageMs = now - (digest?.at ?? now) + ageSeconds * 1000;
    return [id, Math.max(0, Math.round(ageMs / 1000))] as const;
  });
  const before = aged.filter(([id]) => !fresh.includes(id));
  return { at: now, touches: [...fresh.map((id) => [id, 0] as const), ...before].slice(0, MAX_TOUCHES) };
}

/** A view that knows only what the digest says; `seq` is 0, since no state of an object stands behind it. */
export function viewOfDigest(digest: SessionDigest): VisitorView {
  const touches: Touch[] = digest.touches.map(([itemId, ageSeconds]) => ({
    itemId,
    kind: "click",
    at: digest.at - ageSeconds * 1000,
    weight: 1,
    category: 0,
    price: 0,
  }));
  const lastAt = touches[0]?.at ?? digest.at;
  return { ...UNKNOWN_VISITOR, lastAt, touches };
}
