import { expect, test } from "vitest";
import { digestWith } from "./digest.ts";

const NOW = 1_732_280_000_000;

test("what events touched comes first, newest first, each item once", () => {
  const before = {
    at: NOW - 10_000,
    touches: [
      ["a", 5],
      ["b", 60],
    ],
  } as const;
  expect(digestWith(before, ["c", "b", "c"], NOW)).toEqual({
    at: NOW,
    touches: [
      ["c", 0],
      ["b", 0],
      ["a", 15],
    ],
  });
});

test("without touches it is what it was", () => {
  const before = { at: NOW, touches: [["a", 5]] } as const;
  expect(digestWith(before, [], NOW)).toBe(before);
  expect(digestWith(null, [], NOW)).toBeNull();
  expect(digestWith(null, ["x".repeat(65)], NOW)).toBeNull();
});

test("it holds the last eight", () => {
  const touched = Array.from({ length: 20 }, (_, n) => `sku-${n}`);
  const digest = digestWith({ at: NOW, touches: [["old", 0]] }, touched, NOW);
  expect(digest?.touches.map(([id]) => id)).toEqual([19, 18, 17, 16, 15, 14, 13, 12].map((n) => `sku-${n}`));
});
