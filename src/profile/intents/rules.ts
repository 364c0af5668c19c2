// What the intents go by: every threshold and half-life, with its reason. They are judgements about shops, not
// measurements; a site that knows better passes its own to intentsOf.
import { hash32 } from "../../kernels/hash.ts";
import { termsOf } from "../../kernels/terms.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface IntentRules {
  /** Below, an intent is not worth telling. */
  readonly minConfidence: number;
  readonly comparing: {
    /** Further back belongs to another errand. */
    readonly windowMs: number;
    /** So many items of a category are a comparison without any coming back, which lists of many tabs do not show. */
    readonly manyItems: number;
    /** An item more is a step; coming back to one seen before tells more than another new one does. */
    readonly returnPoints: number;
    /** Points at which the confidence is one half. */
    readonly halfPoints: number;
    /** Weighing up is a matter of an evening; tomorrow it is history. */
    readonly halfLifeMs: number;
  };
  readonly researching: {
    /** A search is worth this many points; an item and a category more than the first are worth the next two. */
    readonly searchPoints: number;
    readonly itemPoints: number;
    readonly categoryPoints: number;
    /** Share of the points of the session before, when it was research too: plans take days. */
    readonly earlierShare: number;
    readonly earlierMs: number;
    /** Fewer points are a look around. */
    readonly minPoints: number;
    readonly halfPoints: number;
    /** Who has not stayed this long has not read. */
    readonly minDwellMs: number;
    readonly halfDwellMs: number;
    readonly halfLifeMs: number;
  };
  readonly readyToBuy: {
    readonly cartPoints: number;
    /** Checking out says more than anything else before the order itself. */
    readonly checkoutPoints: number;
    /** Looking again at what lies in the cart: the last doubts. */
    readonly secondLookPoints: number;
    /** Who has bought here before trusts the shop. */
    readonly buyerPoints: number;
    readonly halfPoints: number;
    /** Share that is left when the last thing done to the cart was to take something out. */
    readonly hesitation: number;
    /** A cart left alone for so long is half as likely to be bought now; a begun checkout takes its time. */
    readonly halfLifeMs: number;
    readonly checkoutHalfLifeMs: number;
  };
  readonly cartAbandoned: {
    /** Within the session: so long nothing has been done about the cart while the visitor browsed on. */
    readonly quietMs: number;
    /** Of the quiet time, from its beginning. */
    readonly halfQuietMs: number;
    /** Who is still there may still buy. */
    readonly maxWithinSession: number;
    /** Across sessions: an hour is lunch, a day is a decision. */
    readonly halfAwayMs: number;
    /** After weeks it is forgotten, not abandoned. */
    readonly halfLifeMs: number;
    readonly maxAcrossSessions: number;
  };
  readonly returningAfterPurchase: {
    /** An eighth is left after a month. */
    readonly halfLifeMs: number;
  };
  readonly priceSensitive: {
    readonly windowMs: number;
    /** A step counts when the price changes by more than this share: less is noise of sizes and colours. */
    readonly minStep: number;
    /** The last item seen is the cheapest of at least so many. */
    readonly cheapestOf: number;
    readonly cheapestPoints: number;
    readonly wordPoints: number;
    readonly maxWordPoints: number;
    readonly minPoints: number;
    readonly halfPoints: number;
    /** Minding prices is a trait more than a mood. */
    readonly halfLifeMs: number;
    /** hash32 of words that ask for a low price, as `termsOf` makes them: see `hashedTerms`. */
    readonly words: ReadonlySet<number>;
  };
  readonly bouncing: {
    /** Silence after the first page speaks for one who has gone, by this half time. */
    readonly halfQuietMs: number;
    readonly previousPoints: number;
    /** Several sessions with hardly an event each. */
    readonly habitSessions: number;
    readonly habitEventsPerSession: number;
    readonly habitPoints: number;
    readonly minPoints: number;
    readonly halfPoints: number;
    readonly halfLifeMs: number;
  };
}

const PRICE_WORDS =
  // English, German, French, Spanish, Italian, Dutch, Portuguese; accents are folded away.
  "cheap cheaper cheapest discount discounted sale deal deals offer offers bargain coupon voucher promo budget clearance outlet affordable " +
  "billig günstig angebot angebote rabatt gutschein schnäppchen reduziert soldes promotion réduction remise " +
  "barato barata oferta ofertas descuento rebajas offerta offerte sconto saldi economico goedkoop korting aanbieding desconto promoção";

/** Words as the terms of queries are hashed. @param words separated by blanks */
export function hashedTerms(words: string): ReadonlySet<number> {
  return new Set(termsOf(words, Number.POSITIVE_INFINITY).map((term) => hash32(term)));
}

export const INTENT_RULES: IntentRules = {
  minConfidence: 0.05,
  comparing: {
    windowMs: 2 * DAY_MS,
    manyItems: 5,
    returnPoints: 2,
    halfPoints: 4,
    halfLifeMs: 2 * HOUR_MS,
  },
  researching: {
    searchPoints: 1,
    itemPoints: 0.5,
    categoryPoints: 1,
    earlierShare: 0.5,
    earlierMs: 7 * DAY_MS,
    minPoints: 3,
    halfPoints: 4,
    minDwellMs: 2 * MINUTE_MS,
    halfDwellMs: 3 * MINUTE_MS,
    halfLifeMs: 2 * HOUR_MS,
  },
  readyToBuy: {
    cartPoints: 1.5,
    checkoutPoints: 3,
    secondLookPoints: 1,
    buyerPoints: 0.5,
    halfPoints: 2,
    hesitation: 0.5,
    halfLifeMs: 20 * MINUTE_MS,
    checkoutHalfLifeMs: HOUR_MS,
  },
  cartAbandoned: {
    quietMs: 10 * MINUTE_MS,
    halfQuietMs: 25 * MINUTE_MS,
    maxWithinSession: 0.7,
    halfAwayMs: 2 * HOUR_MS,
    halfLifeMs: 10 * DAY_MS,
    maxAcrossSessions: 0.95,
  },
  returningAfterPurchase: { halfLifeMs: 10 * DAY_MS },
  priceSensitive: {
    windowMs: 7 * DAY_MS,
    minStep: 0.03,
    cheapestOf: 3,
    cheapestPoints: 1,
    wordPoints: 2,
    maxWordPoints: 4,
    minPoints: 2,
    halfPoints: 3,
    halfLifeMs: 3 * DAY_MS,
    words: hashedTerms(PRICE_WORDS),
  },
  bouncing: {
    halfQuietMs: 2 * MINUTE_MS,
    previousPoints: 1,
    habitSessions: 3,
    habitEventsPerSession: 3,
    habitPoints: 1.5,
    minPoints: 0.5,
    halfPoints: 1.5,
    halfLifeMs: 14 * DAY_MS,
  },
};
