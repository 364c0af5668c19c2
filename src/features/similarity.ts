// How close an item is to what the visitor touched: by behaviour vectors, by content vectors, by item-to-item
// neighbours, and by the visitor's own taste model.
import { dotAt } from "../kernels/vectors.ts";
import type { Feature } from "./feature.ts";

export const vectorSimilarity: Feature = {
  name: "vector_similarity",
  version: 1,
  columns: ["vector_similarity.behaviour", "vector_similarity.content", "vector_similarity.taste_lift"],
  fill({ snapshot, candidates, evidence }, out, offset, stride) {
    const { vectorDimensions, contentDimensions } = snapshot.manifest;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      if (index < 0) {
        out.fill(0, at, at + 3);
        continue;
      }
      const behaviour = index * vectorDimensions;
      const content = index * contentDimensions;
      out[at] = dotAt(evidence.behaviourTaste, 0, snapshot.vectors, behaviour, vectorDimensions);
      out[at + 1] = dotAt(evidence.contentTaste, 0, snapshot.content, content, contentDimensions);
      out[at + 2] = dotAt(evidence.tasteModel, 0, snapshot.content, content, contentDimensions);
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
