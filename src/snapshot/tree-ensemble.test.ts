import { describe, expect, test } from "vitest";
import { seededTrees } from "../../tests/fixtures/inference/trees.ts";
import { SnapshotError } from "./tensor-file.ts";
import { checkTrees, TREE_CAPS, type TreeEnsemble, TreeEnsembleError } from "./tree-ensemble.ts";
import { decodeTrees, encodeTrees } from "./trees.ts";

/** Node 0 compares column 1: 1 and 2 are its leaves; tree 1 is the leaf 3. */
const small: TreeEnsemble = {
  columns: 2,
  baseScore: 0,
  roots: Uint32Array.of(0, 3),
  feature: Int32Array.of(1, -1, -1, -1),
  threshold: Float32Array.of(0.5, 0, 0, 0),
  left: Uint32Array.of(1, 1, 2, 3),
  right: Uint32Array.of(2, 1, 2, 3),
  missingLeft: Uint8Array.of(1, 0, 0, 0),
  value: Float32Array.of(0, -1, 1, 5),
};

test("trees are counted", () => {
  expect(checkTrees(small)).toEqual({ trees: 2, nodes: 4, deepest: 1, comparisons: 1 });
  expect(checkTrees(seededTrees({ columns: 3, trees: 10, depth: 4, seed: 1 }))).toMatchObject({
    deepest: 4,
    trees: 10,
  });
});

describe("trees are refused when", () => {
  test.each<[string, Partial<TreeEnsemble>, string, string]>([
    ["an array is short", { value: new Float32Array(3) }, "tree_shape", "value has 3 nodes, feature has 4"],
    ["there is no tree", { roots: new Uint32Array(0) }, "tree_shape", "the first tree must begin with node 0"],
    ["nodes before the first tree are nobody's", { roots: Uint32Array.of(1, 3) }, "tree_shape", "begin with node 0"],
    [
      "a tree begins after the last node",
      { roots: Uint32Array.of(0, 3, 4) },
      "tree_shape",
      "tree 2 has the nodes 4 to 3 of 4",
    ],
    ["trees fall back", { roots: Uint32Array.of(0, 3, 3) }, "tree_shape", "tree 1 has the nodes 3 to 2 of 4"],
    ["a column is out of bounds", { feature: Int32Array.of(2, -1, -1, -1) }, "tree_shape", "compares column 2 of 2"],
    ["a column is below −1", { feature: Int32Array.of(-2, -1, -1, -1) }, "tree_shape", "compares column -2 of 2"],
    [
      "a child is its own parent",
      { left: Uint32Array.of(0, 1, 2, 3) },
      "tree_shape",
      "node 0 of tree 0 has the child 0",
    ],
    [
      "a child is in the next tree",
      { right: Uint32Array.of(3, 1, 2, 3) },
      "tree_shape",
      "node 0 of tree 0 has the child 3",
    ],
    [
      "a child is out of bounds",
      { right: Uint32Array.of(9, 1, 2, 3) },
      "tree_shape",
      "node 0 of tree 0 has the child 9",
    ],
    ["both children are the same", { right: Uint32Array.of(1, 1, 2, 3) }, "tree_shape", "node 1 has two parents"],
    ["a leaf has a child", { left: Uint32Array.of(1, 2, 2, 3) }, "tree_shape", "node 1 is a leaf but has the child 2"],
    ["a node has no parent", { roots: Uint32Array.of(0) }, "tree_shape", "node 3 of tree 0 has no parent before it"],
    [
      "a threshold is NaN",
      { threshold: Float32Array.of(Number.NaN, 0, 0, 0) },
      "tree_number",
      "the threshold of node 0 is NaN",
    ],
    [
      "a leaf is infinite",
      { value: Float32Array.of(0, 0, 0, Infinity) },
      "tree_number",
      "the value of node 3 is Infinity",
    ],
    ["the base score is NaN", { baseScore: Number.NaN }, "tree_number", "the base score is NaN"],
    ["there are no columns", { columns: 0 }, "tree_shape", "0 columns"],
  ])("%s", (_, change, code, message) => {
    const attempt = () => checkTrees({ ...small, ...change });
    expect(attempt).toThrow(TreeEnsembleError);
    expect(attempt).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });

  test("a row would need more comparisons than a decision can afford", () => {
    const many = seededTrees({ columns: 3, trees: TREE_CAPS.comparisons / 2, depth: 4, seed: 2 });
    expect(() => checkTrees(many)).toThrow(
      expect.objectContaining({
        code: "tree_caps",
        message: expect.stringMatching(/500 trees up to 4 deep make \d+ comparisons a row, at most 1000 can be served/),
      }),
    );
  });
});

describe("as a section of a snapshot", () => {
  const trees = seededTrees({ columns: 3, trees: 10, depth: 4, seed: 1 });

  test("trees come back as they were", () => {
    expect(decodeTrees(encodeTrees({ ...trees, baseScore: 0.1 }), 3)).toEqual({ ...trees, baseScore: 0.1 });
  });

  test.each<[string, () => unknown, string, string]>([
    ["are truncated", () => decodeTrees(encodeTrees(trees).slice(0, 400), 3), "snapshot_corrupt", "trees"],
    ["know columns that the features lack", () => decodeTrees(encodeTrees(trees), 2), "snapshot_corrupt", "of 2"],
    [
      "are too many",
      () => decodeTrees(encodeTrees(seededTrees({ columns: 3, trees: 300, depth: 4, seed: 1 })), 3),
      "snapshot_caps",
      "at most 1000",
    ],
  ])("they are refused when they %s", (_, decode, code, message) => {
    expect(decode).toThrow(SnapshotError);
    expect(decode).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
  });
});
