// The live state of one visitor: what the fold keeps and everything else is derived from.

/** How a visitor touched an item, from the weakest to the strongest. Codes are stored: only ever append. */
export const TOUCH_KINDS = ["view", "click", "cart", "uncart", "purchase"] as const;
export type TouchKind = (typeof TOUCH_KINDS)[number];

export interface Touch {
  readonly itemId: string;
  readonly kind: TouchKind;
  /** Epoch ms. */
  readonly at: number;
}

export interface Session {
  /** Unique for the visitor: the seq of the session's first event. */
  readonly id: number;
  readonly startedAt: number;
  lastAt: number;
  events: number;
  pageViews: number;
}

export interface Profile {
  version: 1;
  /** Seq of the last event folded in; 0 for a visitor never seen. */
  seq: number;
  firstAt: number;
  lastAt: number;
  sessions: number;
  orders: number;
  revenue: number;
  session: Session | null;
  /** Newest last, at most `maxTouches`. */
  touches: Touch[];
  /** hash32 of the ids of items shown in lists, newest last, at most `maxShown`; an id stands once for each showing. */
  shown: number[];
}

export interface ProfileConfig {
  /** A pause longer than this starts a new session. */
  readonly sessionTimeoutMs: number;
  readonly maxTouches: number;
  readonly maxShown: number;
}

export function emptyProfile(): Profile {
  return {
    version: 1,
    seq: 0,
    firstAt: 0,
    lastAt: 0,
    sessions: 0,
    orders: 0,
    revenue: 0,
    session: null,
    touches: [],
    shown: [],
  };
}
