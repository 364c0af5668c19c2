// Taste vectors: items such that a visitor's clicks, beyond what everyone clicks, are explained by a few numbers of the
// visitor. A factor analysis of the residuals (Rubin and Thayer 1982, with gaps and unequal noise) for the very Newton step
// that serves (src/features/taste-model.ts): visitors' weights are standard normal; an item's vector is normal around a
// linear image of its design (content, numbers), so that a new item has one too (regression-based latent factors; Agarwal
// and Chen 2009). Expectation maximization, stopped by visitors held out.
import { createRandom } from "../kernels/random.ts";
import type { Catalogue } from "./catalogue.ts";
import { FactorAnalysis } from "./factor-analysis.ts";
import type { ItemDesign } from "./item-design.ts";
import { tasteObservations } from "./taste-observations.ts";
import type { VisitorHistory } from "./visitors.ts";

export interface TasteVectors {
  readonly dimensions: number;
  /** items × dimensions; 0 for all where visitors' clicks did not bear out any. */
  readonly vectors: Float32Array;
  /** Prior variance of a visitor's taste for the popular, and of how much a visitor clicks at all. */
  readonly popularVariance: number;
  readonly activityVariance: number;
}

export interface TasteVectorsOptions {
  readonly dimensions: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

const ROUNDS = 30;
/** Rounds without a better fit to the visitors held out, after which it stops. */
const PATIENCE = 3;
/** With fewer visitors who were shown something there is nothing to learn. */
const FEWEST_VISITORS = 20;
const MOST_VISITORS = 20_000;

/** Equal input gives equal output to the bit. @param design of the catalogue's items */
export function fitTasteVectors(
  visitors: readonly VisitorHistory[],
  catalogue: Catalogue,
  design: ItemDesign,
  { dimensions, seed, onProgress }: TasteVectorsOptions,
): TasteVectors {
  const observations = tasteObservations(visitors, catalogue, MOST_VISITORS);
  const nothing = new Float32Array(catalogue.ids.length * dimensions);
  let best: { readonly fit: number } & Omit<TasteVectors, "dimensions"> = {
    fit: 0,
    vectors: nothing,
    popularVariance: 0.5,
    activityVariance: 0.5,
  };
  if (observations.visitors >= FEWEST_VISITORS) {
    const model = new FactorAnalysis(observations, design, dimensions, createRandom(seed));
    for (let round = 0, since = 0; round < ROUNDS && since < PATIENCE; round++) {
      const fit = model.expect();
      since = fit > best.fit ? 0 : since + 1;
      if (fit > best.fit) best = { fit, ...model.result() };
      model.maximize();
      onProgress?.(round + 1, ROUNDS);
    }
  }
  onProgress?.(ROUNDS, ROUNDS);
  const { vectors, popularVariance, activityVariance } = best;
  return { dimensions, vectors, popularVariance, activityVariance };
}
