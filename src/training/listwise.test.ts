import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { crossEntropy, type ListwiseData, scoreLists, trainListwise } from "./listwise.ts";

/** Lists whose clicks are drawn from softmax(features × truth): the model that training has to find again. */
function simulate(seed: number, lists: number, size: number, truth: readonly number[]): ListwiseData {
  const random = createRandom(seed);
  const columns = truth.length;
  const matrix = Float32Array.from({ length: lists * size * columns }, () => random.normal());
  const labels = new Float32Array(lists * size);
  for (let list = 0; list < lists; list++) {
    const odds = Array.from({ length: size }, (_, i) => {
      const at = (list * size + i) * columns;
      return Math.exp(truth.reduce((sum, w, c) => sum + w * (matrix[at + c] ?? 0), 0));
    });
    let draw = random.next() * odds.reduce((a, b) => a + b, 0);
    const clicked = odds.findIndex((x) => {
      draw -= x;
      return draw < 0;
    });
    labels[list * size + Math.max(0, clicked)] = 1;
  }
  return { matrix, groups: Uint32Array.from({ length: lists + 1 }, (_, i) => i * size), labels, columns };
}

/** Brute-force twin of the loss, straight from the definition, in plain arrays. */
function twin(data: ListwiseData, scores: ArrayLike<number>): number {
  const losses: number[] = [];
  for (let g = 0; g + 1 < data.groups.length; g++) {
    const rows = [...data.labels.keys()].slice(data.groups[g], data.groups[g + 1]);
    const total = rows.reduce((sum, row) => sum + (data.labels[row] ?? 0), 0);
    if (total === 0) continue;
    const mass = rows.reduce((sum, row) => sum + Math.exp(scores[row] ?? 0), 0);
    losses.push(
      -rows.reduce(
        (sum, row) => sum + ((data.labels[row] ?? 0) / total) * Math.log(Math.exp(scores[row] ?? 0) / mass),
        0,
      ),
    );
  }
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

const SMALL = simulate(3, 40, 5, [1, -0.5]);

test("the cross-entropy equals its definition, with graded labels, empty lists and lists without labels", () => {
  const label = fc.constantFrom(0, 0, 1, 2.5);
  const list = fc.array(fc.tuple(label, fc.float({ min: -8, max: 8, noNaN: true })), { maxLength: 5 });
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6 }), (lists) => {
      const rows = [[[1, 0.5] as [number, number]], ...lists];
      const groups = Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]);
      const labels = Float32Array.from(rows.flat(), ([x]) => x);
      const data = { matrix: new Float32Array(labels.length), groups, labels, columns: 1 };
      const scores = rows.flat().map(([, score]) => score);
      expect(crossEntropy(data, scores)).toBeCloseTo(twin(data, scores), 9);
    }),
    { seed: 1 },
  );
});

test("training ends where plain gradient descent on finite differences ends", () => {
  const l2 = 0.05;
  const { model, trace } = trainListwise(SMALL, { l2 });
  const loss = (weight: readonly number[]): number =>
    crossEntropy(SMALL, scoreLists({ ...model, weight: Float32Array.from(weight) }, SMALL)) +
    0.5 * l2 * weight.reduce((sum, w) => sum + w * w, 0);
  expect(loss([...model.weight])).toBeCloseTo(trace.at(-1) ?? 0, 5);
  let weight = [0, 0];
  for (let step = 0; step < 300; step++) {
    weight = weight.map((w, c) => {
      const moved = (by: number): number[] => weight.map((v, i) => (i === c ? v + by : v));
      return w - (loss(moved(1e-2)) - loss(moved(-1e-2))) / 2e-2;
    });
  }
  expect(Math.abs((model.weight[0] ?? 0) - (weight[0] ?? 0))).toBeLessThan(2e-3);
  expect(Math.abs((model.weight[1] ?? 0) - (weight[1] ?? 0))).toBeLessThan(2e-3);
});

test("the weights that made the clicks are found again", () => {
  const truth = [1.5, -1, 0.5, 0];
  const { model, trace } = trainListwise(simulate(1, 4000, 10, truth), { l2: 0 });
  truth.forEach((w, c) => {
    expect(Math.abs((model.weight[c] ?? 0) * (model.scale[c] ?? 0) - w)).toBeLessThan(0.08);
  });
  expect(trace[0]).toBeCloseTo(Math.log(10), 9);
  expect(trace.every((value, i) => i === 0 || value <= (trace[i - 1] ?? 0))).toBe(true);
});

test("shifting and stretching a column changes no score beyond rounding", () => {
  const stretched = SMALL.matrix.map((x, at) => (at % 2 === 0 ? 64 * x + 128 : x));
  const plain = trainListwise(SMALL, { l2: 0.01 });
  const scaled = trainListwise({ ...SMALL, matrix: stretched }, { l2: 0.01 });
  const expected = scoreLists(plain.model, SMALL);
  scoreLists(scaled.model, { ...SMALL, matrix: stretched }).forEach((score, row) => {
    expect(Math.abs(score - (expected[row] ?? 0))).toBeLessThan(1e-3);
  });
});

test("a constant column has scale and weight 0", () => {
  const matrix = new Float32Array(SMALL.labels.length * 3);
  for (let row = 0; row < SMALL.labels.length; row++) {
    matrix.set([SMALL.matrix[row * 2] ?? 0, 0.1, SMALL.matrix[row * 2 + 1] ?? 0], row * 3);
  }
  const { model } = trainListwise({ ...SMALL, matrix, columns: 3 }, { l2: 0.01, start: Float32Array.of(0, 9, 0) });
  expect([model.scale[1], model.weight[1]]).toEqual([0, 0]);
  expect(model.weight[0]).toBeGreaterThan(0.3);
});

test("only the proportions of labels within a list count, and lists without labels change no weight", () => {
  const unlabelled = new Float32Array(SMALL.labels.length);
  const rows = SMALL.labels.length;
  const doubled = {
    matrix: Float32Array.from([...SMALL.matrix, ...SMALL.matrix]),
    groups: Uint32Array.from([...SMALL.groups, ...SMALL.groups.slice(1).map((at) => at + rows)]),
    labels: Float32Array.from([...SMALL.labels.map((label) => label * 3), ...unlabelled]),
    columns: 2,
  };
  const expected = trainListwise(SMALL, { l2: 0.01 }).model.weight;
  trainListwise(doubled, { l2: 0.01 }).model.weight.forEach((weight, c) => {
    expect(weight).toBeCloseTo(expected[c] ?? 0, 4);
  });
});

test("scores far apart do not overflow", () => {
  const data = {
    matrix: Float32Array.of(1e30, -1e30),
    groups: Uint32Array.of(0, 2),
    labels: Float32Array.of(1, 0),
    columns: 1,
  };
  expect(crossEntropy(data, [5000, -5000])).toBe(0);
  expect(crossEntropy(data, [-5000, 5000])).toBe(10_000);
  expect(trainListwise(data, { l2: 0.1 }).model.weight[0]).toBeGreaterThan(0);
});

test("equal input gives equal bits, and a stronger penalty smaller weights", () => {
  const weak = trainListwise(SMALL, { l2: 0.001 });
  expect(trainListwise(SMALL, { l2: 0.001 })).toEqual(weak);
  const strong = trainListwise(SMALL, { l2: 1 });
  expect(Math.hypot(...strong.model.weight)).toBeLessThan(0.5 * Math.hypot(...weak.model.weight));
});

test.each([
  ["shapes that disagree", { ...SMALL, columns: 3 }, /are not 200 rows × 3 columns/],
  ["offsets that descend", { ...SMALL, groups: Uint32Array.of(0, 9, 5, 200) }, /offsets must ascend from 0 to 200/],
  ["offsets that end early", { ...SMALL, groups: Uint32Array.of(0, 9) }, /offsets must ascend/],
  ["a negative label", { ...SMALL, labels: SMALL.labels.map((x, i) => (i === 7 ? -1 : x)) }, /label of row 7 is -1/],
  [
    "a feature that is NaN",
    { ...SMALL, matrix: SMALL.matrix.map((x, i) => (i === 3 ? Number.NaN : x)) },
    /column 1 holds/,
  ],
  ["no label at all", { ...SMALL, labels: new Float32Array(200) }, /no list has a label/],
])("%s are refused", (_, data, reason) => {
  expect(() => trainListwise(data, { l2: 0.1 })).toThrow(reason);
});
