import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { crossEntropy, type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";
import { selectL2 } from "./select-l2.ts";

/** Lists of 6 where the largest of column 0, blurred by noise, is clicked; the other columns say nothing. */
function lists(seed: number, count: number, columns: number): ListwiseData {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: count * 6 * columns }, () => random.normal());
  const labels = new Float32Array(count * 6);
  for (let list = 0; list < count; list++) {
    const appeal = Array.from({ length: 6 }, (_, i) => (matrix[(list * 6 + i) * columns] ?? 0) + random.normal());
    labels[list * 6 + appeal.indexOf(Math.max(...appeal))] = 1;
  }
  return { matrix, groups: Uint32Array.from({ length: count + 1 }, (_, i) => i * 6), labels, columns };
}

const train = lists(1, 60, 20);
const validation = lists(2, 400, 20);

test("with few lists and many empty columns the chosen penalty beats both none and too much", () => {
  const { l2, model, trials } = selectL2(train, validation, { candidates: [1e-6, 0.1, 100, 0.03] });
  expect(l2).toBe(0.1);
  expect(trials.map((trial) => trial.l2)).toEqual([100, 0.1, 0.03, 1e-6]);
  const loss = crossEntropy(validation, scoreLists(model, validation));
  expect(trials.find((trial) => trial.l2 === l2)?.measure).toBeCloseTo(-loss, 12);
});

test("the model of the chosen penalty is the one that training from nothing gives", () => {
  const { l2, model } = selectL2(train, validation);
  const fresh = trainListwise(train, { l2 }).model;
  model.weight.forEach((weight, c) => {
    expect(Math.abs(weight - (fresh.weight[c] ?? 0))).toBeLessThan(1e-3);
  });
});

test("a measure of one's own decides, equal measures take the strongest penalty, and progress is reported", () => {
  const seen: string[] = [];
  const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
  const options = { candidates: [0.01, 1], iterations: 5, onProgress };
  expect(selectL2(train, validation, { ...options, measure: () => 0 }).l2).toBe(1);
  expect(seen).toEqual(["1/2", "2/2"]);
  const spread = (scores: Float32Array): number => Math.max(...scores);
  expect(selectL2(train, validation, { ...options, measure: spread }).l2).toBe(0.01);
});

test("no candidates are refused", () => {
  expect(() => selectL2(train, validation, { candidates: [] })).toThrow(RangeError);
});
