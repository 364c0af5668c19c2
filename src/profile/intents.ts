// What a visitor seems to be up to, derived from facts and explained by them: a pure function of the decision view and
// the time, so that a decision, a profile page and the trainer say the same. One file an intent stands in intents/.
import type { Evidence } from "./intents/evidence.ts";
import type { VisitorView } from "./view.ts";

export const INTENTS = [
  "comparing",
  "researching",
  "ready_to_buy",
  "cart_abandoned",
  "returning_after_purchase",
  "price_sensitive",
  "bouncing",
] as const;
export type IntentName = (typeof INTENTS)[number];

export interface Intent extends Evidence {
  readonly name: IntentName;
}

/** What `view` gives reason to believe at `now` (epoch ms), by falling confidence; nothing of a visitor not known. */
export function intentsOf(_view: VisitorView, _now: number): Intent[] {
  return [];
}
