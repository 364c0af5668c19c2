// The candidate and what lies in the cart: the item itself, and how much of the cart is of its category.
import { HashCounts } from "../kernels/hash-counts.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Feature } from "./feature.ts";

export const cart: Feature = {
  name: "cart",
  version: 1,
  columns: ["cart.item", "cart.category_share"],
  stage: "first",
  cost: 20,
  fill({ candidates, view, snapshot }, out, offset, stride) {
    const items = cartItems(view);
    const categories = cartCategories(view, snapshot);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      out[at] = items.get(candidates.hash[row] as number);
      out[at + 1] = categories.get(candidates.category[row] as number);
    }
  },
};

/** hash32 of the ids in the cart → 1. */
export function cartItems({ cart }: VisitorView): HashCounts {
  const items = new HashCounts(cart.length);
  for (const { item } of cart) items.set(item, 1);
  return items;
}

/** Category → share of the cart's lines; lines whose item the snapshot does not know have none. */
function cartCategories({ cart }: VisitorView, snapshot: Snapshot): HashCounts {
  const shares = new HashCounts(cart.length);
  for (const { item } of cart) {
    const index = snapshot.ids.indexOfHash(item);
    const category = index < 0 ? 0 : snapshot.category.hashAt(index);
    if (category !== 0) shares.add(category, 1 / cart.length);
  }
  return shares;
}
