import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addCounters,
  type Counters,
  count,
  emptyCounters,
  FAMILY_LIMITS,
  factorAt,
  HALF_LIVES_DAYS,
  incrementAt,
} from "./counters.ts";

const DAY_MS = 86_400_000;
const T0 = 1_732_280_000_000;

const observe = (counters: Counters, key: string, at: number, weight = 1): void =>
  count(counters, "items", key, weight, incrementAt(counters, at));

const worth = (counters: Counters, key: string, halfLife: 0 | 1 | 2, now: number): number =>
  (counters.families.items.counts.get(key)?.[halfLife] ?? 0) * factorAt(counters.periods, halfLife, now);

const observations = fc.array(
  fc.record({ key: fc.constantFrom("a", "b", "c"), days: fc.double({ min: 0, max: 400, noNaN: true }) }),
  { minLength: 1, maxLength: 40 },
);

test("a count is the sum of its observations, each decayed by its age, in any order and across landmarks", () => {
  fc.assert(
    fc.property(observations, (list) => {
      const counters = emptyCounters();
      for (const { key, days } of list) observe(counters, key, T0 + days * DAY_MS);
      const now = T0 + 400 * DAY_MS;
      for (const key of ["a", "b", "c"]) {
        HALF_LIVES_DAYS.forEach((halfLife, h) => {
          const expected = list
            .filter((one) => one.key === key)
            .reduce((sum, { days }) => sum + 2 ** (-(400 - days) / halfLife), 0);
          expect(worth(counters, key, h as 0 | 1 | 2, now)).toBeCloseTo(expected, 4);
        });
      }
    }),
  );
});

test("a full family drops what weighs least, and a newcomer finds a place", () => {
  const counters = emptyCounters();
  const { entries } = FAMILY_LIMITS.items;
  for (let i = 0; i < entries; i++) for (let n = 0; n <= (i === 3 ? 0 : 1); n++) observe(counters, `old-${i}`, T0 + n);
  observe(counters, "new", T0 + 10, 0.5);
  const { counts } = counters.families.items;
  expect(counts.size).toBe(entries);
  expect(counts.has("new")).toBe(true);
  expect(counts.has("old-3")).toBe(false);
});

test("a family is bounded in bytes as well, whatever the keys are", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 120, unit: "grapheme" }), { maxLength: 120 }), (keys) => {
      const counters = emptyCounters();
      for (const [i, key] of keys.entries()) observe(counters, key, T0 + i);
      const { counts, keyBytes } = counters.families.items;
      const bytes = [...counts.keys()].reduce((sum, key) => sum + new TextEncoder().encode(key).length, 0);
      expect(keyBytes).toBe(bytes);
      expect(bytes).toBeLessThanOrEqual(Math.max(FAMILY_LIMITS.items.keyBytes, 1000));
      expect(counts.size).toBeLessThanOrEqual(FAMILY_LIMITS.items.entries);
    }),
    { numRuns: 50 },
  );
});

test("adding another visitor's counters is as if all had been observed here", () => {
  fc.assert(
    fc.property(observations, observations, (left, right) => {
      const [a, b, both] = [emptyCounters(), emptyCounters(), emptyCounters()];
      for (const { key, days } of left) observe(a, key, T0 + days * DAY_MS);
      for (const { key, days } of right) observe(b, key, T0 + days * DAY_MS);
      for (const { key, days } of [...left, ...right]) observe(both, key, T0 + days * DAY_MS);
      addCounters(a, b);
      const now = T0 + 400 * DAY_MS;
      for (const key of ["a", "b", "c"]) expect(worth(a, key, 2, now)).toBeCloseTo(worth(both, key, 2, now), 4);
    }),
  );
});
