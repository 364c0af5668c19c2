// Bouncing: one page and gone, and a habit of it.
import type { SessionCounts } from "../profile.ts";
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

/** Null as soon as the latest session has more than its first page. */
export function bouncing(
  { seq, sessions, session, previous }: VisitorView,
  now: number,
  { bouncing: rules }: IntentRules,
): Evidence | null {
  const latest = session ?? previous;
  if (latest === null || !isOnePage(latest)) return null;
  const quiet = session === null ? 0 : saturating(Math.max(0, now - session.lastAt), rules.halfQuietMs);
  const bouncedBefore = previous !== null && isOnePage(previous);
  const hasHabit = sessions >= rules.habitSessions && seq <= rules.habitEventsPerSession * sessions;
  const before =
    ((bouncedBefore ? rules.previousPoints : 0) + (hasHabit ? rules.habitPoints : 0)) *
    (previous === null ? 0 : fading(Math.max(0, now - previous.lastAt), rules.halfLifeMs));
  const points = quiet + before;
  if (points < rules.minPoints) return null;
  return {
    confidence: saturating(points, rules.halfPoints),
    sinceMs: Math.max(0, now - latest.lastAt),
    facts: { pages: Math.max(latest.pageViews, latest.itemViews), sessions, events: seq },
    category: 0,
  };
}

/** A page may be told of as a page and as the item that it shows. */
function isOnePage(counts: SessionCounts): boolean {
  const { pageViews, itemViews, clicks, searches, carts, checkouts, purchases } = counts;
  return Math.max(pageViews, itemViews) <= 1 && clicks + searches + carts + checkouts + purchases === 0;
}
