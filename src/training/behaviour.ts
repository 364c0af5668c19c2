// What visitors' behaviour says about items: vectors, neighbours and popularity, from what they clicked, viewed, put in
// the cart and bought.
import { normalizeAt } from "../kernels/vectors.ts";
import type { Catalogue } from "./catalogue.ts";
import { covisitation, type Interaction, type Neighbours } from "./covisitation.ts";
import { type FitItemVectors, fitItemVectors } from "./item-vectors.ts";
import type { VisitorHistory } from "./visitors.ts";

/** How much an event says about the visitor's interest in its items. */
const WEIGHT_OF_TYPE: Readonly<Record<string, number>> = {
  view_item: 0.5,
  select_item: 1,
  add_to_cart: 2,
  purchase: 3,
};

export interface BehaviourOptions {
  readonly dimensions: number;
  /** Neighbours an item. */
  readonly neighbours: number;
  readonly seed: number;
  /** How vectors are learned; `fitItemVectors` by default. */
  readonly fitVectors?: FitItemVectors;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface BehaviourModels {
  /** items × dimensions, rows of length 1; 0 for an item that nobody touched. */
  readonly vectors: Float32Array;
  readonly neighbours: Neighbours;
  /** Share of all clicks; of all interactions where the log has no clicks. 0 for all without any. */
  readonly popularity: Float32Array;
}

/** Equal input gives equal output to the bit. */
export function fitBehaviour(
  visitors: readonly VisitorHistory[],
  catalogue: Catalogue,
  options: BehaviourOptions,
): BehaviourModels {
  const { dimensions, neighbours, seed, fitVectors = fitItemVectors, onProgress } = options;
  const interactions = visitors.map((visitor) => interactionsOf(visitor, catalogue));
  const items = catalogue.ids.length;
  const vectors = fitVectors(interactions, { items, dimensions, seed, ...(onProgress ? { onProgress } : {}) });
  for (let item = 0; item < items; item++) normalizeAt(vectors, item * dimensions, dimensions);
  return {
    vectors,
    neighbours: covisitation(interactions, { items, k: neighbours }),
    popularity: popularityOf(visitors, interactions, catalogue),
  };
}

function interactionsOf({ events }: VisitorHistory, { indexOf }: Catalogue): Interaction[] {
  return events.flatMap(({ type, ts, items = [] }) => {
    const weight = WEIGHT_OF_TYPE[type];
    if (weight === undefined) return [];
    return items.map(({ id }): Interaction => ({ item: indexOf.get(id) as number, atMs: ts, weight }));
  });
}

function popularityOf(
  visitors: readonly VisitorHistory[],
  interactions: readonly (readonly Interaction[])[],
  { indexOf, ids }: Catalogue,
): Float32Array {
  const counts = new Float64Array(ids.length);
  let total = 0;
  const count = (item: number, weight: number): void => {
    counts[item] = (counts[item] as number) + weight;
    total += weight;
  };
  for (const { events } of visitors) {
    for (const { type, items = [] } of events) {
      if (type === "select_item") for (const { id } of items) count(indexOf.get(id) as number, 1);
    }
  }
  if (total === 0) for (const visitor of interactions) for (const { item, weight } of visitor) count(item, weight);
  return Float32Array.from(counts, (value) => (total === 0 ? 0 : value / total));
}
