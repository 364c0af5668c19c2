import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededNumbers, seededRanker } from "../../tests/fixtures/inference/ranker.ts";
import { seededTrees } from "../../tests/fixtures/inference/trees.ts";
import type { TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { type PackedTrees, packTrees, scorePacked, walkWith } from "./packed-trees.ts";
import { modelScorer } from "./ranker-model.ts";
import { addPathContributions, scoreTrees } from "./tree-scorer.ts";

const columns = 6;
const trees = seededTrees({ columns, trees: 30, depth: 5, seed: 4 });

/** By the definition, one row and one tree at a time. */
function bruteForce(
  { roots, feature, threshold, left, right, missingLeft, value, baseScore }: TreeEnsemble,
  row: Float32Array,
) {
  const leafOf = (node: number): number => {
    const column = feature[node] as number;
    if (column < 0) return value[node] as number;
    const x = row[column] as number;
    const goesLeft = Number.isNaN(x) ? missingLeft[node] === 1 : !(x > (threshold[node] as number));
    return leafOf((goesLeft ? left : right)[node] as number);
  };
  return Math.fround(roots.reduce((sum, root) => Math.fround(sum + leafOf(root)), 0) + Math.fround(baseScore));
}

const module = new WebAssembly.Module(readFileSync(new URL("../kernels/simd.wasm", import.meta.url)));
const packedInWasm = new Map<TreeEnsemble, PackedTrees>();

/** Each ensemble is packed once: memories are few. */
function inWasm(ensemble: TreeEnsemble): PackedTrees {
  const known = packedInWasm.get(ensemble);
  if (known !== undefined) return known;
  walkWith(module);
  const packed = packTrees(ensemble);
  walkWith(null);
  expect(packed.wasm).not.toBeNull();
  packedInWasm.set(ensemble, packed);
  return packed;
}

const layouts = [
  [
    "WebAssembly's",
    (ensemble: TreeEnsemble, ...rest: [Float32Array, number, Float32Array]) => scorePacked(inWasm(ensemble), ...rest),
  ],
  ["plain", scoreTrees],
  [
    "packed",
    (ensemble: TreeEnsemble, ...rest: [Float32Array, number, Float32Array]) =>
      scorePacked(packTrees(ensemble), ...rest),
  ],
] as const;

describe.each(layouts)("%s scores are those of the definition", (_, score) => {
  test("on any rows, with infinities, missing values and values at thresholds", () => {
    const cell = fc.oneof(
      fc.float(),
      fc.nat(trees.threshold.length - 1).map((node) => trees.threshold[node] as number),
    );
    const shifted = { ...trees, baseScore: 0.3 };
    fc.assert(
      fc.property(fc.array(cell, { minLength: columns, maxLength: 6 * columns }), (cells) => {
        const rows = Math.floor(cells.length / columns);
        const matrix = Float32Array.from(cells);
        const out = new Float32Array(rows);
        score(shifted, matrix, rows, out);
        for (let row = 0; row < rows; row++) {
          expect(out[row]).toBe(bruteForce(shifted, matrix.subarray(row * columns, (row + 1) * columns)));
        }
      }),
    );
  });

  test("of many rows at once, and only of those asked for", () => {
    const matrix = seededNumbers(140 * columns, 1, -1, 1);
    for (const rows of [49, 64, 139]) {
      const out = new Float32Array(150).fill(7);
      score(trees, matrix, rows, out);
      for (let row = 0; row < rows; row++) {
        expect(out[row]).toBe(bruteForce(trees, matrix.subarray(row * columns, (row + 1) * columns)));
      }
      expect(out[rows]).toBe(7);
    }
  });
});

test.each(layouts)("%s: a tree that is one leaf gives everybody its value", (_, score) => {
  const leaf = seededTrees({ columns, trees: 1, depth: 0, seed: 1 });
  const out = new Float32Array(5);
  score(leaf, new Float32Array(5 * columns), 5, out);
  expect([...out]).toEqual(new Array(5).fill(leaf.value[0]));
});

test("contributions and the expected score add up to the score", () => {
  const matrix = seededNumbers(20 * columns, 3, -1, 1);
  const scores = new Float32Array(20);
  scoreTrees(trees, matrix, 20, scores);
  for (let row = 0; row < 20; row++) {
    const out = new Float64Array(columns);
    const expected = addPathContributions(trees, matrix, row, out);
    expect(out.reduce((sum, each) => sum + each, expected)).toBeCloseTo(scores[row] as number, 4);
  }
});

test("a column that no tree compares contributes nothing", () => {
  const feature = trees.feature.map((column) => Math.min(column, 0));
  const out = new Float64Array(columns);
  addPathContributions({ ...trees, feature }, seededNumbers(columns, 3, -1, 1), 0, out);
  expect(out[0]).not.toBe(0);
  expect([...out.subarray(1)]).toEqual([0, 0, 0, 0, 0]);
});

test("the sum of both kinds scores as both together", async () => {
  const linear = seededRanker(columns, 2);
  const matrix = seededNumbers(30 * columns, 5, -1, 1);
  const [both, one, other] = await Promise.all([
    modelScorer({ kind: "linear+trees", linear, trees }).score(matrix, 30),
    modelScorer({ kind: "linear", linear }).score(matrix, 30),
    modelScorer({ kind: "trees", linear, trees }).score(matrix, 30),
  ]);
  both.forEach((score, row) => {
    expect(score).toBe(Math.fround((one[row] as number) + (other[row] as number)));
  });
});

test("trees over other columns than the linear first pass are refused", () => {
  expect(() => modelScorer({ kind: "trees", linear: seededRanker(columns + 1, 2), trees })).toThrow(
    "ranker: trees over 6 columns, a linear model over 7",
  );
});
