// The candidate and what lies in the cart: the item itself, and how much of the cart is of its category.
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Feature } from "./feature.ts";

export const cart: Feature = {
  name: "cart",
  version: 1,
  columns: ["cart.item", "cart.category_share"],
  stage: "first",
  cost: 40,
  fill({ candidates, view, snapshot }, out, offset, stride) {
    const items = cartItems(view);
    const categories = cartCategories(view, snapshot);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      out[at] = items.has(candidates.hash[row] as number) ? 1 : 0;
      out[at + 1] = categories.get(candidates.category[row] as number) ?? 0;
    }
  },
};

/** hash32 of the ids in the cart. */
export function cartItems({ cart }: VisitorView): Set<number> {
  return new Set(cart.map(({ item }) => item));
}

/** Category → share of the cart's lines; lines whose item the snapshot does not know have none. */
function cartCategories({ cart }: VisitorView, snapshot: Snapshot): Map<number, number> {
  const shares = new Map<number, number>();
  for (const { item } of cart) {
    const index = snapshot.indexOfHash.get(item);
    const category = index === undefined ? 0 : (snapshot.categoryHash[index] as number);
    if (category !== 0) shares.set(category, (shares.get(category) ?? 0) + 1 / cart.length);
  }
  return shares;
}
