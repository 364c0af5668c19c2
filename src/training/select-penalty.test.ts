import { describe, expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { crossEntropy, type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";
import { selectL2 } from "./select-l2.ts";
import { factorsOf, selectPenalty } from "./select-penalty.ts";

/** Lists of 6: `tells` of the columns have a say, each a strong one; the others say nothing. */
function lists(seed: number, count: number, columns: number, tells: number): ListwiseData {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: count * 6 * columns }, () => random.normal());
  const labels = new Float32Array(count * 6);
  for (let list = 0; list < count; list++) {
    const appeal = Array.from({ length: 6 }, (_, i) => {
      const row = (list * 6 + i) * columns;
      return matrix.subarray(row, row + tells).reduce((sum, each) => sum + 2 * each, random.normal());
    });
    labels[list * 6 + appeal.indexOf(Math.max(...appeal))] = 1;
  }
  return { matrix, groups: Uint32Array.from({ length: count + 1 }, (_, i) => i * 6), labels, columns };
}

describe("where one column of sixty tells everything and lists are few", () => {
  const [train, validation, test_] = [lists(1, 80, 60, 1), lists(2, 80, 60, 1), lists(3, 2_000, 60, 1)];
  const adaptive = selectPenalty(train, validation, { iterations: 60 });
  const even = selectL2(train, validation, { iterations: 60 });

  test("the weak pay more, and lists that nobody saw are predicted better for it", () => {
    const lossOf = (model: typeof even.model) => crossEntropy(test_, scoreLists(model, test_));
    expect(lossOf(adaptive.model)).toBeLessThan(lossOf(even.model) - 0.02);
    expect(adaptive.factors?.[0]).toBe(1);
    expect(Math.min(...(adaptive.factors?.subarray(1) ?? []))).toBeGreaterThan(5);
    expect(adaptive.trials.map(({ l2 }) => l2)).toContain(adaptive.l2);
  });

  test("the penalty and its factors give the same model again", () => {
    const { l2, factors, model } = adaptive;
    const again = trainListwise(train, { l2, ...(factors ? { factors } : {}) }).model;
    model.weight.forEach((weight, c) => {
      expect(Math.abs(weight - (again.weight[c] as number))).toBeLessThan(5e-3);
    });
  });
});

test("where all columns tell as much, all pay alike", () => {
  const all = selectPenalty(lists(1, 60, 8, 8), lists(2, 400, 8, 8), {
    iterations: 60,
  });
  expect(all.factors).toBeNull();
  expect(all).toEqual({ ...selectL2(lists(1, 60, 8, 8), lists(2, 400, 8, 8), { iterations: 60 }), factors: null });
});

test("columns of one feature pay alike, by their mean square; what never varies pays most", () => {
  const model = {
    mean: new Float32Array(5),
    scale: Float32Array.of(1, 1, 1, 1, 0),
    weight: Float32Array.of(2, 0, 1, 0.01, 0),
  };
  const spans = [
    { from: 0, to: 2 },
    { from: 2, to: 3 },
    { from: 3, to: 4 },
    { from: 4, to: 5 },
  ];
  expect([...factorsOf(model, spans)]).toEqual([1, 1, 2, 300, 300]);
  expect([...factorsOf({ ...model, weight: new Float32Array(5) }, spans)]).toEqual([1, 1, 1, 1, 1]);
});
