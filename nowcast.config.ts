// Build-time configuration: features, limits of state and budgets. It is code, so that its types change together with
// what reads it.
import { batchPreferences } from "./src/features/batch-preferences.ts";
import { cart } from "./src/features/cart.ts";
import type { Feature } from "./src/features/feature.ts";
import { given } from "./src/features/given.ts";
import { history } from "./src/features/history.ts";
import { intentCrosses } from "./src/features/intent-crosses.ts";
import { interactedWith, interactedWithPrice } from "./src/features/interacted-with.ts";
import { age, appeal, popularity, priceDistance } from "./src/features/item-facts.ts";
import { itemRate } from "./src/features/item-rate.ts";
import { placementRate, rate, recentRates, trend } from "./src/features/item-rates.ts";
import { livePairs } from "./src/features/live-pairs.ts";
import { negativeEvidence } from "./src/features/negative-evidence.ts";
import { priceBand } from "./src/features/price-band.ts";
import { queryGrams, queryMatch, searchMatch } from "./src/features/query-match.ts";
import { recency } from "./src/features/recency.ts";
import { sessionItem, sessionVector } from "./src/features/session-item.ts";
import { sessionKnn, sessionRules } from "./src/features/session-next.ts";
import { neighbourSupport, tasteLift, tasteSimilarity, vectorSimilarity } from "./src/features/similarity.ts";
import type { Consent } from "./src/privacy/consent.ts";
import type { ProfileConfig } from "./src/profile/profile.ts";
import { CANDIDATE_LIMITS, type CandidateLimits } from "./src/ranking/gather.ts";
import type { RuleDefaults } from "./src/ranking/page.ts";

/** What the visitor's live state keeps. */
export const profile: ProfileConfig = {
  sessionTimeoutMs: 30 * 60_000,
  reorderMs: 60_000,
  maxDwellMs: 5 * 60_000,
  maxTouches: 48,
  maxShown: 256,
  maxCart: 16,
  maxBefore: 5,
  pairHalfLifeMs: 15 * 60_000,
  botEventsPerMinute: 300,
};

/**
 * The registry: what a ranker may be trained on, and the columns of a new one in this order. A snapshot is loaded when this
 * list has all of its features at its versions. docs/features.md tells what there is beyond it, and how to write one's own.
 */
export const features: readonly Feature[] = [
  // The item, whoever looks.
  itemRate,
  recentRates,
  trend,
  placementRate,
  rate({ of: "purchases", per: "clicks" }),
  popularity,
  appeal,
  age,
  // What the caller says.
  given,
  queryMatch("title"),
  queryGrams("title"),
  // The visitor and this item.
  history,
  negativeEvidence,
  recency,
  cart,
  sessionItem,
  // The visitor and what is like it.
  vectorSimilarity,
  tasteLift,
  tasteSimilarity,
  neighbourSupport,
  livePairs,
  sessionKnn,
  sessionRules,
  sessionVector,
  interactedWith("category"),
  interactedWith("brand"),
  interactedWith("tags", "list"),
  interactedWithPrice,
  priceDistance,
  priceBand,
  searchMatch("title"),
  intentCrosses,
  batchPreferences,
];

/** What differs on some sites, by their names, e.g. `{ "auction": { sessionTimeoutMs: 10 * 60_000 } }`. */
export const profileBySite: Readonly<Record<string, Partial<ProfileConfig>>> = {};

export function profileOfSite(site: string): ProfileConfig {
  return Object.hasOwn(profileBySite, site) ? { ...profile, ...profileBySite[site] } : profile;
}

/**
 * Rules of placements by site and by the placement's name, for requests that do not say otherwise, e.g.
 * `{ "default": { "home": { caps: { brand: 2 }, frequencyCap: { times: 5, hours: 24 } } } }`. docs/ranking.md tells them all.
 */
export const placements: Readonly<Record<string, RuleDefaults>> = {};

export function rulesOfSite(site: string): RuleDefaults {
  return Object.hasOwn(placements, site) ? (placements[site] as RuleDefaults) : {};
}

/** How many items a decision looks at, e.g. `{ ...CANDIDATE_LIMITS, perShown: 50 }`. docs/ranking.md tells what more of them cost and bring. */
export const candidates: CandidateLimits = CANDIDATE_LIMITS;

/** Milliseconds that a stage may take before the decision steps down. */
export const budgets = {
  profileMs: 30,
  snapshotMs: 20,
  itemsMs: 20,
  decisionMs: 50,
  /** For what pages show of items, where the isolate does not know it: after the decision, within the budget of a page. */
  itemFieldsMs: 20,
  /** For all that a page decides, from its request on; also how long a slot's beginning waits for its end. */
  pageMs: 100,
};

export const snapshots = {
  /**
   * Bytes of snapshots that an isolate holds, of its 128 MB. Beyond it the site that was least recently asked for goes, and is
   * loaded again when it is asked for. A single site may have more.
   */
  isolateBytes: 80_000_000,
};

export const freshness = {
  /** Age of the isolate's copy of item data at which it is refreshed in parallel with the profile read. */
  itemsMs: 2_000,
  /** Age of what pages show of an item at which it is read again, after the answer. */
  displayMs: 30_000,
  /** Age of the model pointer at which it is read again, after the answer. */
  pointerMs: 15_000,
  /** Age of a site's run-time configuration at which it is read again, after the answer. KV itself takes up to a minute. */
  siteConfigMs: 10_000,
  /** The same while nothing ranks yet. */
  coldPointerMs: 1_000,
};

export const lake = {
  /** How long the visitor's object gathers events before it hands them to the queue, after a pause at least. */
  drainDelayMs: 1_000,
  /** Who goes on acting is handed over this often: an alarm costs as much as an event. */
  drainPauseMs: 5_000,
  /** How long after a hand-over the object asks whether the lake has them, and hands them over again if not. */
  confirmDelayMs: 20_000,
  /** How long an object waits after a hand-over that failed. */
  retryDelayMs: 5_000,
  /** Rows wait at most this long, or until this many bytes, for the Parquet file that they become part of. */
  flushDelayMs: 3_000,
  flushBytes: 4 * 1024 * 1024,
  /** Logs that new visitors are spread over; known ones stay with theirs. Never lower it: logs would be left unread. */
  shards: 1,
};

/** Decisions that are logged whole, features and all: for audits, and for `nowcast parity`. */
export const decisionLog = {
  /** Share of all decisions, by the hash of their key. A secret key can ask for more with `"record": true`. */
  sampleRate: 0.01,
};

export const items = {
  /** Objects that a site's items are spread over. Never change it while a site has items: they would be looked for elsewhere. */
  shards: 4,
  /**
   * Items of a site that only events name, over all shards: anyone with a public key can make them up. Beyond it those with the
   * least recent traffic are dropped, with a warning in the log. A site that does without the items API has no others.
   */
  maxUnlisted: 25_000,
  /**
   * Whether items that only events name are recommended where the site has a catalogue. Whoever puts each item there before
   * it is shown says no: then nobody's events bring anything else before others. A site without a catalogue has no others.
   */
  recommendUnlisted: true,
  /**
   * Pairs of items (touched one after the other) that isolates hold of a site, at some ten bytes each. Beyond it those that weigh
   * least are counted, but not seen.
   */
  maxPairs: 1_000_000,
};

export const segment = {
  /**
   * Where a call of the Segment API has the id that the item has here: the first of these fields that is there. A site whose
   * items are known by their SKU puts `sku` first.
   */
  productIds: ["product_id", "productId", "sku", "id"],
};

/** What holds for visitors who were not asked and whose browser sends no signal. */
export const consent: Consent = { analytics: true, personalization: true };
