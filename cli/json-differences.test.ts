import { expect, test } from "vitest";
import { describeDifference, jsonDifferences } from "./json-differences.ts";

test("differences are named by path, whatever changed", () => {
  const before = { same: { a: [1] }, gone: 1, list: [1, 2], kind: {} };
  const after = { same: { a: [1] }, list: [1, 3, 4], kind: [], new: null };
  expect(jsonDifferences(before, after)).toEqual([
    { path: "gone", before: 1 },
    { path: "list.1", before: 2, after: 3 },
    { path: "list.2", after: 4 },
    { path: "kind", before: {}, after: [] },
    { path: "new", after: null },
  ]);
  expect(jsonDifferences(before, structuredClone(before))).toEqual([]);
});

test("a line holds a difference, however long the values", () => {
  expect(describeDifference({ path: "a", before: 1 })).toBe("a: 1 → nothing");
  expect(describeDifference({ path: "a", after: "x".repeat(500) }).length).toBeLessThan(100);
});
