// Comparing: several items of one category, back and forth. Coming back to an item after another of its category is what
// tells weighing up from strolling past.
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

/** What was seen of one category. */
interface Look {
  readonly items: string[];
  last: string;
  returns: number;
  at: number;
}

/** Of the category that speaks for it most. A purchase settles its category. */
export function comparing(view: VisitorView, now: number, { comparing: rules }: IntentRules): Evidence | null {
  let best: Evidence | null = null;
  for (const [category, { items, returns, at }] of looksOf(view, now - rules.windowMs)) {
    if (!((items.length >= 2 && returns >= 1) || items.length >= rules.manyItems)) continue;
    const points = items.length - 1 + rules.returnPoints * returns;
    const sinceMs = Math.max(0, now - at);
    const confidence = saturating(points, rules.halfPoints) * fading(sinceMs, rules.halfLifeMs);
    if (best !== null && best.confidence >= confidence) continue;
    best = { confidence, sinceMs, facts: { items: items.length, returns }, category };
  }
  return best;
}

function looksOf({ touches, orderedAt }: VisitorView, since: number): Map<number, Look> {
  const looks = new Map<number, Look>();
  // An order that does not say what was bought settles everything before it.
  const isNamed = touches.some(({ kind, at }) => kind === "purchase" && at === orderedAt);
  const from = isNamed ? since : Math.max(since, orderedAt);
  for (let i = touches.length - 1; i >= 0; i--) {
    const { itemId, kind, at, category } = touches[i] as VisitorView["touches"][number];
    if (at <= from || kind === "uncart") continue;
    if (kind === "purchase") {
      looks.delete(category);
      if (category === 0) for (const [key, { items }] of looks) if (items.includes(itemId)) looks.delete(key);
      continue;
    }
    if (category === 0) continue;
    const look = looks.get(category);
    if (look === undefined) {
      looks.set(category, { items: [itemId], last: itemId, returns: 0, at });
      continue;
    }
    look.at = at;
    if (look.last === itemId) continue;
    look.last = itemId;
    if (look.items.includes(itemId)) look.returns++;
    else look.items.push(itemId);
  }
  return looks;
}
