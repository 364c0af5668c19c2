// A golden file: rows of the feature table and the scores that whoever trained a ranker got for them. A ranker is taken over
// when our scorers give the same.
import { readFile } from "node:fs/promises";
import * as z from "zod";

/** Scores may differ by so much; of scores beyond ±1 by so much of their size, since float32 has no more digits. */
export const GOLDEN_TOLERANCE = 1e-5;

const goldenSchema = z.object({
  rows: z.int().min(1),
  columns: z.int().min(1),
  /** rows × columns, row-major. */
  matrix: z.array(z.number()),
  /** One a row. */
  scores: z.array(z.number()),
});

export interface Golden {
  readonly rows: number;
  readonly columns: number;
  readonly matrix: Float32Array;
  readonly scores: Float64Array;
}

export class GoldenError extends Error {
  override readonly name = "GoldenError";
  /** `golden_file`: it is none. `golden_scores`: a scorer gives others. */
  readonly code: "golden_file" | "golden_scores";
  constructor(code: GoldenError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws GoldenError `golden_file` saying what is wrong with it */
export async function readGolden(path: string): Promise<Golden> {
  const text = await readFile(path, "utf8");
  try {
    return parseGolden(JSON.parse(text));
  } catch (cause) {
    throw new GoldenError("golden_file", `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** @throws GoldenError `golden_file` */
export function parseGolden(value: unknown): Golden {
  const parsed = goldenSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new GoldenError("golden_file", `golden: ${issue?.path.join(".") || "file"}: ${issue?.message}`);
  }
  const { rows, columns, matrix, scores } = parsed.data;
  if (matrix.length !== rows * columns || scores.length !== rows) {
    const found = `${matrix.length} values and ${scores.length} scores`;
    throw new GoldenError("golden_file", `golden: ${found} are not those of ${rows} rows of ${columns} columns`);
  }
  return { rows, columns, matrix: Float32Array.from(matrix), scores: Float64Array.from(scores) };
}

/**
 * @param whose names the scorer in the message
 * @returns the largest difference, relative for scores beyond ±1
 * @throws GoldenError `golden_scores` naming the row that differs most
 */
export function compareGolden({ scores }: Golden, actual: Float32Array, whose: string): number {
  let worst = 0;
  let most = 0;
  scores.forEach((score, row) => {
    const difference = Math.abs(score - (actual[row] as number)) / Math.max(1, Math.abs(score));
    // NaN must not pass.
    if (!(difference <= most)) [worst, most] = [row, difference];
  });
  if (!(most <= GOLDEN_TOLERANCE)) {
    const found = `row ${worst} scores ${actual[worst]}, the golden file says ${scores[worst]}`;
    throw new GoldenError("golden_scores", `${whose}: ${found}; ${GOLDEN_TOLERANCE} is allowed`);
  }
  return most;
}
