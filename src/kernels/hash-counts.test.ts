import fc from "fast-check";
import { expect, test } from "vitest";
import { HashCounts } from "./hash-counts.ts";

const anyKey = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.nat(9),
);
const anyStep = fc.tuple(fc.constantFrom("add", "set"), anyKey, fc.integer({ min: -9, max: 9 }));

test("it holds what a Map would hold, whatever room it was made with", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), fc.nat(50), fc.array(anyKey), (steps, expected, others) => {
      const counts = new HashCounts(expected);
      const map = new Map<number, number>();
      for (const [step, key, value] of steps) {
        if (step === "add") counts.add(key, value);
        else counts.set(key, value);
        map.set(key, step === "add" ? (map.get(key) ?? 0) + value : value);
      }
      expect(counts.size).toBe(map.size);
      expect(new Map(counts.entries())).toEqual(map);
      for (const key of [...map.keys(), ...others]) {
        expect([key, counts.get(key), counts.has(key)]).toEqual([key, map.get(key) ?? 0, map.has(key)]);
      }
    }),
  );
});

test("scaling multiplies every number", () => {
  const counts = new HashCounts();
  counts.add(7, 3);
  counts.add(0, -1);
  counts.scale(0.5);
  expect([counts.get(7), counts.get(0), counts.get(1)]).toEqual([1.5, -0.5, 0]);
});
