// Price sensitive: stepping down in price within a category, ending at the cheapest of what was seen, and asking for it
// in words.
import { factorAt } from "../counters.ts";
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import type { IntentRules } from "./rules.ts";

type Rules = IntentRules["priceSensitive"];

/** A visitor's way through the prices of one category. */
interface Descent {
  item: string;
  price: number;
  at: number;
  lowest: number;
  /** Different items, a return counted as another. */
  looks: number;
  down: number;
  up: number;
}

export function priceSensitive(
  view: VisitorView,
  now: number,
  { priceSensitive: rules }: IntentRules,
): Evidence | null {
  const words = wordsOf(view, now, rules);
  const wordPoints = Math.min(rules.wordPoints * words, rules.maxWordPoints);
  let stepPoints = 0;
  let category = 0;
  let steepest: Descent | null = null;
  for (const [key, descent] of descentsOf(view, now - rules.windowMs, rules.minStep)) {
    const isCheapest = descent.price <= descent.lowest && descent.looks >= rules.cheapestOf && descent.down > 0;
    const points =
      (descent.down - descent.up + (isCheapest ? rules.cheapestPoints : 0)) *
      fading(Math.max(0, now - descent.at), rules.halfLifeMs);
    if (points <= stepPoints) continue;
    stepPoints = points;
    category = key;
    steepest = descent;
  }
  const points = wordPoints + stepPoints;
  if (points < rules.minPoints) return null;
  // Counters do not say when a word was last typed; the last event is the latest that it can have been.
  const lastAt = Math.max(steepest?.at ?? 0, words > 0 ? view.lastAt : 0);
  return {
    confidence: saturating(points, rules.halfPoints),
    sinceMs: Math.max(0, now - lastAt),
    facts: {
      stepsDown: steepest?.down ?? 0,
      stepsUp: steepest?.up ?? 0,
      lowest: Math.round((steepest?.lowest ?? 0) * 100) / 100,
      words: Math.round(words * 100) / 100,
    },
    category,
  };
}

/** Price words of the session's queries, or those of the last weeks by their decayed counts, whichever are more. */
function wordsOf({ session, families, periods }: VisitorView, now: number, { words }: Rules): number {
  let typed = 0;
  for (const term of session?.terms ?? []) if (words.has(term)) typed++;
  const { keys, week } = families.terms;
  let held = 0;
  keys.forEach((key, i) => {
    if (words.has(key)) held += week[i] as number;
  });
  return Math.max(typed, held === 0 ? 0 : held * factorAt(periods, 1, now));
}

function descentsOf({ touches }: VisitorView, since: number, minStep: number): Map<number, Descent> {
  const descents = new Map<number, Descent>();
  for (let i = touches.length - 1; i >= 0; i--) {
    const { itemId: item, kind, at, category, price } = touches[i] as VisitorView["touches"][number];
    if (category === 0 || price <= 0 || at < since || kind === "uncart") continue;
    const descent = descents.get(category);
    if (descent === undefined) {
      descents.set(category, { item, price, at, lowest: price, looks: 1, down: 0, up: 0 });
      continue;
    }
    if (descent.item === item) continue;
    if (price < descent.price * (1 - minStep)) descent.down++;
    else if (price > descent.price * (1 + minStep)) descent.up++;
    descent.item = item;
    descent.price = price;
    descent.at = at;
    descent.lowest = Math.min(descent.lowest, price);
    descent.looks++;
  }
  return descents;
}
