// Comparing: several items of one category, back and forth. Coming back to an item after another of its category is what
// tells weighing up from strolling past.
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

/** What was seen of one category. */
interface Look {
  readonly category: number;
  readonly items: string[];
  last: string;
  returns: number;
  at: number;
}

/** Of the category that speaks for it most. A purchase settles its category. */
export function comparing(view: VisitorView, now: number, { comparing: rules }: IntentRules): Evidence | null {
  let best: Evidence | null = null;
  for (const { category, items, returns, at } of looksOf(view, now - rules.windowMs)) {
    if (!((items.length >= 2 && returns >= 1) || items.length >= rules.manyItems)) continue;
    const points = items.length - 1 + rules.returnPoints * returns;
    const sinceMs = Math.max(0, now - at);
    const confidence = saturating(points, rules.halfPoints) * fading(sinceMs, rules.halfLifeMs);
    if (best !== null && best.confidence >= confidence) continue;
    best = { confidence, sinceMs, facts: { items: items.length, returns }, category };
  }
  return best;
}

/** By category, in a list: there are few, and this runs in every decision. */
function looksOf({ touches, orderedAt }: VisitorView, since: number): Look[] {
  let looks: Look[] = [];
  // An order that does not say what was bought settles everything before it.
  const isNamed = orderedAt > since && touches.some(({ kind, at }) => kind === "purchase" && at === orderedAt);
  const from = isNamed ? since : Math.max(since, orderedAt);
  let oldest = touches.length - 1;
  while (oldest >= 0 && (touches[oldest] as VisitorView["touches"][number]).at <= from) oldest--;
  for (let i = oldest; i >= 0; i--) {
    const { itemId, kind, at, category } = touches[i] as VisitorView["touches"][number];
    if (kind === "purchase") {
      looks = looks.filter((look) => (category === 0 ? !look.items.includes(itemId) : look.category !== category));
      continue;
    }
    if (category === 0 || kind === "uncart") continue;
    const look = looks.find((known) => known.category === category);
    if (look === undefined) {
      looks.push({ category, items: [itemId], last: itemId, returns: 0, at });
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
