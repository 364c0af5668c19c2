import fc from "fast-check";
import { expect, test } from "vitest";
import { topK } from "./top-k.ts";

/** The brute-force twin: sort all, best first, ties by index, NaN last. */
function sortedTopK(scores: Float64Array, k: number): number[] {
  const key = (i: number) => (Number.isNaN(scores[i]) ? Number.NEGATIVE_INFINITY : (scores[i] as number));
  const nan = (i: number) => (Number.isNaN(scores[i]) ? 1 : 0);
  return [...scores.keys()]
    .sort((a, b) => nan(a) - nan(b) || (key(a) === key(b) ? a - b : key(b) - key(a)))
    .slice(0, k);
}

test("topK gives what sorting everything gives", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double()), { maxLength: 60 }),
      fc.integer({ min: 0, max: 70 }),
      (values, k) => {
        const scores = Float64Array.from(values);
        expect([...topK(scores, k)]).toEqual(sortedTopK(scores, k));
      },
    ),
  );
});

test("equal scores are in the order of their keys where there are any", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }),
      fc.nat(70),
      fc.nat(),
      (values, k, seed) => {
        const scores = Float64Array.from(values);
        // Different keys in an order of their own.
        const keys = Int32Array.from(values, (_, i) => ((i * 31 + seed) % 61) * 64 + i);
        const sorted = [...scores.keys()].sort(
          (a, b) => (scores[b] as number) - (scores[a] as number) || (keys[a] as number) - (keys[b] as number),
        );
        expect([...topK(scores, k, scores.length, keys)]).toEqual(sorted.slice(0, k));
      },
    ),
  );
});
