// Cart abandoned, which means two things. Within the session: the visitor browses on and the cart is left alone, for
// minutes. Across sessions: the visitor went away and the cart stayed; that becomes sure over hours and fades over weeks.
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import { type OpenCart, openCartOf } from "./open-cart.ts";
import type { IntentRules } from "./rules.ts";

export function cartAbandoned(view: VisitorView, now: number, { cartAbandoned: rules }: IntentRules): Evidence | null {
  const cart = openCartOf(view);
  if (cart === null) return null;
  const isOfThisSession = view.session !== null && cart.changedAt >= view.session.startedAt;
  return isOfThisSession ? withinSession(cart, now, rules) : acrossSessions(cart, now, rules);
}

function withinSession(cart: OpenCart, now: number, rules: IntentRules["cartAbandoned"]): Evidence | null {
  const { lines, value, regardedAt, browsedAt, category } = cart;
  const sinceMs = now - regardedAt;
  // Silence alone is no sign: a checkout is filled in, a telephone rings.
  if (sinceMs < rules.quietMs || browsedAt <= regardedAt) return null;
  const confidence = rules.maxWithinSession * saturating(sinceMs, rules.halfQuietMs);
  return { confidence, sinceMs, facts: { where: "this session", lines, value }, category };
}

function acrossSessions(cart: OpenCart, now: number, rules: IntentRules["cartAbandoned"]): Evidence {
  const { lines, value, changedAt, category } = cart;
  const sinceMs = Math.max(0, now - changedAt);
  const confidence =
    rules.maxAcrossSessions * saturating(sinceMs, rules.halfAwayMs) * fading(sinceMs, rules.halfLifeMs);
  return { confidence, sinceMs, facts: { where: "an earlier session", lines, value }, category };
}
