// Ready to buy: something lies in the cart and is being dealt with, or the checkout has begun. The order itself ends it.
import type { VisitorView } from "../view.ts";
import { fading, saturating } from "./curves.ts";
import type { Evidence } from "./evidence.ts";
import { openCartOf } from "./open-cart.ts";
import type { IntentRules } from "./rules.ts";

export function readyToBuy(view: VisitorView, now: number, { readyToBuy: rules }: IntentRules): Evidence | null {
  const { session, orders, orderedAt } = view;
  const cart = openCartOf(view);
  // A checkout does not say when it was: after an order in the same session, it may have been that one's.
  const checkouts = session !== null && orderedAt < session.startedAt ? session.checkouts : 0;
  if (cart === null) {
    // A site may have no cart; a cart that was filled and is empty has been given up.
    if (session === null || checkouts === 0 || session.carts > 0) return null;
  }
  const looksAgain = cart !== null && cart.regardedAt > cart.changedAt;
  const points =
    (cart === null ? 0 : rules.cartPoints) +
    (checkouts > 0 ? rules.checkoutPoints : 0) +
    (looksAgain ? rules.secondLookPoints : 0) +
    (orders > 0 ? rules.buyerPoints : 0);
  const sinceMs = Math.max(0, now - (cart?.regardedAt ?? session?.lastAt ?? now));
  return {
    confidence:
      saturating(points, rules.halfPoints) *
      (cart?.isShrinking ? rules.hesitation : 1) *
      fading(sinceMs, checkouts > 0 ? rules.checkoutHalfLifeMs : rules.halfLifeMs),
    sinceMs,
    facts: { lines: cart?.lines ?? 0, value: cart?.value ?? 0, checkouts, orders },
    category: cart?.category ?? 0,
  };
}
