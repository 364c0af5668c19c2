// What the batch layer learned of the visitor's long-term preferences, where it concerns the candidate: the share of its
// category, and of its brand.
import type { Feature } from "./feature.ts";
import { candidateNames, itemNames } from "./item-fields.ts";

const NOTHING: ReadonlyMap<number, number> = new Map();

export const batchPreferences: Feature = {
  name: "batch_preferences",
  version: 1,
  columns: ["batch_preferences.category", "batch_preferences.brand"],
  stage: "first",
  cost: 20,
  requires: [{ kind: "name", field: "brand" }],
  fill(input, out, offset, stride) {
    const { candidates, view } = input;
    const { categories, brands } = view.batch ?? { categories: NOTHING, brands: NOTHING };
    const brandOf = candidateNames(input, "brand", itemNames(input, "brand", "name"));
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const category = candidates.category[row] as number;
      const brand = brandOf[row] as number;
      out[at] = category === 0 ? 0 : share(categories, category);
      out[at + 1] = brand === 0 ? 0 : share(brands, brand);
    }
  },
};

function share(shares: ReadonlyMap<number, number>, value: number): number {
  const found = shares.get(value);
  return found !== undefined && found > 0 ? Math.min(1, found) : 0;
}
