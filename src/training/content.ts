// Item vectors from what is written about items: close together when they share rare words, tags, brands or attributes
// (latent semantic analysis; Deerwester et al. 1990).
import { normalizeAt } from "../kernels/vectors.ts";
import { contentTerms, type DescribedItem } from "./content-terms.ts";
import { truncatedSvd } from "./truncated-svd.ts";

export interface ContentOptions {
  readonly dimensions: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** items × dimensions, rows of length 1; 0 for an item that shares no term with another. */
export function fitContent(items: readonly DescribedItem[], options: ContentOptions): Float32Array {
  const { dimensions } = options;
  const { factors } = truncatedSvd(contentTerms(items).matrix, options);
  for (let item = 0; item < items.length; item++) normalizeAt(factors, item * dimensions, dimensions);
  return factors;
}
