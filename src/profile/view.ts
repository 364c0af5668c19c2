// The decision view: what a decision needs to know of a visitor. It travels as at most 4 KB of bytes (view-codec.ts), so
// that the one call to the visitor's object stays cheap. Features and intents are functions of the decoded view, live and
// in training alike.
import type { Counters } from "./counters.ts";
import type { DeviceClass, ReferrerClass, SessionCounts, Shown, Touch } from "./profile.ts";

export const VIEW_BYTES = 4096;

/** A session that is still running at the time of the view. */
export interface SessionView extends SessionCounts {
  /** Epoch ms of its first event. */
  readonly id: number;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly dwellMs: number;
  readonly longestDwellMs: number;
  readonly revenue: number;
  readonly referrer: ReferrerClass;
  readonly device: DeviceClass;
  /** hash32 of the country and the city; 0 when unknown. */
  readonly country: number;
  readonly city: number;
  /** Local time less UTC; null when unknown. */
  readonly utcOffsetMinutes: number | null;
  /** hash32 of the campaign's source and medium; 0 without one. */
  readonly campaignSource: number;
  readonly campaignMedium: number;
  /** Terms (hash32) of what was searched for in this session, newest query first, without repeats. */
  readonly terms: Uint32Array;
}

/** The session before. */
export interface PreviousView extends SessionCounts {
  readonly startedAt: number;
  readonly lastAt: number;
  readonly dwellMs: number;
}

export interface CartView {
  /** hash32 of the item's id. */
  readonly item: number;
  readonly quantity: number;
  readonly price: number;
  readonly at: number;
}

/** The heaviest counters of a family: hash32 of each key with its counts, relative to `Counters.periods`. */
export interface FamilyView {
  readonly keys: Uint32Array;
  readonly day: Float32Array;
  readonly week: Float32Array;
  readonly month: Float32Array;
}

/** Families that a view carries, in the order of their bytes. Types stand as hash32 of their names like all keys. */
export const VIEW_FAMILIES = ["types", "categories", "brands", "prices", "terms", "items"] as const;
export type ViewFamily = (typeof VIEW_FAMILIES)[number];

export interface BatchSummary {
  /** Epoch ms. */
  readonly asOf: number;
  readonly segments: readonly string[];
  readonly lifetimeValue: number;
  /** hash32 of category or brand → share in [0, 1]. */
  readonly categories: ReadonlyMap<number, number>;
  readonly brands: ReadonlyMap<number, number>;
}

export interface VisitorView {
  /** 0 for a visitor who is not known (or must not be). */
  readonly seq: number;
  readonly sessions: number;
  readonly orders: number;
  readonly revenue: number;
  /** Epoch ms; 0 when unknown. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly orderedAt: number;
  /** Null when none is running at the time of the view. */
  readonly session: SessionView | null;
  readonly previous: PreviousView | null;
  /** Newest first. */
  readonly touches: readonly Readonly<Touch>[];
  /** Lists shown, newest first. */
  readonly shown: readonly Shown[];
  /** Newest first. */
  readonly cart: readonly CartView[];
  readonly periods: Counters["periods"];
  readonly families: Readonly<Record<ViewFamily, FamilyView>>;
  readonly batch: BatchSummary | null;
}

const NOTHING: FamilyView = {
  keys: new Uint32Array(0),
  day: new Float32Array(0),
  week: new Float32Array(0),
  month: new Float32Array(0),
};

export const UNKNOWN_VISITOR: VisitorView = {
  seq: 0,
  sessions: 0,
  orders: 0,
  revenue: 0,
  firstAt: 0,
  lastAt: 0,
  orderedAt: 0,
  session: null,
  previous: null,
  touches: [],
  shown: [],
  cart: [],
  periods: [0, 0, 0],
  families: {
    types: NOTHING,
    categories: NOTHING,
    brands: NOTHING,
    prices: NOTHING,
    terms: NOTHING,
    items: NOTHING,
  },
  batch: null,
};
