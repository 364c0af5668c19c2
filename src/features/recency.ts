// How long ago the visitor last touched this item, and last anything of its category: 1 / (1 + hours), so that just now is
// 1 and never is 0.
import { HashCounts } from "../kernels/hash-counts.ts";
import type { Feature } from "./feature.ts";

const HOUR_MS = 3_600_000;

export const recency: Feature = {
  name: "recency",
  version: 1,
  columns: ["recency.item", "recency.category"],
  stage: "first",
  cost: 20,
  fill({ candidates, evidence: { touched }, now }, out, offset, stride) {
    const items = new HashCounts(touched.count);
    const categories = new HashCounts(touched.count);
    // From the oldest to the newest: the last word stands.
    for (let i = touched.count - 1; i >= 0; i--) {
      const value = 1 / (1 + Math.max(0, now - (touched.at[i] as number)) / HOUR_MS);
      items.set(touched.hash[i] as number, value);
      const category = touched.category[i] as number;
      if (category !== 0) categories.set(category, value);
    }
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      out[at] = items.get(candidates.hash[row] as number);
      out[at + 1] = categories.get(candidates.category[row] as number);
    }
  },
};
