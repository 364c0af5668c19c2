// What the ranker would lose without each feature: group permutation importance (Breiman, "Random forests", 2001; for
// groups of columns, Gregorutti et al. 2015). The columns of one feature are shuffled together among the candidates of
// each held-out list, so that the feature says nothing of them any more; nothing is trained anew. What is the same for all
// candidates of a list loses nothing by that, and shows as 0.
import { createRandom, type Random } from "../../kernels/random.ts";
import { pairedBootstrap } from "../bootstrap.ts";
import { type HeldOutRows, measureScores, someLists } from "./held-out-rows.ts";

export interface FeatureImportance {
  readonly feature: string;
  /** What the metric that decides falls by, averaged over the shuffles; below 0 the feature hurts. */
  readonly loss: number;
  readonly ci95: readonly [number, number];
}

const MOST_LISTS = 1_000;
const SHUFFLES = 2;

/** By falling loss. */
export async function permutationImportance(
  all: HeldOutRows,
  options: { readonly seed: number; readonly onProgress?: (done: number, total: number) => void },
): Promise<{ readonly lists: number; readonly features: readonly FeatureImportance[] }> {
  const rows = someLists(all, MOST_LISTS);
  const { features, labels, visitors } = rows;
  const whole = measureScores(rows, await rows.score(rows.matrix, labels.length));
  const matrix = rows.matrix.slice();
  const found: FeatureImportance[] = [];
  for (const [index, { name, from, to }] of features.entries()) {
    const shuffled = new Float64Array(whole.length);
    const random = createRandom(options.seed + index);
    for (let time = 0; time < SHUFFLES; time++) {
      shuffleColumns(rows, matrix, from, to, random);
      const measured = measureScores(rows, await rows.score(matrix, labels.length));
      for (let list = 0; list < measured.length; list++) {
        shuffled[list] = (shuffled[list] as number) + (measured[list] as number) / SHUFFLES;
      }
    }
    restoreColumns(rows, matrix, from, to);
    const { delta, ci95 } = pairedBootstrap(whole, shuffled, { seed: options.seed, clusters: visitors });
    found.push({ feature: name, loss: delta, ci95 });
    options.onProgress?.(index + 1, features.length);
  }
  return { lists: whole.length, features: found.sort((a, b) => b.loss - a.loss) };
}

/** Fisher and Yates, a list at a time; what is shuffled again is as shuffled as before. */
function shuffleColumns(
  { groups, columns }: HeldOutRows,
  matrix: Float32Array,
  from: number,
  to: number,
  random: Random,
): void {
  for (let list = 0; list + 1 < groups.length; list++) {
    const start = groups[list] as number;
    for (let row = (groups[list + 1] as number) - 1; row > start; row--) {
      const other = start + random.integer(row - start + 1);
      for (let column = from; column < to; column++) {
        const [a, b] = [row * columns + column, other * columns + column];
        const kept = matrix[a] as number;
        matrix[a] = matrix[b] as number;
        matrix[b] = kept;
      }
    }
  }
}

function restoreColumns(rows: HeldOutRows, matrix: Float32Array, from: number, to: number): void {
  const { columns, labels } = rows;
  for (let row = 0; row < labels.length; row++) {
    const at = row * columns;
    matrix.set(rows.matrix.subarray(at + from, at + to), at + from);
  }
}
