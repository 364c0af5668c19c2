// Item vectors from behaviour: items that the same visitors took an interest in point the same way. By implicit ALS; how that
// compares with singular vectors and item2vec: `node bench/item-vectors.ts`, docs/quality.md.
import { log1p } from "../kernels/elementary.ts";
import type { Interaction } from "./covisitation.ts";
import { type Csr, CsrBuilder } from "./csr.ts";
import { implicitAls } from "./implicit-als.ts";

export interface ItemVectorOptions {
  /** Number of items. */
  readonly items: number;
  readonly dimensions: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * @param visitors the interactions of each, in order of time
 * @returns items × dimensions of any length; 0 for an item that nobody touched. Equal input gives equal output to the bit
 */
export type FitItemVectors = (
  visitors: readonly (readonly Interaction[])[],
  options: ItemVectorOptions,
) => Float32Array;

export const fitItemVectors: FitItemVectors = (visitors, { items, dimensions, seed, onProgress }) =>
  implicitAls(interestMatrix(visitors, items), { dimensions, seed, ...(onProgress ? { onProgress } : {}) });

/** items × visitors: ln(1 + weight of all interactions). */
export function interestMatrix(visitors: readonly (readonly Interaction[])[], items: number): Csr {
  const weights = new CsrBuilder(items, visitors.length);
  visitors.forEach((visitor, column) => {
    for (const { item, weight } of visitor) weights.add(item, column, weight);
  });
  const matrix = weights.build();
  for (let at = 0; at < matrix.values.length; at++) matrix.values[at] = log1p(matrix.values[at] as number);
  return matrix;
}
