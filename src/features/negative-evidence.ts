// What the visitor was shown and passed over: of the candidate itself, and of its category. Being shown weighs by the place,
// since what stands low was perhaps not seen; what stands above a click was. Half the weight is gone after a week.
import { decayed } from "../kernels/decay.ts";
import { log, log1p } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import type { Shown } from "../profile/profile.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { logCount } from "./bounded.ts";
import type { Feature, FeatureInput } from "./feature.ts";

const HALF_LIFE_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;
/** A touch this soon after a list may have come from it. */
const FROM_LIST_MS = 30 * 60_000;
/** Showings that the visitor's own mean weighs as much as, for a category. */
const PRIOR = 3;

interface PassedOver {
  /** hash32 of id → weight of the showings that no touch followed. */
  readonly items: HashCounts;
  /** hash32 of id → weight of those above an item that was touched. */
  readonly aboveTouch: HashCounts;
  /** hash32 of id → epoch ms when it was last shown without a touch since. */
  readonly lastShown: HashCounts;
  /** Category → how much less often than the visitor's mean its showings were followed by a touch, as a logarithm. */
  readonly categories: HashCounts;
}

export const negativeEvidence: Feature = {
  name: "negative_evidence",
  version: 1,
  columns: [
    "negative_evidence.log_item",
    "negative_evidence.log_above_touch",
    "negative_evidence.recency",
    "negative_evidence.category",
  ],
  stage: "first",
  cost: 100,
  fill(input, out, offset, stride) {
    const { candidates, now } = input;
    const { items, aboveTouch, lastShown, categories } = passedOver(input);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const hash = candidates.hash[row] as number;
      const weight = items.get(hash);
      const passed = weight > 0;
      out[at] = passed ? log1p(weight) : 0;
      out[at + 1] = passed ? logCount(aboveTouch.get(hash)) : 0;
      out[at + 2] = passed ? 1 / (1 + Math.max(0, now - lastShown.get(hash)) / HOUR_MS) : 0;
      out[at + 3] = categories.get(candidates.category[row] as number);
    }
  },
};

function passedOver({ view, evidence: { touched }, snapshot, now }: FeatureInput): PassedOver {
  const touchedAt = new HashCounts(touched.count);
  // From the oldest to the newest: the last touch of an item stands.
  for (let i = touched.count - 1; i >= 0; i--) touchedAt.set(touched.hash[i] as number, touched.at[i] as number);
  const found = {
    items: new HashCounts(256),
    aboveTouch: new HashCounts(64),
    lastShown: new HashCounts(256),
    categories: new HashCounts(64),
  };
  const shownOf = new HashCounts(64);
  const passedOf = new HashCounts(64);
  let shown = 0;
  let passed = 0;
  for (const list of view.shown) {
    const decay = decayed(now - list.at, HALF_LIFE_MS);
    const lowestTouch = lastTouched(list, touchedAt);
    for (let i = 0; i < list.items.length; i++) {
      const hash = list.items[i] as number;
      const weight = (decay * Math.LN2) / logOfPlace(list.from + i);
      const category = categoryOf(hash, snapshot);
      shown += weight;
      shownOf.add(category, weight);
      if (touchedAt.has(hash) && touchedAt.get(hash) >= list.at) continue;
      passed += weight;
      passedOf.add(category, weight);
      found.items.add(hash, weight);
      if (i < lowestTouch) found.aboveTouch.add(hash, weight);
      found.lastShown.set(hash, Math.max(found.lastShown.get(hash), list.at));
    }
  }
  if (shown === 0) return found;
  const mean = (1 + shown - passed) / (2 + shown);
  for (const [category, weight] of shownOf.entries()) {
    if (category === 0) continue;
    const rate = (weight - passedOf.get(category) + PRIOR * mean) / (weight + PRIOR);
    found.categories.set(category, log(mean / rate));
  }
  return found;
}

const LOG_OF_PLACE = Float64Array.from({ length: 256 }, (_, place) => log(place + 2));

/** Examination falls with the place, from 0, as in DCG. */
function logOfPlace(place: number): number {
  return LOG_OF_PLACE[place] ?? log(place + 2);
}

/** Index of the lowest item of the list that was touched soon after; −1 when none was. */
function lastTouched({ items, at }: Shown, touchedAt: HashCounts): number {
  for (let i = items.length - 1; i >= 0; i--) {
    const hash = items[i] as number;
    const touch = touchedAt.get(hash);
    if (touchedAt.has(hash) && touch >= at && touch <= at + FROM_LIST_MS) return i;
  }
  return -1;
}

function categoryOf(hash: number, snapshot: Snapshot): number {
  const index = snapshot.ids.indexOfHash(hash);
  return index < 0 ? 0 : snapshot.category.hashAt(index);
}
