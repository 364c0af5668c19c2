// Long-term taste as decayed counters: how often, lately, a visitor met a type of event, an item, a category, a brand, a
// price band, a query term. Forward decay (Cormode, Shkapenyuk, Srivastava, Xu 2009): a count is kept relative to a
// landmark, so that adding costs one factor an event and half-life whatever the number of counters, and counters compare
// without any decay. Landmarks lie at multiples of 32 half-lives: moving one scales by 2^−32, which is exact.

import { utf8Length } from "../kernels/bytes.ts";
import { exp, LN2 } from "../kernels/elementary.ts";

const DAY_MS = 86_400_000;
export const HALF_LIVES_DAYS = [1, 7, 30] as const;
const HALF_LIVES_PER_PERIOD = 32;
const PERIOD_MS = HALF_LIVES_DAYS.map((days) => days * DAY_MS * HALF_LIVES_PER_PERIOD);

/** Stored in this order: only ever append. */
export const FAMILIES = ["types", "items", "categories", "brands", "prices", "terms"] as const;
export type Family = (typeof FAMILIES)[number];

/** What a family holds at most. */
export const FAMILY_LIMITS: Readonly<Record<Family, { readonly entries: number; readonly keyBytes: number }>> = {
  types: { entries: 24, keyBytes: 800 },
  items: { entries: 48, keyBytes: 2_400 },
  categories: { entries: 32, keyBytes: 1_600 },
  brands: { entries: 24, keyBytes: 1_500 },
  prices: { entries: 12, keyBytes: 60 },
  terms: { entries: 32, keyBytes: 1_000 },
};

/** Counts relative to the landmarks, one a half-life; float32 values. */
export type Count = [day: number, week: number, month: number];

/** The counts of one family, with the bytes that its keys take. */
export interface FamilyCounts {
  readonly counts: Map<string, Count>;
  keyBytes: number;
}

export interface Counters {
  /** Period of each half-life: its landmark is that many times 32 half-lives after the epoch. */
  readonly periods: [number, number, number];
  readonly families: Readonly<Record<Family, FamilyCounts>>;
}

const forEachFamily = <T>(make: (family: Family) => T): Record<Family, T> =>
  Object.fromEntries(FAMILIES.map((family) => [family, make(family)])) as Record<Family, T>;

export function emptyCounters(): Counters {
  return { periods: [0, 0, 0], families: forEachFamily(() => ({ counts: new Map(), keyBytes: 0 })) };
}

export function cloneCounters({ periods, families }: Counters): Counters {
  return {
    periods: [...periods],
    families: forEachFamily((family) => {
      const { counts, keyBytes } = families[family];
      const copy = new Map<string, Count>();
      for (const [key, [day, week, month]] of counts) copy.set(key, [day, week, month]);
      return { counts: copy, keyBytes };
    }),
  };
}

/** What one observation adds to the counts of each half-life. */
export type Increment = readonly [day: number, week: number, month: number];

/** The increment of an observation at `at` (epoch ms); moves the landmarks on when their period is over. */
export function incrementAt(counters: Counters, at: number): Increment {
  moveLandmarks(counters, at);
  return [growth(counters, 0, at), growth(counters, 1, at), growth(counters, 2, at)];
}

/** Adds `weight` observations of `key`; of a family that is full, what weighs least leaves. */
export function count(counters: Counters, family: Family, key: string, weight: number, increment: Increment): void {
  const held = counters.families[family];
  let known = held.counts.get(key);
  const isNew = known === undefined;
  if (known === undefined) {
    known = [0, 0, 0];
    held.counts.set(key, known);
    held.keyBytes += utf8Length(key);
  }
  for (let h = 0; h < 3; h++) known[h] = Math.fround((known[h] as number) + weight * (increment[h] as number));
  if (isNew) makeRoom(held, FAMILY_LIMITS[family], key);
}

/** What the counts of a half-life are worth at `now`, for each 1 that they hold. */
export function factorAt(periods: Counters["periods"], halfLife: 0 | 1 | 2, now: number): number {
  return exp((-LN2 * (now - landmarkOf(periods, halfLife))) / halfLifeMs(halfLife));
}

function growth({ periods }: Counters, halfLife: 0 | 1 | 2, at: number): number {
  return exp((LN2 * (at - landmarkOf(periods, halfLife))) / halfLifeMs(halfLife));
}

const halfLifeMs = (halfLife: 0 | 1 | 2): number => HALF_LIVES_DAYS[halfLife] * DAY_MS;

const landmarkOf = (periods: Counters["periods"], halfLife: 0 | 1 | 2): number =>
  periods[halfLife] * (PERIOD_MS[halfLife] as number);

/** Landmarks only move forward: a late observation is worth less, which is what decay means. */
function moveLandmarks(counters: Counters, at: number): void {
  for (let h = 0; h < 3; h++) {
    const period = Math.floor(at / (PERIOD_MS[h] as number));
    const passed = period - (counters.periods[h] as number);
    if (passed <= 0) continue;
    if (counters.periods[h] !== 0) {
      // Past four periods nothing is left of a float32.
      let scale = 1;
      for (let i = 0; i < Math.min(passed, 5); i++) scale *= 2.3283064365386963e-10;
      for (const family of FAMILIES) {
        for (const counts of counters.families[family].counts.values()) {
          counts[h] = Math.fround((counts[h] as number) * scale);
        }
      }
    }
    counters.periods[h] = period;
  }
}

/** Adds what `other` holds, as if it had been observed here. */
export function addCounters(counters: Counters, other: Counters): void {
  const aligned = cloneCounters(other);
  for (let h = 0; h < 3; h++) {
    const latest = Math.max(counters.periods[h] as number, other.periods[h] as number) * (PERIOD_MS[h] as number);
    moveLandmarks(counters, latest);
    moveLandmarks(aligned, latest);
  }
  for (const family of FAMILIES) {
    const held = counters.families[family];
    for (const [key, counts] of aligned.families[family].counts) {
      const known = held.counts.get(key);
      if (known === undefined) {
        held.counts.set(key, counts);
        held.keyBytes += utf8Length(key);
      } else for (let h = 0; h < 3; h++) known[h] = Math.fround((known[h] as number) + (counts[h] as number));
    }
    makeRoom(held, FAMILY_LIMITS[family], null);
  }
}

/** @param newest the key that just came: it stays, or nothing new could ever enter among heavier ones */
function makeRoom(held: FamilyCounts, limits: { entries: number; keyBytes: number }, newest: string | null): void {
  while (held.counts.size > limits.entries || (held.counts.size > 1 && held.keyBytes > limits.keyBytes)) {
    let least = "";
    let weight = Number.POSITIVE_INFINITY;
    for (const [key, counts] of held.counts) {
      if (counts[2] < weight && key !== newest) {
        weight = counts[2];
        least = key;
      }
    }
    held.counts.delete(least);
    held.keyBytes -= utf8Length(least);
  }
}
