// What the visitor was shown and passed over: of the candidate itself, and of its category. Being shown weighs by the place,
// since what stands low was perhaps not seen; what stands above a click was. Half the weight is gone after a week.
import { decayed } from "../kernels/decay.ts";
import { log, log1p } from "../kernels/elementary.ts";
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
  readonly items: Map<number, number>;
  /** hash32 of id → weight of those above an item that was touched. */
  readonly aboveTouch: Map<number, number>;
  /** hash32 of id → epoch ms when it was last shown without a touch since. */
  readonly lastShown: Map<number, number>;
  /** Category → how much less often than the visitor's mean its showings were followed by a touch, as a logarithm. */
  readonly categories: Map<number, number>;
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
  cost: 150,
  fill(input, out, offset, stride) {
    const { candidates, now } = input;
    const { items, aboveTouch, lastShown, categories } = passedOver(input);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const weight = items.get(candidates.hash[row] as number);
      if (weight === undefined) {
        out[at] = 0;
        out[at + 1] = 0;
        out[at + 2] = 0;
      } else {
        const hash = candidates.hash[row] as number;
        out[at] = log1p(weight);
        out[at + 1] = logCount(aboveTouch.get(hash) ?? 0);
        out[at + 2] = 1 / (1 + Math.max(0, now - (lastShown.get(hash) as number)) / HOUR_MS);
      }
      out[at + 3] = categories.get(candidates.category[row] as number) ?? 0;
    }
  },
};

function passedOver({ view, evidence: { touched }, snapshot, now }: FeatureInput): PassedOver {
  const touchedAt = new Map<number, number>();
  // Newest first: the first touch of an item met here is the last that happened.
  for (let i = 0; i < touched.count; i++) {
    const hash = touched.hash[i] as number;
    if (!touchedAt.has(hash)) touchedAt.set(hash, touched.at[i] as number);
  }
  const found: PassedOver = { items: new Map(), aboveTouch: new Map(), lastShown: new Map(), categories: new Map() };
  const byCategory = new Map<number, { shown: number; passed: number }>();
  let shown = 0;
  let passed = 0;
  for (const list of view.shown) {
    const decay = decayed(now - list.at, HALF_LIFE_MS);
    const lowestTouch = lastTouched(list, touchedAt);
    list.items.forEach((hash, i) => {
      // Examination falls with the place as in DCG.
      const weight = (decay * Math.LN2) / log(list.from + i + 2);
      const category = categoryOf(hash, snapshot);
      const counts = byCategory.get(category) ?? { shown: 0, passed: 0 };
      byCategory.set(category, counts);
      shown += weight;
      counts.shown += weight;
      if ((touchedAt.get(hash) ?? Number.NEGATIVE_INFINITY) >= list.at) return;
      passed += weight;
      counts.passed += weight;
      found.items.set(hash, (found.items.get(hash) ?? 0) + weight);
      if (i < lowestTouch) found.aboveTouch.set(hash, (found.aboveTouch.get(hash) ?? 0) + weight);
      found.lastShown.set(hash, Math.max(found.lastShown.get(hash) ?? 0, list.at));
    });
  }
  if (shown === 0) return found;
  const mean = (1 + shown - passed) / (2 + shown);
  for (const [category, counts] of byCategory) {
    if (category === 0) continue;
    const rate = (counts.shown - counts.passed + PRIOR * mean) / (counts.shown + PRIOR);
    found.categories.set(category, log(mean / rate));
  }
  return found;
}

/** Index of the lowest item of the list that was touched soon after; −1 when none was. */
function lastTouched({ items, at }: Shown, touchedAt: ReadonlyMap<number, number>): number {
  for (let i = items.length - 1; i >= 0; i--) {
    const touch = touchedAt.get(items[i] as number);
    if (touch !== undefined && touch >= at && touch <= at + FROM_LIST_MS) return i;
  }
  return -1;
}

function categoryOf(hash: number, snapshot: Snapshot): number {
  const index = snapshot.indexOfHash.get(hash);
  return index === undefined ? 0 : (snapshot.categoryHash[index] as number);
}
