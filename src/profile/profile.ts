// The live state of one visitor: what the fold keeps and everything else is derived from. Every part is bounded in
// number and in bytes, so that a profile stays small whatever the visitor does.
import { type Counters, cloneCounters } from "./counters.ts";

/** How a visitor touched an item, from the weakest to the strongest. Codes are stored: only ever append. */
export const TOUCH_KINDS = ["view", "click", "cart", "uncart", "purchase"] as const;
export type TouchKind = (typeof TOUCH_KINDS)[number];

/** Stored by index: only ever append. */
export const DEVICE_CLASSES = ["unknown", "desktop", "mobile", "tablet", "tv", "other"] as const;
export type DeviceClass = (typeof DEVICE_CLASSES)[number];

/** Where a session came from, by its first page's referrer and campaign. Stored by index: only ever append. */
export const REFERRER_CLASSES = [
  "unknown",
  "direct",
  "internal",
  "search",
  "social",
  "email",
  "paid",
  "assistant",
  "referral",
] as const;
export type ReferrerClass = (typeof REFERRER_CLASSES)[number];

export interface Touch {
  readonly itemId: string;
  readonly kind: TouchKind;
  /** Epoch ms. */
  readonly at: number;
  /** Strength before decay, a multiple of 1/16: a view weighs more the longer it lasted. */
  weight: number;
  /** hash32 of the category that the event named; 0 when it named none. */
  readonly category: number;
  /** As the event said it; 0 when it did not. */
  readonly price: number;
}

/** A list that was shown. */
export interface Shown {
  /** Epoch ms. */
  readonly at: number;
  /** hash32 of the placement; 0 when none was named. */
  readonly placement: number;
  /** Position of its first item. */
  readonly from: number;
  /** hash32 of the ids, in the order shown. */
  readonly items: readonly number[];
}

export interface CartLine {
  readonly itemId: string;
  quantity: number;
  /** Unit price as the event said it; 0 when it did not. */
  price: number;
  /** Epoch ms of the last change. */
  at: number;
}

/** What a visitor typed. */
export interface Query {
  readonly text: string;
  readonly at: number;
}

/** What is counted of a session. Stored in this order: only ever append. */
export const SESSION_COUNTS = [
  "events",
  "pageViews",
  "itemViews",
  "lists",
  "clicks",
  "searches",
  "carts",
  "checkouts",
  "purchases",
] as const;

/** Counts of a session by what happened in it. */
export type SessionCounts = Record<(typeof SESSION_COUNTS)[number], number>;

export interface Campaign {
  readonly source: string;
  readonly medium: string;
  readonly name: string;
}

export interface Session extends SessionCounts {
  /** Epoch ms of its first event: unique for the visitor, since sessions do not overlap. */
  readonly id: number;
  readonly startedAt: number;
  lastAt: number;
  /** Sum of the pauses between events, each counted up to `maxDwellMs`. */
  dwellMs: number;
  /** The longest of them. */
  longestDwellMs: number;
  revenue: number;
  /** Path of its first page; "" when no event named one. */
  landing: string;
  referrer: ReferrerClass;
  campaign: Campaign | null;
  device: DeviceClass;
  /** As the events say it, e.g. ISO 3166 alpha-2; "" when they do not. */
  country: string;
  city: string;
  /** Local time less UTC; null when unknown. */
  utcOffsetMinutes: number | null;
  /** Newest last. */
  queries: Query[];
}

/** What remains of a session that has ended; also the properties of its `session_end`. */
export type EndedSession = Omit<Session, "queries"> & { readonly queries: readonly string[] };

/** What the batch layer knows of a visitor, as of its own time: see BatchEntry in batch-view.ts. */
export interface BatchEntry {
  /** Epoch ms: the newest event that it is made of. */
  readonly asOf: number;
  readonly segments: readonly string[];
  /** Expected revenue of the visitor's lifetime, in the site's currency. */
  readonly lifetimeValue: number;
  /** Long-term preferences: category or brand → share in [0, 1], largest first. */
  readonly categories: readonly (readonly [string, number])[];
  readonly brands: readonly (readonly [string, number])[];
}

export interface Profile {
  /** Events folded in; 0 for a visitor never seen. */
  seq: number;
  firstAt: number;
  lastAt: number;
  sessions: number;
  orders: number;
  revenue: number;
  /** Epoch ms of the last purchase; 0 without any. */
  orderedAt: number;
  session: Session | null;
  /** The session before the present one. */
  previous: EndedSession | null;
  /** Newest last. */
  touches: Touch[];
  /** Lists, newest last. */
  shown: Shown[];
  /** What lies in the cart, by order of the last change; it outlives sessions. */
  cart: CartLine[];
  readonly counters: Counters;
  batch: BatchEntry | null;
}

export interface ProfileConfig {
  /** A pause longer than this starts a new session. */
  readonly sessionTimeoutMs: number;
  /** How long an event may be overtaken by later ones and still count in its place. */
  readonly reorderMs: number;
  /** A pause counts as attention up to this. */
  readonly maxDwellMs: number;
  readonly maxTouches: number;
  /** Items shown, over all lists kept. */
  readonly maxShown: number;
  readonly maxCart: number;
  /** Items before an event in its session that it is counted with as pairs. */
  readonly maxBefore: number;
  /** How long ago the first item of a pair was touched for the pair to count half. */
  readonly pairHalfLifeMs: number;
  /** More events than this in a minute, for a minute on end, are not a person's. */
  readonly botEventsPerMinute: number;
}

/** A copy that can be folded into without changing `profile`. */
export function cloneProfile(profile: Profile): Profile {
  const { session } = profile;
  return {
    ...profile,
    session: session === null ? null : { ...session, queries: [...session.queries] },
    touches: profile.touches.map((touch) => ({ ...touch })),
    shown: [...profile.shown],
    cart: profile.cart.map((line) => ({ ...line })),
    counters: cloneCounters(profile.counters),
  };
}
