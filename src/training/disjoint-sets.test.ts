import { expect, test } from "vitest";
import { DisjointSets } from "./disjoint-sets.ts";

test("what is joined has one root, that of the last it was joined into, in whatever order and in circles too", () => {
  const sets = new DisjointSets(6);
  const roots = (): number[] => Array.from({ length: 6 }, (_, index) => sets.rootOf(index));
  expect(roots()).toEqual([0, 1, 2, 3, 4, 5]);
  sets.join(1, 2);
  sets.join(0, 1);
  sets.join(2, 4);
  expect(roots()).toEqual([4, 4, 4, 3, 4, 5]);
  sets.join(4, 0);
  expect(roots()).toEqual([4, 4, 4, 3, 4, 5]);
});
