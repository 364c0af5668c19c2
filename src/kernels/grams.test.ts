import fc from "fast-check";
import { expect, test } from "vitest";
import { gramsOf } from "./grams.ts";

test("trigrams are those of padded words, once each", () => {
  expect(gramsOf(["lamp"], 99)).toEqual([" la", "lam", "amp", "mp "]);
  expect(gramsOf(["a", "a"], 99)).toEqual([" a "]);
  expect(gramsOf([], 99)).toEqual([]);
});

test("there are never more than the limit, and each has three characters", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), fc.nat(10), (words, limit) => {
      const grams = gramsOf(words, limit);
      expect(grams.length).toBeLessThanOrEqual(limit);
      for (const gram of grams) expect(gram).toHaveLength(3);
    }),
  );
});
