// What the visitor seems to be up to, crossed with whether the candidate is what it is about: how sure each intent is where
// the candidate is of the category concerned, or lies in the cart, or is cheaper than what was looked at.
import { INTENTS, intentsOf } from "../profile/intents.ts";
import { cartItems } from "./cart.ts";
import type { Feature } from "./feature.ts";

/** Intents that are about what lies in the cart. */
const ABOUT_CART = ["ready_to_buy", "cart_abandoned"] as const;

export const intentCrosses: Feature = {
  name: "intent_crosses",
  version: 1,
  columns: [
    ...INTENTS.map((intent) => `intent_crosses.${intent}_category`),
    ...ABOUT_CART.map((intent) => `intent_crosses.${intent}_cart`),
    "intent_crosses.price_sensitive_cheaper",
  ],
  stage: "first",
  cost: 50,
  fill({ candidates, view, evidence, now }, out, offset, stride) {
    const confidence = new Float64Array(INTENTS.length);
    const category = new Uint32Array(INTENTS.length);
    for (const intent of intentsOf(view, now)) {
      const i = INTENTS.indexOf(intent.name);
      confidence[i] = intent.confidence;
      category[i] = intent.category;
    }
    const cart = cartItems(view);
    const inCart = Float64Array.from(ABOUT_CART, (intent) => confidence[INTENTS.indexOf(intent)] as number);
    const priceSensitive = confidence[INTENTS.indexOf("price_sensitive")] as number;
    const usual = evidence.meanLogPrice;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const own = candidates.category[row] as number;
      for (let i = 0; i < confidence.length; i++) {
        out[at + i] = own !== 0 && own === category[i] ? (confidence[i] as number) : 0;
      }
      const held = cart.size > 0 && cart.has(candidates.hash[row] as number);
      for (let i = 0; i < inCart.length; i++) out[at + confidence.length + i] = held ? (inCart[i] as number) : 0;
      const cheaper = priceSensitive * (usual - (candidates.logPrice[row] as number));
      out[at + confidence.length + inCart.length] = Number.isNaN(cheaper) ? 0 : cheaper;
    }
  },
};
