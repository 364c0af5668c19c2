import { describe, expect, test } from "vitest";
import { createRandom } from "../../kernels/random.ts";
import { scoreTrees } from "../../ranking/tree-scorer.ts";
import { checkTrees } from "../../snapshot/tree-ensemble.ts";
import type { ListwiseData } from "../listwise.ts";
import { type BoostOptions, boost } from "./boost.ts";

const columns = 4;

/** Lists of eight; the clicked rows follow a step in column 0 and column 1 together. */
function dataOf(lists: number, seed: number): ListwiseData {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: lists * 8 * columns }, () => random.next());
  const labels = Float32Array.from({ length: lists * 8 }, (_, row) => {
    const [a, b] = [matrix[row * columns] as number, matrix[row * columns + 1] as number];
    return random.next() < (a > 0.6 && b > 0.4 ? 0.8 : 0.1) ? 1 : 0;
  });
  return { matrix, labels, columns, groups: Uint32Array.from({ length: lists + 1 }, (_, list) => 8 * list) };
}

const train = dataOf(400, 1);
const options: Partial<BoostOptions> = { trees: 20, maxDepth: 3, maxLeaves: 6, minChildRows: 20 };

function scored({ matrix, labels }: ListwiseData, result: ReturnType<typeof boost>): Float32Array {
  const scores = new Float32Array(labels.length);
  if (result.ensemble) scoreTrees(result.ensemble, matrix, scores.length, scores);
  return scores;
}

/** Share of the pairs of a list that stand the right way round. */
function pairsRight({ groups, labels }: ListwiseData, scores: Float32Array): number {
  let [right, all] = [0, 0];
  for (let list = 0; list + 1 < groups.length; list++) {
    for (let i = groups[list] as number; i < (groups[list + 1] as number); i++) {
      for (let j = groups[list] as number; j < (groups[list + 1] as number); j++) {
        if ((labels[i] as number) <= (labels[j] as number)) continue;
        all++;
        if ((scores[i] as number) > (scores[j] as number)) right++;
      }
    }
  }
  return right / all;
}

test.each(["lambdarank", "softmax"] as const)("%s learns a step that two columns make together", (objective) => {
  const test = dataOf(200, 2);
  const result = boost({ data: train }, { ...options, objective });
  expect(pairsRight(test, scored(test, result))).toBeGreaterThan(0.75);
  expect(result.gain[0]).toBeGreaterThan(10 * (result.gain[2] as number));
});

test("trees keep to their limits", () => {
  const { ensemble } = boost({ data: train }, { ...options, maxLeaves: 4, maxDepth: 2 });
  expect(ensemble && checkTrees(ensemble)).toMatchObject({ trees: 20, deepest: 2 });
  expect((ensemble?.feature.length ?? 0) <= 20 * 7).toBe(true);
});

test("no leaf is made of fewer rows than asked for", () => {
  const { ensemble } = boost({ data: train }, { ...options, trees: 1, minChildRows: 500, listShare: 1 });
  const counts = new Map<number, number>();
  const { threshold = [], feature = [], left = [], right = [] } = ensemble ?? {};
  for (let row = 0; row < train.labels.length; row++) {
    let node = 0;
    while ((feature[node] as number) >= 0) {
      const x = train.matrix[row * columns + (feature[node] as number)] as number;
      node = (x <= (threshold[node] as number) ? left[node] : right[node]) as number;
    }
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(1);
  expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(500);
});

test("a declared direction is kept everywhere, though the data say otherwise", () => {
  const monotone = Int8Array.of(-1, 1, 0, 0);
  const result = boost({ data: train, monotone }, { ...options, trees: 40 });
  const random = createRandom(9);
  const matrix = new Float32Array(200 * columns);
  for (let at = 0; at < matrix.length; at += 2 * columns) {
    const row = Float32Array.from({ length: columns }, () => random.next());
    matrix.set(row, at);
    matrix.set(row, at + columns);
    matrix[at + columns] = (row[0] as number) + random.next();
    matrix[at + columns + 1] = (row[1] as number) - random.next();
  }
  const scores = scored({ ...train, matrix, labels: new Float32Array(200) }, result);
  for (let row = 0; row < 200; row += 2) expect(scores[row]).toBeGreaterThanOrEqual(scores[row + 1] as number);
  expect(result.gain[1]).toBeGreaterThan(0);
});

test("what base scores say already is not learned again", () => {
  const alone = boost({ data: train }, options);
  const onTop = boost({ data: train, base: scored(train, alone) }, options);
  const total = (gain: Float64Array): number => gain.reduce((sum, each) => sum + each, 0);
  expect(total(onTop.gain)).toBeLessThan(total(alone.gain) / 2);
});

describe("places", () => {
  // Clicks follow column 0 and, as strongly, the place: column 3 is the place as an older ranker chose it, by column 2.
  const random = createRandom(4);
  const places = Uint16Array.from({ length: 3200 }, (_, row) => row % 8);
  const matrix = train.matrix.map((value, at) => {
    const place = Math.floor(at / columns) % 8;
    return at % columns === 2 ? 1 - place / 8 + 0.1 * random.next() : value;
  });
  const labels = places.map((place, row) => {
    const likely = ((matrix[row * columns] as number) > 0.6 ? 0.9 : 0.2) * 0.8 ** place;
    return random.next() < likely ? 1 : 0;
  });
  const data = { ...train, matrix, labels: Float32Array.from(labels) };

  test("that are told are not learned through a column that goes with them", () => {
    const share = ({ gain }: ReturnType<typeof boost>) => (gain[2] as number) / gain.reduce((a, b) => a + b);
    const [plain, debiased] = [boost({ data }, options), boost({ data, positions: places }, options)];
    expect(share(debiased)).toBeLessThan(share(plain) / 2);
    expect(plain.positionBias).toBeNull();
  });

  test("are worth less the further down they are", () => {
    const { positionBias } = boost({ data, positions: places }, { ...options, trees: 60 });
    expect(positionBias?.[0]).toBe(0);
    expect(positionBias?.[3]).toBeLessThan(-0.3);
    expect(positionBias?.[7]).toBeLessThan(positionBias?.[3] as number);
  });

  test("that are all the same change nothing", () => {
    const same = boost({ data, positions: new Uint16Array(3200) }, options);
    expect(same.ensemble).toEqual(boost({ data }, options).ensemble);
  });
});

describe("with lists held back", () => {
  const held = dataOf(200, 3);

  test("boosting stops when they gain no more, and keeps the trees up to the best", () => {
    const measure = (scores: Float64Array): number => pairsRight(held, Float32Array.from(scores));
    const validation = { matrix: held.matrix, measure, patience: 5 };
    const result = boost({ data: train, validation }, { ...options, trees: 200, learningRate: 0.3 });
    expect(result.trace.indexOf(Math.max(...result.trace))).toBe(result.trees);
    expect(result.trace).toHaveLength(result.trees + 6);
    const kept = boost({ data: train }, { ...options, trees: result.trees, learningRate: 0.3 });
    expect(result.ensemble).toEqual(kept.ensemble);
  });

  test("that no tree helps, there are no trees", () => {
    const validation = { matrix: held.matrix, measure: () => 0, patience: 3 };
    expect(boost({ data: train, validation }, options)).toMatchObject({ ensemble: null, trees: 0 });
  });
});

test("constant columns and labels without a difference make no trees", () => {
  expect(boost({ data: { ...train, matrix: new Float32Array(train.matrix.length) } }, options).ensemble).toBeNull();
  expect(boost({ data: { ...train, labels: new Float32Array(train.labels.length) } }, options).ensemble).toBeNull();
});

test("equal data and seed give equal trees, another seed others", () => {
  expect(boost({ data: train }, options)).toEqual(boost({ data: train }, options));
  expect(boost({ data: train }, { ...options, seed: 2 }).ensemble).not.toEqual(
    boost({ data: train }, options).ensemble,
  );
});

describe("what cannot be is refused", () => {
  const bad = train.matrix.slice();
  bad[9] = Number.NaN;
  test.each<[string, () => unknown]>([
    [
      "boosting: 400 trees of depth 5 are more than 1000 comparisons a row",
      () => boost({ data: train }, { trees: 400, maxDepth: 5 }),
    ],
    ["boosting: learningRate is 0, it must be in 0.000001..1", () => boost({ data: train }, { learningRate: 0 })],
    [
      "boosting: maxLeaves is 1.5, it must be a whole number in 2..1024",
      () => boost({ data: train }, { maxLeaves: 1.5 }),
    ],
    ["bins: column 1 is NaN in row 2", () => boost({ data: { ...train, matrix: bad } })],
    ["boosting: 3 base scores for 3200 rows", () => boost({ data: train, base: [1, 2, 3] })],
    ["boosting: 5 positions for 3200 rows", () => boost({ data: train, positions: new Uint16Array(5) })],
    ["boosting: 2 directions for 4 columns", () => boost({ data: train, monotone: new Int8Array(2) })],
    ["boosting: 12800 features are not 3200 rows × 5 columns", () => boost({ data: { ...train, columns: 5 } })],
  ])("%s", (message, attempt) => {
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(message);
  });
});
