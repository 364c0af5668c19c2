// The cascade (Viola and Jones 2001; in ranking Wang, Lin and Metzler, SIGIR 2011): cheap columns of all candidates, a linear pass
// over them that keeps the best of each placement, and only for these the dearer columns and the ranker.
//
// A row of the first pass says the same whatever other rows there are, so it is kept as it is. What depends on the list
// (listwise features) is computed on what is left, as in training, where a list is what was shown.
import type { CandidateSpan, Candidates, FeatureInput } from "../features/feature.ts";
import { topK } from "../kernels/top-k.ts";
import { selectCandidates } from "./candidates.ts";
import { scoreFirstPass } from "./first-pass.ts";
import type { Ranker } from "./ranker.ts";

export interface Kept {
  readonly candidates: Candidates;
  /** Rows × columns, row-major: every column of what is left. */
  readonly matrix: Float32Array;
  /** Where each row was before, ascending; null when all are left. */
  readonly rows: Int32Array | null;
  /** Scores of the linear pass, one for each row before; null when all are left. */
  readonly firstScores: Float32Array | null;
}

/**
 * @param input of all candidates
 * @param keep how many are left of each span
 * @param bonus what rules add to the score of a row; infinite for rows that must be left
 */
export function cascade(
  ranker: Ranker,
  input: FeatureInput,
  keep: readonly number[],
  bonus: (row: number) => number,
): Kept {
  const { features } = ranker;
  const { candidates } = input;
  const { spans, count } = candidates;
  if (spans.every(({ from, to }, s) => to - from <= (keep[s] as number))) {
    const matrix = new Float32Array(count * features.width);
    features.fill(input, matrix);
    return { candidates, matrix, rows: null, firstScores: null };
  }
  const wide = scratch(count * features.width);
  features.fillPass(input, wide, "first");
  const firstScores = new Float32Array(count);
  scoreFirstPass(ranker.firstPass, wide, features.width, count, firstScores);
  for (let row = 0; row < count; row++) firstScores[row] = (firstScores[row] as number) + bonus(row);
  const best = spans.map(({ from, to }, s) => bestRows(firstScores, from, to, keep[s] as number));
  const rows = new Int32Array(best.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  const kept: CandidateSpan[] = spans.map((span, s) => {
    const from = at;
    rows.set(best[s] as Int32Array, from);
    at += (best[s] as Int32Array).length;
    return { ...span, from, to: at };
  });
  const left = selectCandidates(candidates, rows, kept);
  // It outlives the wait for the scorer, so it is made anew each time.
  const matrix = new Float32Array(rows.length * features.width);
  for (let row = 0; row < rows.length; row++) {
    const from = (rows[row] as number) * features.width;
    matrix.set(wide.subarray(from, from + features.width), row * features.width);
  }
  features.fillPass({ ...input, candidates: left }, matrix, "rest");
  return { candidates: left, matrix, rows, firstScores };
}

/** The rows from … to − 1 with the best scores, ascending. */
function bestRows(scores: Float32Array, from: number, to: number, keep: number): Int32Array {
  const best = Int32Array.from(topK(scores.subarray(from, to), keep), (row) => from + row);
  return best.sort();
}

let buffer = new Float32Array(0);

/** For what is done with before anything is waited for. Not cleared. */
function scratch(length: number): Float32Array {
  if (buffer.length < length) buffer = new Float32Array(Math.max(length, 2 * buffer.length));
  return buffer;
}
