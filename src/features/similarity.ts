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

/** Support by neighbours of touched items, newer touches counting more: weight / (1 + rank of the touch). */
export const neighbourSupport: Feature = {
  name: "neighbour_support",
  version: 1,
  columns: ["neighbour_support.sum", "neighbour_support.max"],
  fill({ snapshot, candidates, evidence }, out, offset, stride) {
    const k = snapshot.manifest.neighbours;
    const { touchedIndex, touchedWeight } = evidence;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      let sum = 0;
      let max = 0;
      for (let rank = 0; index >= 0 && rank < touchedIndex.length; rank++) {
        const from = (touchedIndex[rank] as number) * k;
        for (let n = from; n < from + k; n++) {
          if (snapshot.neighbourIds[n] !== index) continue;
          const support =
            ((snapshot.neighbourWeights[n] as number) * (touchedWeight[rank] as number)) / (1 + rank * 0.2);
          sum += support;
          if (support > max) max = support;
          break;
        }
      }
      out[at] = sum;
      out[at + 1] = max;
    }
  },
};
