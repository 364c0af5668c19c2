// What a visitor seems to be up to, derived from facts and explained by them: a pure function of the decision view and
// the time, so that a decision, a profile page and the trainer say the same. One file an intent stands in intents/.
import { bouncing } from "./intents/bouncing.ts";
import { cartAbandoned } from "./intents/cart-abandoned.ts";
import { comparing } from "./intents/comparing.ts";
import type { Evidence } from "./intents/evidence.ts";
import { priceSensitive } from "./intents/price-sensitive.ts";
import { readyToBuy } from "./intents/ready-to-buy.ts";
import { researching } from "./intents/researching.ts";
import { returningAfterPurchase } from "./intents/returning-after-purchase.ts";
import { INTENT_RULES, type IntentRules } from "./intents/rules.ts";
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

type Detector = (view: VisitorView, now: number, rules: IntentRules) => Evidence | null;

const DETECTORS: Readonly<Record<IntentName, Detector>> = {
  comparing,
  researching,
  ready_to_buy: readyToBuy,
  cart_abandoned: cartAbandoned,
  returning_after_purchase: returningAfterPurchase,
  price_sensitive: priceSensitive,
  bouncing,
};

/**
 * What `view` gives reason to believe at `now` (epoch ms), by falling confidence and then in the order of INTENTS;
 * nothing of a visitor who is not known. Several may hold at once: who compares may mind prices.
 */
export function intentsOf(view: VisitorView, now: number, rules: IntentRules = INTENT_RULES): Intent[] {
  const intents: Intent[] = [];
  if (view.seq === 0) return intents;
  for (const name of INTENTS) {
    const evidence = DETECTORS[name](view, now, rules);
    if (evidence !== null && evidence.confidence >= rules.minConfidence) intents.push({ name, ...evidence });
  }
  return intents.sort((a, b) => b.confidence - a.confidence);
}
