// The listwise loss near a model, by parts of the lists: value aside, its gradient and Hessian there, summed over a part. From
// these sums a Newton step gives the model that the other parts would have made, and what a part would lose by another
// model, without going through the rows again (approximate cross-validation; Beirami et al., "On optimal generalizability
// in parametric learning", NeurIPS 2017).
import { exp } from "../kernels/elementary.ts";
import type { LinearModel } from "../ranking/linear-scorer.ts";
import type { ListwiseData } from "./listwise.ts";

/** Sums over the lists of a part, in standardized columns. */
export interface QuadraticPart {
  readonly lists: number;
  readonly gradient: Float64Array;
  /** columns × columns, row-major, symmetric. */
  readonly hessian: Float64Array;
}

/**
 * @param used the columns that count, ascending; gradient and Hessian are over these
 * @param partOf part of each list, from 0 to parts − 1
 */
export function quadraticParts(
  data: ListwiseData,
  { mean, scale, weight }: LinearModel,
  used: Uint32Array,
  partOf: Uint8Array,
  parts: number,
): QuadraticPart[] {
  const { matrix, groups, labels, columns } = data;
  const width = used.length;
  const sums = Array.from({ length: parts }, () => ({
    lists: 0,
    gradient: new Float64Array(width),
    hessian: new Float64Array(width * width),
  }));
  const [m, s, w] = [mean, scale, weight].map((values) => Float64Array.from(used, (c) => values[c] as number)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const centre = new Float64Array(width);
  let rows = new Float64Array(0);
  let mass = new Float64Array(0);
  for (let list = 0; list + 1 < groups.length; list++) {
    const from = groups[list] as number;
    const count = (groups[list + 1] as number) - from;
    let total = 0;
    for (let row = 0; row < count; row++) total += labels[from + row] as number;
    if (total <= 0) continue;
    if (mass.length < count) {
      rows = new Float64Array(count * width);
      mass = new Float64Array(count);
    }
    let top = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < count; row++) {
      const at = (from + row) * columns;
      let score = 0;
      for (let c = 0; c < width; c++) {
        const value = ((matrix[at + (used[c] as number)] as number) - (m[c] as number)) * (s[c] as number);
        rows[row * width + c] = value;
        score += value * (w[c] as number);
      }
      mass[row] = score;
      if (score > top) top = score;
    }
    let all = 0;
    for (let row = 0; row < count; row++) {
      mass[row] = exp((mass[row] as number) - top);
      all += mass[row] as number;
    }
    const part = sums[partOf[list] as number] as (typeof sums)[number];
    part.lists++;
    centre.fill(0);
    for (let row = 0; row < count; row++) {
      const p = (mass[row] as number) / all;
      mass[row] = p;
      const pull = p - (labels[from + row] as number) / total;
      for (let c = 0, at = row * width; c < width; c++, at++) {
        const value = rows[at] as number;
        centre[c] = (centre[c] as number) + p * value;
        part.gradient[c] = (part.gradient[c] as number) + pull * value;
      }
    }
    addCovariance(part.hessian, rows, mass, centre, count, width);
  }
  for (const { hessian } of sums) mirror(hessian, width);
  return sums;
}

/** Adds the covariance of a list's rows under its chances to the lower triangle. */
function addCovariance(
  hessian: Float64Array,
  rows: Float64Array,
  chance: Float64Array,
  centre: Float64Array,
  count: number,
  width: number,
): void {
  for (let row = 0; row < count; row++) {
    const at = row * width;
    for (let c = 0; c < width; c++) rows[at + c] = (rows[at + c] as number) - (centre[c] as number);
    const p = chance[row] as number;
    for (let i = 0; i < width; i++) {
      const value = p * (rows[at + i] as number);
      if (value === 0) continue;
      for (let j = 0, to = i * width; j <= i; j++, to++) {
        hessian[to] = (hessian[to] as number) + value * (rows[at + j] as number);
      }
    }
  }
}

function mirror(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j] as number;
  }
}
