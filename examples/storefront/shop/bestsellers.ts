// What the shop shows to whom it does not know: what sells, by a score that never changes.

import { hash32 } from "../../../src/kernels/hash.ts";
import { PRODUCTS, type Product } from "../catalogue/products.ts";

const RANKED: readonly Product[] = PRODUCTS.filter(({ available }) => available).toSorted(
  (a, b) => hash32(a.id, 7) - hash32(b.id, 7),
);

/** Best first; of a category, or of the whole shop with its categories taking turns. */
export function bestsellers(
  count: number,
  options: { category?: string; without?: readonly string[] } = {},
): Product[] {
  const { category, without = [] } = options;
  const left = RANKED.filter(({ id }) => !without.includes(id));
  if (category !== undefined) return left.filter((product) => product.category === category).slice(0, count);
  const taken = new Map<string, number>();
  const turn = new Map<Product, number>();
  for (const product of left) {
    const turns = taken.get(product.category) ?? 0;
    taken.set(product.category, turns + 1);
    turn.set(product, turns);
  }
  return left.toSorted((a, b) => (turn.get(a) as number) - (turn.get(b) as number)).slice(0, count);
}

/** All of a category, best first. */
export function rankOf(product: Product): number {
  return RANKED.indexOf(product);
}
