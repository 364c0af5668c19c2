// How close an item is to what the visitor touched: by behaviour vectors, by content vectors, by item-to-item
// neighbours, and by the visitor's own taste model.
import { dotAt } from "../kernels/vectors.ts";
import type { Feature } from "./feature.ts";
import { rateWithoutOwn } from "./item-rate.ts";
import { popularAppeal } from "./taste-model.ts";

export const vectorSimilarity: Feature = {
  name: "vector_similarity",
  version: 2,
  columns: [
    "vector_similarity.behaviour",
    "vector_similarity.content",
    "vector_similarity.taste_lift",
    "vector_similarity.taste_for_popular",
  ],
  fill({ snapshot, items, candidates, evidence }, out, offset, stride) {
    const { vectorDimensions, contentDimensions } = snapshot.manifest;
    const { behaviourTaste, contentTaste, tasteModel } = evidence;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      const behaviour = index * vectorDimensions;
      const content = index * contentDimensions;
      const known = index >= 0;
      out[at] = known ? dotAt(behaviourTaste, 0, snapshot.vectors, behaviour, vectorDimensions) : 0;
      out[at + 1] = known ? dotAt(contentTaste, 0, snapshot.content, content, contentDimensions) : 0;
      out[at + 2] = known ? dotAt(tasteModel.content, 0, snapshot.content, content, contentDimensions) : 0;
      out[at + 3] = tasteModel.popular * popularAppeal(rateWithoutOwn(row, items, candidates, evidence), items);
    }
  },
};

/** Support by neighbours of touched items; see {@link Evidence.supportSum}. */
export const neighbourSupport: Feature = {
  name: "neighbour_support",
  version: 1,
  columns: ["neighbour_support.sum", "neighbour_support.max"],
  fill({ candidates, evidence }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      out[at] = evidence.supportSum.get(index) ?? 0;
      out[at + 1] = evidence.supportMax.get(index) ?? 0;
    }
  },
};
