import { describe, expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import type { ColumnSpan } from "./eliminate-features.ts";
import { type ListwiseData, trainListwise } from "./listwise.ts";
import { selectFeatures } from "./select-features.ts";

const SPANS: readonly ColumnSpan[] = [
  { name: "tells", from: 0, to: 1, cost: 50 },
  { name: "noise", from: 1, to: 3, cost: 20 },
  { name: "constant", from: 3, to: 4, cost: 20 },
  { name: "tells_a_little", from: 4, to: 5, cost: 20 },
  { name: "says_it_again", from: 5, to: 6, cost: 500 },
];

/** Lists of ten; the one clicked is drawn by a softmax of what tells. */
function listsOf(lists: number, seed: number): { data: ListwiseData; visitors: Uint32Array } {
  const random = createRandom(seed);
  const columns = 6;
  const matrix = new Float32Array(lists * 10 * columns);
  const labels = new Float32Array(lists * 10);
  for (let list = 0; list < lists; list++) {
    let chosen = { row: -1, utility: Number.NEGATIVE_INFINITY };
    for (let row = 10 * list; row < 10 * (list + 1); row++) {
      const [tells, little] = [random.normal(), random.normal()];
      matrix.set([tells, random.normal(), random.normal(), 7, little, tells], row * columns);
      const gumbel = -Math.log(-Math.log(random.next() + 1e-12));
      const utility = 1.5 * tells + 0.4 * little + gumbel;
      if (utility > chosen.utility) chosen = { row, utility };
    }
    labels[chosen.row] = 1;
  }
  const groups = Uint32Array.from({ length: lists + 1 }, (_, list) => 10 * list);
  const visitors = Uint32Array.from({ length: lists }, (_, list) => list >> 1);
  return { data: { matrix, groups, labels, columns }, visitors };
}

function select(lists: number, seed: number, treeGain: Float64Array | null = null) {
  const { data, visitors } = listsOf(lists, seed);
  const { model } = trainListwise(data, { l2: 0.001 });
  return selectFeatures(data, model, SPANS, { l2: 0.001, factors: null, visitors, treeGain });
}

const names = (changes: readonly { readonly feature: string }[]) => changes.map(({ feature }) => feature);

describe.each([1, 2, 3])("lists of seed %i", (seed) => {
  const { dropped, worth } = select(1_000, seed);

  test("what never varies, what is noise and the dearer of two that say the same go; what tells stays", () => {
    expect(names(dropped).toSorted()).toEqual(["constant", "noise", "says_it_again"]);
    expect(dropped.find(({ feature }) => feature === "constant")).toMatchObject({ reason: "constant", loss: 0 });
    expect(dropped.find(({ feature }) => feature === "noise")).toMatchObject({
      reason: "not missed",
      columns: 2,
      cost: 20,
    });
    expect(dropped.every(({ loss }) => loss <= 0)).toBe(true);
  });

  test("those that stay are ordered by what they are worth, with an error that tells it from chance", () => {
    expect(names(worth)).toEqual(["tells", "tells_a_little"]);
    for (const { loss, standardError } of worth) expect(loss).toBeGreaterThan(2 * standardError);
  });
});

test("what trees lean on stays, though the linear model would not miss it", () => {
  const { dropped } = select(1_000, 1, Float64Array.of(1, 1, 0, 0, 1, 0));
  expect(names(dropped)).not.toContain("noise");
  expect(names(dropped)).toContain("constant");
});

test("of few lists only what never varies goes, and where nothing varies nothing", () => {
  expect(names(select(150, 1).dropped)).toEqual(["constant"]);
  const { data, visitors } = listsOf(300, 1);
  const flat = { ...data, matrix: data.matrix.map(() => 1) };
  const { model } = trainListwise(flat, { l2: 0.001 });
  expect(selectFeatures(flat, model, SPANS, { l2: 0.001, factors: null, visitors, treeGain: null }).dropped).toEqual(
    [],
  );
});

test("the worth of a feature is near what models that are fitted without it lose", () => {
  const { data, visitors } = listsOf(1_000, 4);
  const { model } = trainListwise(data, { l2: 0.001 });
  const spans = SPANS.filter(({ name }) => name !== "says_it_again");
  const seen = { ...data, matrix: data.matrix.map((value, at) => (at % 6 === 5 ? 0 : value)) };
  const without = { ...seen, matrix: seen.matrix.map((value, at) => (at % 6 === 4 ? 0 : value)) };
  const { worth } = selectFeatures(seen, trainListwise(seen, { l2: 0.001 }).model, spans, {
    l2: 0.001,
    factors: null,
    visitors,
    treeGain: null,
  });
  const fitted = (lists: ListwiseData) => trainListwise(lists, { l2: 0.001 }).trace.at(-1) ?? 0;
  const told = worth.find(({ feature }) => feature === "tells_a_little")?.loss ?? 0;
  expect(told).toBeCloseTo(fitted(without) - fitted(seen), 2);
  expect(model.weight).toHaveLength(6);
});
