import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { FoldModel } from "./fold-model.ts";
import { crossEntropies, type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";
import { quadraticParts } from "./quadratic-loss.ts";

const COLUMNS = 4;
const PARTS = 3;
const L2 = 0.01;

function lists(count: number): ListwiseData {
  const random = createRandom(3);
  const sizes = Array.from({ length: count }, (_, list) => 2 + (list % 5));
  const groups = Uint32Array.from([0, ...sizes.map((_, at) => sizes.slice(0, at + 1).reduce((a, b) => a + b))]);
  const rows = groups[count] as number;
  const matrix = Float32Array.from({ length: rows * COLUMNS }, (_, at) => (at % COLUMNS === 3 ? 5 : random.normal()));
  const labels = new Float32Array(rows);
  // The last list of each ten was not clicked: it says nothing.
  for (let list = 0; list < count; list++) {
    const from = groups[list] as number;
    if (list % 10 === 9) continue;
    let best = from;
    for (let row = from; row < (groups[list + 1] as number); row++) {
      if (utility(matrix, row) + random.normal() > utility(matrix, best)) best = row;
    }
    labels[best] = 1;
  }
  return { matrix, groups, labels, columns: COLUMNS };
}

const utility = (matrix: Float32Array, row: number): number => matrix[row * COLUMNS] as number;

const data = lists(1_200);
const partOf = Uint8Array.from({ length: 1_200 }, (_, list) => list % PARTS);
const { model } = trainListwise(data, { l2: L2 });
const used = Uint32Array.of(0, 1, 2);
const parts = quadraticParts(data, model, used, partOf, PARTS);

/** The losses of a part's lists under moved weights, summed. */
function lossOf(part: number, moved: readonly number[]): number {
  const weight = model.weight.map((each, column) => each + (moved[column] ?? 0));
  const losses = crossEntropies(data, scoreLists({ ...model, weight }, data));
  return losses.reduce((sum, loss, list) => (partOf[list] === part ? sum + loss : sum), 0);
}

test("a constant column is not used, and lists without a click are in no part", () => {
  expect(model.scale[3]).toBe(0);
  expect(parts.reduce((sum, { lists }) => sum + lists, 0)).toBe(1_080);
});

test("gradient and Hessian are those that differences of the loss show", () => {
  const step = 0.05;
  const unit = (column: number, by: number) => Array.from({ length: 3 }, (_, c) => (c === column ? by : 0));
  for (const [part, { gradient, hessian }] of parts.entries()) {
    for (let i = 0; i < 3; i++) {
      const slope = (lossOf(part, unit(i, step)) - lossOf(part, unit(i, -step))) / (2 * step);
      expect(gradient[i]).toBeCloseTo(slope, 1);
      const bend =
        (lossOf(part, unit(i, step)) - 2 * lossOf(part, [0, 0, 0]) + lossOf(part, unit(i, -step))) / step ** 2;
      expect(Math.abs((hessian[i * 3 + i] as number) / bend - 1)).toBeLessThan(0.02);
      for (let j = 0; j < 3; j++) expect(hessian[i * 3 + j]).toBe(hessian[j * 3 + i]);
    }
    const both = (a: number, b: number) => lossOf(part, [a * step, b * step, 0]);
    const mixed = (both(1, 1) - both(1, -1) - both(-1, 1) + both(-1, -1)) / (4 * step ** 2);
    expect(hessian[1]).toBeCloseTo(mixed, 0);
  }
});

test("the model of the other parts is the one that they would have taught, with all columns and without one", () => {
  const weight = Float64Array.from(used, (column) => model.weight[column] as number);
  for (const [part, held] of parts.entries()) {
    const fold = new FoldModel(
      held,
      parts,
      weight,
      weight.map(() => L2),
    );
    const labels = data.labels.map((label, row) => {
      const list = data.groups.findLastIndex((from) => from <= row);
      return partOf[list] === part ? 0 : label;
    });
    const fitted = trainListwise({ ...data, labels }, { l2: L2 }).model;
    fold.weights(Uint8Array.of(1, 1, 1)).forEach((each, c) => {
      expect(Math.abs(each - (fitted.weight[c] as number))).toBeLessThan(0.01);
    });
    const without = { ...data, labels, matrix: data.matrix.map((value, at) => (at % COLUMNS === 1 ? 0 : value)) };
    const narrow = trainListwise(without, { l2: L2 }).model;
    const weights = fold.weights(Uint8Array.of(1, 0, 1));
    expect(weights[1]).toBe(0);
    for (const c of [0, 2]) expect(Math.abs((weights[c] as number) - (narrow.weight[c] as number))).toBeLessThan(0.01);
    const moved = fold.weights(Uint8Array.of(1, 1, 1)).map((each, c) => each - (weight[c] as number));
    expect(fold.loss(Uint8Array.of(1, 1, 1))).toBeCloseTo(lossOf(part, [...moved]) - lossOf(part, [0, 0, 0]), 1);
  }
});
