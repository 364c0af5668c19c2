// Histograms of the rows of a leaf: for each bin of each column the sums of gradients and hessians and the number of rows.
// That of one child is added up from its rows, that of the other is what is left of the parent's.
import type { BinnedColumns } from "./bins.ts";

/** Numbers a bin: gradient, hessian, rows. */
export const STRIDE = 3;

export interface HistogramLayout {
  /** Where the bins of a column begin, in bins; length columns + 1. */
  readonly starts: Uint32Array;
  /** Numbers of one histogram. */
  readonly length: number;
}

export function layoutOf({ bounds }: BinnedColumns): HistogramLayout {
  const starts = new Uint32Array(bounds.length + 1);
  bounds.forEach((own, column) => {
    starts[column + 1] = (starts[column] as number) + own.length + 1;
  });
  return { starts, length: STRIDE * (starts[bounds.length] as number) };
}

/** Gradients of a leaf's rows, side by side: gathered once and then read for every column. */
export interface LeafGradients {
  readonly gradient: Float32Array;
  readonly hessian: Float32Array;
}

/**
 * Adds up the rows `order[begin … end − 1]`.
 * @param columns those to look at; the others' bins are left as they are
 * @param scratch for at least end − begin rows
 */
export function buildHistogram(
  binned: BinnedColumns,
  layout: HistogramLayout,
  columns: Uint32Array,
  rows: { readonly order: Uint32Array; readonly begin: number; readonly end: number },
  gradients: LeafGradients,
  scratch: LeafGradients,
  out: Float64Array,
): void {
  const { order, begin, end } = rows;
  const count = end - begin;
  const [g, h] = [scratch.gradient, scratch.hessian];
  for (let i = 0; i < count; i++) {
    const row = order[begin + i] as number;
    g[i] = gradients.gradient[row] as number;
    h[i] = gradients.hessian[row] as number;
  }
  for (const column of columns) {
    const from = STRIDE * (layout.starts[column] as number);
    const to = STRIDE * (layout.starts[column + 1] as number);
    const own = out.subarray(from, to);
    own.fill(0);
    addColumn(binned.bins.subarray(column * binned.rows, (column + 1) * binned.rows), order, begin, count, g, h, own);
  }
}

function addColumn(
  bins: Uint8Array,
  order: Uint32Array,
  begin: number,
  count: number,
  g: Float32Array,
  h: Float32Array,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const at = STRIDE * (bins[order[begin + i] as number] as number);
    out[at] = (out[at] as number) + (g[i] as number);
    out[at + 1] = (out[at + 1] as number) + (h[i] as number);
    out[at + 2] = (out[at + 2] as number) + 1;
  }
}

/** Leaves in `parent` what is not in `child`, for the given columns. */
export function subtractHistogram(
  layout: HistogramLayout,
  columns: Uint32Array,
  parent: Float64Array,
  child: Float64Array,
): void {
  for (const column of columns) {
    const to = STRIDE * (layout.starts[column + 1] as number);
    for (let at = STRIDE * (layout.starts[column] as number); at < to; at++) {
      parent[at] = (parent[at] as number) - (child[at] as number);
    }
  }
}
