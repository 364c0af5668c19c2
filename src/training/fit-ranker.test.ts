import { describe, expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { fitRanker } from "./fit-ranker.ts";

/** Lists of ten with one click each: on the row where `utility` of three uniform columns and some noise is highest. */
function rowsOf(lists: number, utility: (row: readonly number[]) => number, seed = 1): FeatureRows {
  const random = createRandom(seed);
  const matrix = new Float32Array(lists * 10 * 3);
  const labels = new Float32Array(lists * 10);
  for (let list = 0; list < lists; list++) {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let row = 10 * list; row < 10 * (list + 1); row++) {
      const cells = [random.next(), random.next(), random.next()].map(Math.fround);
      matrix.set(cells, 3 * row);
      const score = utility(cells) + 0.1 * random.normal();
      if (score > highest) [best, highest] = [row, score];
    }
    labels[best] = 1;
  }
  const groups = Uint32Array.from({ length: lists + 1 }, (_, list) => 10 * list);
  const visitors = Uint32Array.from({ length: lists }, (_, list) => list);
  return { data: { matrix, groups, labels, columns: 3 }, clickRate: labels.map(() => 0), visitors };
}

const additive = ([a = 0, b = 0]: readonly number[]): number => a - 0.5 * b;
const crossed = ([a = 0, b = 0]: readonly number[]): number => (a > 0.5 === b > 0.5 ? 1 : 0);
const boost = { trees: 40, maxDepth: 3, maxLeaves: 8, minChildRows: 20, learningRate: 0.2 };

test("what only trees can tell makes trees the ranker, and all kinds tried are reported", () => {
  const fitted = fitRanker(rowsOf(1_000, crossed), { boost });
  expect(fitted.model.kind).not.toBe("linear");
  expect(fitRanker(rowsOf(1_000, crossed), { boost, kinds: ["trees"] }).model.kind).toBe("trees");
  const [linear, trees, both] = fitted.validation?.kinds ?? [];
  expect([linear?.kind, trees?.kind, both?.kind]).toEqual(["linear", "trees", "linear+trees"]);
  expect(trees?.measure).toBeGreaterThan((linear?.measure ?? 1) + 0.1);
  expect(trees?.gain?.over).toBe("linear");
  expect(trees?.gain?.delta).toBeCloseTo((trees?.measure ?? 0) - (linear?.measure ?? 0), 12);
  const chosen = fitted.validation?.kinds.find(({ kind }) => kind === fitted.model.kind);
  expect(fitted.validation?.ndcg10.model).toBe(chosen?.measure);
  expect(fitted.treeGain?.[2]).toBeLessThan(fitted.treeGain?.[0] ?? 0);
});

test("where a linear model says it all, it is kept", () => {
  const fitted = fitRanker(rowsOf(1_000, additive), { boost });
  expect(fitted.model.kind).toBe("linear");
  expect(fitted.validation?.kinds).toHaveLength(3);
  expect(fitted.treeGain).toBeNull();
});

test("trees on top of the linear model win where each has its part", () => {
  const fitted = fitRanker(
    rowsOf(1_000, (row) => 1.5 * additive(row) + 0.4 * crossed(row)),
    { kinds: ["linear+trees"], boost },
  );
  expect(fitted.model.kind).toBe("linear+trees");
  expect(fitted.validation?.kinds.map(({ kind }) => kind)).toEqual(["linear", "linear+trees"]);
});

test("another metric may choose otherwise, and is what the kinds are measured by", () => {
  const fitted = fitRanker(rowsOf(1_000, crossed), { boost, metric: () => 0.25 });
  expect(fitted.model.kind).toBe("linear");
  expect(fitted.validation?.kinds.every(({ measure }) => measure === 0.25)).toBe(true);
});

test("many lists try boosting with each of its settings, and the best makes the trees", () => {
  const { validation, model, treeGain } = fitRanker(rowsOf(4_000, crossed));
  expect(validation?.boostings.map(({ objective }) => objective)).toEqual(["softmax", "lambdarank"]);
  const best = Math.max(...(validation?.boostings.map(({ measure }) => measure) ?? []));
  expect(Math.max(...(validation?.boosting ?? []))).toBe(best);
  expect(validation?.kinds.find(({ kind }) => kind === "trees")?.measure).toBeCloseTo(best, 1);
  expect(model.kind).not.toBe("linear");
  expect(treeGain).not.toBeNull();
  expect(fitRanker(rowsOf(1_200, crossed), { kinds: ["linear"] }).validation?.boostings).toEqual([]);
  expect(fitRanker(rowsOf(1_200, crossed), { boost }).validation?.boostings).toHaveLength(1);
  expect(fitRanker(rowsOf(1_200, crossed)).validation?.boostings.map(({ objective }) => objective)).toEqual([
    "softmax",
  ]);
});

describe("few lists", () => {
  test("are too few to try trees on", () => {
    const fitted = fitRanker(rowsOf(999, crossed), { boost });
    expect(fitted.model.kind).toBe("linear");
    expect(fitted.validation?.kinds.map(({ kind }) => kind)).toEqual(["linear"]);
  });

  test("below ten are too few to choose anything on", () => {
    const fitted = fitRanker(rowsOf(9, additive), { boost });
    expect(fitted).toMatchObject({ model: { kind: "linear" }, recipe: { l2: 0.01 }, validation: null });
  });
});

test("the same rows and seed give the same model to the bit", () => {
  const rows = rowsOf(1_000, crossed);
  expect(fitRanker(rows, { boost, seed: 5 })).toEqual(fitRanker(rows, { boost, seed: 5 }));
  expect(fitRanker(rows, { boost, seed: 6 }).model).not.toEqual(fitRanker(rows, { boost, seed: 5 }).model);
});

describe("features", () => {
  const features = ["first", "second", "chance"].map((name, at) => ({ name, from: at, to: at + 1, cost: 10 }));

  test("that are not missed are dropped, and the model is of the columns left", () => {
    const fitted = fitRanker(rowsOf(1_000, additive), { features, kinds: ["linear"] });
    expect([...fitted.columns]).toEqual([0, 1]);
    expect(fitted.model.linear.weight).toHaveLength(2);
    expect(fitted.selection?.dropped.map(({ feature }) => feature)).toEqual(["chance"]);
    expect(fitted.selection).toMatchObject({ columns: { all: 3, kept: 2 }, cost: { all: 30, kept: 20 } });
    expect(fitted.selection?.check?.passed).toBe(true);
  });

  test("that only trees can use stay where trees rank", () => {
    const fitted = fitRanker(rowsOf(1_000, crossed), { features, boost });
    expect(fitted.model.kind).not.toBe("linear");
    expect([...fitted.columns]).toEqual(expect.arrayContaining([0, 1]));
    expect(fitted.treeGain).toHaveLength(fitted.columns.length);
  });
});
