import fc from "fast-check";
import { expect, test } from "vitest";
import { someEvents } from "../../tests/support/item-events.ts";
import { hash32 } from "../kernels/hash.ts";
import { decodePairs, encodePairs, MAX_PAIRS, pairsOf } from "./pairs.ts";

const NOW = 1_732_280_000_000;
const follows = ["a", "b", "c"].map((id, at) => ({ id, weight: 256 - at }));

test("an event makes a pair with each item before it, the nearest first; a bot none", () => {
  expect(pairsOf({ items: [{ id: "x" }], receivedAt: NOW + 0.5, follows })).toEqual(
    follows.map(({ id, weight }) => ({ itemId: id, next: hash32("x"), weight, at: NOW })),
  );
  expect(pairsOf({ items: [{ id: "x" }], receivedAt: NOW, follows, bot: true })).toEqual([]);
  expect(pairsOf({ items: [{ id: "x" }], receivedAt: NOW })).toEqual([]);
});

test("an order of many items makes no more pairs than a view may", () => {
  const items = ["p", "q", "r", "s"].map((id) => ({ id }));
  const pairs = pairsOf({ items, receivedAt: NOW, follows });
  expect(pairs.map(({ itemId }) => itemId)).toEqual(["a", "a", "a", "a", "b"]);
  expect(pairs).toHaveLength(MAX_PAIRS);
});

test("what is encoded is decoded, and anything cut short is refused", () => {
  fc.assert(
    fc.property(someEvents(NOW), (events) => {
      const pairs = events.flatMap(pairsOf);
      const bytes = encodePairs(pairs);
      expect(decodePairs(bytes)).toEqual(pairs);
      for (let cut = 0; cut < bytes.length; cut += 5) {
        expect(() => decodePairs(bytes.subarray(0, cut))).toThrow(RangeError);
      }
    }),
  );
});
