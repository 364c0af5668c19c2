// How close an item is to what the visitor touched: by behaviour vectors, by content vectors, by item-to-item
// neighbours, and by the visitor's own taste model.
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { SUPPORT, type Taste, tasteOf } from "./evidence.ts";
import type { Feature } from "./feature.ts";
import { rateWithoutOwn } from "./item-rate.ts";
import { logMeanRate, popularAppeal } from "./taste-model.ts";

export const vectorSimilarity: Feature = {
  name: "vector_similarity",
  version: 3,
  columns: ["vector_similarity.behaviour", "vector_similarity.content"],
  stage: "first",
  cost: 150,
  fill({ snapshot, candidates, evidence }, out, offset, stride) {
    const { behaviourTaste, contentTaste } = evidence;
    const { behaviour, content } = snapshot;
    // A loop each: the engine makes more of them than of one.
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const item = candidates.index[row] as number;
      out[at] = item < 0 ? 0 : behaviour.dot(behaviourTaste, item);
    }
    for (let row = 0, at = offset + 1; row < candidates.count; row++, at += stride) {
      const item = candidates.index[row] as number;
      out[at] = item < 0 ? 0 : content.dot(contentTaste, item);
    }
  },
};

/** What the visitor's own model of what they click says of an item; see taste-model.ts. */
export const tasteLift: Feature = {
  name: "taste_lift",
  version: 1,
  columns: ["taste_lift.lift", "taste_lift.for_popular"],
  stage: "first",
  cost: 100,
  fill({ snapshot, items, candidates, evidence }, out, offset, stride) {
    const { weights, popular } = evidence.tasteModel;
    const { vectors } = snapshot.taste;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const item = candidates.index[row] as number;
      out[at] = item < 0 ? 0 : vectors.dot(weights, item);
    }
    const logMean = logMeanRate(items);
    for (let row = 0, at = offset + 1; row < candidates.count; row++, at += stride) {
      out[at] = popular * popularAppeal(rateWithoutOwn(row, items, candidates, evidence), logMean);
    }
  },
};

/**
 * To what was touched in the running session or lately (see {@link Evidence.sessionTaste}), and to the items that the visitor
 * met most over months, by their decayed counters.
 */
export const tasteSimilarity: Feature = {
  name: "taste_similarity",
  version: 1,
  columns: [
    "taste_similarity.session_behaviour",
    "taste_similarity.long_term_behaviour",
    "taste_similarity.session_content",
    "taste_similarity.long_term_content",
  ],
  stage: "first",
  cost: 200,
  fill({ snapshot, candidates, evidence, view }, out, offset, stride) {
    const { behaviour, content } = snapshot;
    const session = evidence.sessionTaste;
    const longTerm = longTermTaste(view, snapshot);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const item = candidates.index[row] as number;
      if (item < 0) {
        out.fill(0, at, at + 4);
        continue;
      }
      behaviour.dotPair(session.behaviour, longTerm.behaviour, item, out, at);
      content.dotPair(session.content, longTerm.content, item, out, at + 2);
    }
  },
};

/** The mean of the items that the visitor met most over months. */
export function longTermTaste({ families }: VisitorView, snapshot: Snapshot): Taste {
  const { keys, month } = families.items;
  const indices: number[] = [];
  const weights: number[] = [];
  keys.forEach((hash, i) => {
    const index = snapshot.ids.indexOfHash(hash);
    if (index < 0) return;
    indices.push(index);
    weights.push(month[i] as number);
  });
  return tasteOf(indices, weights, snapshot);
}

/** Support by neighbours of touched items; see {@link Evidence.support}. */
export const neighbourSupport: Feature = {
  name: "neighbour_support",
  version: 1,
  columns: ["neighbour_support.sum", "neighbour_support.max"],
  stage: "first",
  cost: 20,
  fill({ candidates, evidence: { support } }, out, offset, stride) {
    const { numbers } = support;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      const known = index < 0 ? -1 : support.find(index);
      out[at] = known < 0 ? 0 : (numbers[known + SUPPORT.sum] as number);
      out[at + 1] = known < 0 ? 0 : (numbers[known + SUPPORT.max] as number);
    }
  },
};
