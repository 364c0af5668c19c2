// Researching: searching and reading widely, over several items or categories, with nothing put into the cart yet.
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

/** Of the running session; of the last one when none runs. */
export function researching(view: VisitorView, now: number, { researching: rules }: IntentRules): Evidence | null {
  const { session, previous } = view;
  const latest = session ?? previous;
  if (latest === null || isShopping(latest) || latest.dwellMs < rules.minDwellMs) return null;
  const { items, categories } = breadthOf(view, latest.startedAt);
  const { searches, dwellMs } = latest;
  const points =
    rules.searchPoints * searches +
    rules.itemPoints * items +
    rules.categoryPoints * Math.max(0, categories.length - 1) +
    (session === null ? 0 : rules.earlierShare * earlierPoints(view, session.startedAt, rules));
  if (points < rules.minPoints) return null;
  const sinceMs = Math.max(0, now - latest.lastAt);
  return {
    confidence:
      saturating(points, rules.halfPoints) * saturating(dwellMs, rules.halfDwellMs) * fading(sinceMs, rules.halfLifeMs),
    sinceMs,
    facts: { searches, items, categories: categories.length, dwellMs },
    category: categories.length === 1 ? (categories[0] as number) : 0,
  };
}

const isShopping = ({ carts, checkouts, purchases }: { carts: number; checkouts: number; purchases: number }) =>
  carts + checkouts + purchases > 0;

function breadthOf({ touches }: VisitorView, since: number): { items: number; categories: number[] } {
  const items: string[] = [];
  const categories: number[] = [];
  for (const { itemId, category, at } of touches) {
    if (at < since) break;
    if (!items.includes(itemId)) items.push(itemId);
    if (category !== 0 && !categories.includes(category)) categories.push(category);
  }
  return { items: items.length, categories };
}

/** What the session before `startedAt` adds, by its counts. */
function earlierPoints({ previous }: VisitorView, startedAt: number, rules: IntentRules["researching"]): number {
  if (previous === null || isShopping(previous) || startedAt - previous.lastAt > rules.earlierMs) return 0;
  return rules.searchPoints * previous.searches + rules.itemPoints * previous.itemViews;
}
