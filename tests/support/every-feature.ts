// One of each feature family, for what must hold of all of them, and a snapshot that carries what they require.
import {
  booleanField,
  listSize,
  nameIndex,
  numberField,
  oneHot,
  timeSince,
  wordCount,
} from "../../src/features/attributes.ts";
import { batchPreferences } from "../../src/features/batch-preferences.ts";
import { cart } from "../../src/features/cart.ts";
import { crossed } from "../../src/features/crossed.ts";
import {
  campaignMedium,
  campaignSource,
  city,
  country,
  device,
  language,
  localTime,
  referrer,
} from "../../src/features/decision-context.ts";
import { distanceFromMedian, diversityOf } from "../../src/features/diversity.ts";
import type { Feature } from "../../src/features/feature.ts";
import { given } from "../../src/features/given.ts";
import { history } from "../../src/features/history.ts";
import { intentCrosses } from "../../src/features/intent-crosses.ts";
import { interactedWith, interactedWithPrice } from "../../src/features/interacted-with.ts";
import { age, popularity, priceDistance } from "../../src/features/item-facts.ts";
import { itemRate } from "../../src/features/item-rate.ts";
import {
  placementRate,
  positionFreeRate,
  rate,
  recentRates,
  trend,
  windowCounts,
} from "../../src/features/item-rates.ts";
import { livePairs } from "../../src/features/live-pairs.ts";
import { negativeEvidence } from "../../src/features/negative-evidence.ts";
import { priceBand } from "../../src/features/price-band.ts";
import { queryGrams, queryMatch, searchMatch } from "../../src/features/query-match.ts";
import { recency } from "../../src/features/recency.ts";
import { neighbourSupport, tasteSimilarity, vectorSimilarity } from "../../src/features/similarity.ts";
import { intents, interactionCounts, segments, session, visits } from "../../src/features/visit.ts";
import { decodeSnapshot, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { snapshotParts } from "./snapshot.ts";

/** Of the items of tests/support/snapshot.ts. */
export const EVERY_FEATURE: readonly Feature[] = [
  given,
  history,
  itemRate,
  recentRates,
  trend,
  placementRate,
  positionFreeRate,
  windowCounts("clicks"),
  windowCounts("purchases"),
  rate({ of: "carts", per: "clicks" }),
  rate({ of: "purchases", per: "impressions", prior: 100 }),
  popularity,
  age,
  priceDistance,
  priceBand,
  numberField("price"),
  numberField("attributes.size", { scale: "signed_log" }),
  booleanField("attributes.handmade"),
  oneHot("brand", ["brand-0", "brand-1"]),
  oneHot("category", ["lamps"]),
  nameIndex("brand"),
  listSize("tags"),
  wordCount("title"),
  timeSince("publishedAt"),
  timeSince("attributes.restocked"),
  queryMatch("title"),
  queryGrams("title"),
  searchMatch("title"),
  device,
  referrer,
  localTime,
  country(["AT", "DE"]),
  city(["Wien"]),
  language(["de", "en"]),
  campaignSource(["newsletter"]),
  campaignMedium(["email"]),
  session,
  visits,
  interactionCounts(["view_item", "purchase"]),
  intents,
  segments(["loyal", "new"]),
  batchPreferences,
  interactedWith("category"),
  interactedWith("brand"),
  interactedWith("tags", "list"),
  interactedWithPrice,
  diversityOf("category"),
  diversityOf("tags", "list"),
  distanceFromMedian("price"),
  negativeEvidence,
  recency,
  cart,
  intentCrosses,
  vectorSimilarity,
  tasteSimilarity,
  neighbourSupport,
  livePairs,
  crossed(device, numberField("price", { scale: "signed_log" })),
];

export async function everyFeatureSnapshot(items = 10): Promise<Snapshot> {
  const { manifest, files } = await snapshotParts(items, {}, EVERY_FEATURE);
  return decodeSnapshot(manifest, files);
}
