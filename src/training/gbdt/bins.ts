// Columns cut into at most 255 bins of about as many rows each, so that a split is found by adding up a histogram instead of
// sorting (Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NeurIPS 2017).
import type { Random } from "../../kernels/random.ts";

export interface BinnedColumns {
  readonly rows: number;
  readonly columns: number;
  /** Column-major: row r of column c at c × rows + r. */
  readonly bins: Uint8Array;
  /** By column, ascending: bin b holds what is above bound b − 1 and at most bound b; the last bin has no bound. */
  readonly bounds: readonly Float32Array[];
}

/** Rows that the bounds are taken from at most: quantiles of more are hardly better. */
const SAMPLED_ROWS = 200_000;

/**
 * @param matrix rows × columns, row-major
 * @throws RangeError naming a column that holds a number that is not finite, or when the shapes disagree
 */
export function binColumns(matrix: Float32Array, columns: number, random: Random, maxBins = 255): BinnedColumns {
  if (!(Number.isInteger(maxBins) && maxBins >= 2 && maxBins <= 255)) {
    throw new RangeError(`bins: ${maxBins} is not in 2..255`);
  }
  const rows = matrix.length / columns;
  if (!Number.isInteger(rows)) throw new RangeError(`bins: ${matrix.length} values are no rows of ${columns} columns`);
  const sample = sampledRows(rows, random);
  const values = new Float32Array(sample?.length ?? rows);
  const bins = new Uint8Array(rows * columns);
  const bounds: Float32Array[] = [];
  for (let column = 0; column < columns; column++) {
    for (let i = 0; i < values.length; i++) values[i] = matrix[(sample?.[i] ?? i) * columns + column] as number;
    values.sort();
    const own = boundsOf(values, maxBins);
    bounds.push(own);
    for (let row = 0, at = column * rows; row < rows; row++, at++) {
      const x = matrix[row * columns + column] as number;
      if (!Number.isFinite(x)) throw new RangeError(`bins: column ${column} is ${x} in row ${row}`);
      bins[at] = binOf(own, x);
    }
  }
  return { rows, columns, bins, bounds };
}

function sampledRows(rows: number, random: Random): Uint32Array | null {
  if (rows <= SAMPLED_ROWS) return null;
  return Uint32Array.from({ length: SAMPLED_ROWS }, () => random.integer(rows));
}

/** The first bin whose bound is not below x. */
function binOf(bounds: Float32Array, x: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x <= (bounds[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Every distinct value a bin where there are few; else a bin is closed when it holds its share of the rows left. */
function boundsOf(sorted: Float32Array, maxBins: number): Float32Array {
  let distinct = 1;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  const everyValue = distinct <= maxBins;
  const bounds: number[] = [];
  for (let i = 1, start = 0; i < sorted.length && bounds.length < maxBins - 1; i++) {
    if (sorted[i] === sorted[i - 1]) continue;
    const share = (sorted.length - start) / (maxBins - bounds.length);
    if (!everyValue && i - start < share && i - start + runAt(sorted, i) / 2 < share) continue;
    bounds.push(between(sorted[i - 1] as number, sorted[i] as number));
    start = i;
  }
  return Float32Array.from(bounds);
}

/** How many values from `at` are equal. Found by doubling: long runs are the rule in counts. */
function runAt(sorted: Float32Array, at: number): number {
  const value = sorted[at];
  let end = at + 1;
  for (let step = 1; end < sorted.length && sorted[Math.min(end + step, sorted.length) - 1] === value; step *= 2) {
    end = Math.min(end + step, sorted.length);
  }
  while (end < sorted.length && sorted[end] === value) end++;
  return end - at;
}

/** A float32 that is at least `low` and below `high`: their middle, if float32 has one. */
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}
