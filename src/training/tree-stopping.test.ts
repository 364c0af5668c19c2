import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { oneLeaf, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { ndcg10 } from "./lists.ts";
import type { ListwiseData } from "./listwise.ts";
import { type GrownTrees, settleTrees } from "./tree-stopping.ts";
import type { Trial } from "./trial.ts";

const LISTS = 40;
const random = createRandom(1);
/** One column; labels are chance. */
const held: ListwiseData = {
  matrix: Float32Array.from({ length: LISTS * 5 }, () => random.next()),
  groups: Uint32Array.from({ length: LISTS + 1 }, (_, list) => list * 5),
  labels: Float32Array.from({ length: LISTS * 5 }, (_, row) => (row % 5 === random.integer(5) ? 1 : 0)),
  columns: 1,
};
const trial: Trial = {
  train: held,
  held,
  visitors: Uint32Array.from({ length: LISTS }, (_, list) => list),
  metric: ndcg10,
  boosting: {},
  settings: [{}],
  seed: 1,
};
const linear = { mean: new Float32Array(1), scale: new Float32Array(1), weight: new Float32Array(1) };

/** Three trees of one leaf: they add 1, 2 and 3 to every row. */
const grown: TreeEnsemble = {
  ...oneLeaf(1, 0),
  roots: Uint32Array.of(0, 1, 2),
  feature: Int32Array.of(-1, -1, -1),
  threshold: new Float32Array(3),
  left: Uint32Array.of(0, 1, 2),
  right: Uint32Array.of(0, 1, 2),
  missingLeft: new Uint8Array(3),
  value: Float32Array.of(1, 2, 3),
};

/** Trees by whose number lists of even visitors, and of odd ones, measure so much. */
const grownBy = (even: readonly number[], odd: readonly number[]): GrownTrees => ({
  grown,
  byCount: even.map((each, count) =>
    Float64Array.from(trial.visitors, (visitor) => (visitor % 2 ? (odd[count] ?? 0) : each)),
  ),
  settings: { objective: "lambdarank" },
});

test("each half is ranked by as many trees as are best on the other; all lists say how many are learned", () => {
  const settled = settleTrees(trial, "trees", linear, grownBy([0, 1, 0, 0.2], [0, 0, 0.1, 0.9]));
  expect(settled).toMatchObject({ trees: 3, settings: { objective: "lambdarank" } });
  // Of even visitors one tree is best, of odd ones three: crosswise.
  const scoreOf = (list: number) => settled?.scores[held.groups[list] as number];
  expect([scoreOf(0), scoreOf(1)]).toEqual([1 + 2 + 3, 1]);
});

test("a half that wants no tree leaves the other half without", () => {
  const settled = settleTrees(trial, "trees", linear, grownBy([1, 0, 0, 0], [0, 0, 0, 3]));
  const scoreOf = (list: number) => settled?.scores[held.groups[list] as number];
  expect([scoreOf(0), scoreOf(1)]).toEqual([6, 0]);
  expect(settled?.trees).toBe(3);
});

test("where no tree helps on all lists there is no such kind", () => {
  expect(settleTrees(trial, "linear+trees", linear, grownBy([1, 0, 0, 0], [1, 0.9, 0, 0]))).toBeNull();
});
