// Returning after a purchase: back in a session after the one that ordered. To look for what goes with it, to follow the
// parcel, to send it back; it fades over a month.
import type { VisitorView } from "../view.ts";
import { fading } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

export function returningAfterPurchase(
  { session, orders, orderedAt, touches }: VisitorView,
  now: number,
  { returningAfterPurchase: rules }: IntentRules,
): Evidence | null {
  // Whoever asks when no session runs is about to begin one.
  if (orderedAt === 0 || (session !== null && session.startedAt <= orderedAt)) return null;
  const sinceMs = Math.max(0, now - orderedAt);
  const bought = touches.find(({ kind }) => kind === "purchase");
  return {
    confidence: fading(sinceMs, rules.halfLifeMs),
    sinceMs,
    facts: { orders, days: Math.floor(sinceMs / 86_400_000) },
    category: bought?.category ?? 0,
  };
}
