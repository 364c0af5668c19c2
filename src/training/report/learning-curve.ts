// How much more data would help: the linear model fitted to growing parts of the training lists, measured on the held-out
// ones. Parts are drawn by chance, each within the next, so that the curve is one of amount, not of age. Item vectors and
// statistics stay those of the whole log: the curve is of the ranker alone. It ends where the linear model's own lists do.
import { createRandom } from "../../kernels/random.ts";
import { type LinearModel, scoreLinear } from "../../ranking/linear-scorer.ts";
import { bootstrapMean } from "../bootstrap.ts";
import { spreadLists } from "../lists.ts";
import { type ListwiseData, MOST_LINEAR_ROWS, trainListwise } from "../listwise.ts";
import { type HeldOutRows, measureScores } from "./held-out-rows.ts";

export interface LearningCurvePoint {
  readonly share: number;
  /** Training lists. */
  readonly lists: number;
  /** The metric that decides, on the held-out lists. */
  readonly mean: number;
  readonly ci95: readonly [number, number];
}

const SHARES = [0.05, 0.1, 0.25, 0.5, 1];
const STEPS = 100;
/** Fewer lists fit noise. */
const FEWEST_LISTS = 20;

export function learningCurve(
  all: ListwiseData,
  heldOut: HeldOutRows,
  options: {
    readonly l2: number;
    /** See ListwiseOptions; null where all columns pay alike. */
    readonly factors?: Float32Array | null;
    readonly seed: number;
    readonly onProgress?: (done: number, total: number) => void;
  },
): LearningCurvePoint[] {
  const { l2, factors, seed, onProgress } = options;
  const { data } = spreadLists(all, MOST_LINEAR_ROWS);
  const lists = data.groups.length - 1;
  const order = Uint32Array.from({ length: lists }, (_, list) => list);
  createRandom(seed).shuffle(order);
  const sizes = [...new Set(SHARES.map((share) => Math.round(share * lists)))].filter(
    (size) => size >= Math.min(FEWEST_LISTS, lists),
  );
  let model: LinearModel | null = null;
  return sizes.map((size, at) => {
    // Lists are taken in the order of the log: the same sums, whatever chance drew them in.
    const part = pickLists(data, order.subarray(0, size).toSorted());
    model = trainListwise(part, {
      ...{ l2, iterations: STEPS },
      ...(factors ? { factors } : {}),
      ...(model ? { start: model.weight } : {}),
    }).model;
    const scores = new Float32Array(heldOut.labels.length);
    scoreLinear(model, heldOut.matrix, scores.length, scores);
    const { mean, ci95 } = bootstrapMean(measureScores(heldOut, scores), { seed, clusters: heldOut.visitors });
    onProgress?.(at + 1, sizes.length);
    return { share: size / lists, lists: size, mean, ci95 };
  });
}

function pickLists({ matrix, groups, labels, columns }: ListwiseData, lists: Uint32Array): ListwiseData {
  const out = new Uint32Array(lists.length + 1);
  lists.forEach((list, at) => {
    out[at + 1] = (out[at] as number) + (groups[list + 1] as number) - (groups[list] as number);
  });
  const rows = out[lists.length] as number;
  const part = { matrix: new Float32Array(rows * columns), labels: new Float32Array(rows), groups: out, columns };
  lists.forEach((list, at) => {
    const [from, to, start] = [groups[list] as number, groups[list + 1] as number, out[at] as number];
    part.matrix.set(matrix.subarray(from * columns, to * columns), start * columns);
    part.labels.set(labels.subarray(from, to), start);
  });
  return part;
}
