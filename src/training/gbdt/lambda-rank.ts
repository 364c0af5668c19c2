// LambdaMART's gradients: each pair of a list of which one is more relevant pulls its scores apart, as strongly as the NDCG
// would change if the two changed places (Burges, "From RankNet to LambdaRank to LambdaMART: an overview", 2010). Pulls are
// damped by how far apart the scores are and evened out between lists, as LightGBM does: it keeps a few lists with many
// pairs from deciding.
import { exp, log, pow } from "../../kernels/elementary.ts";
import type { Objective, RankedLists } from "./objective.ts";

export interface LambdaRankOptions {
  /** Only pairs of which one is among the first so many count; 30 by default. */
  readonly truncation?: number;
}

export function lambdaRank({ groups, labels }: RankedLists, options: LambdaRankOptions = {}): Objective {
  const { truncation = 30 } = options;
  const rows = labels.length;
  const lists = groups.length - 1;
  const longest = longestList(groups);
  const discount = Float64Array.from({ length: longest }, (_, rank) => Math.LN2 / log(rank + 2));
  const gain = Float64Array.from(labels, (label) => pow(2, label) - 1);
  const inverseIdeal = Float64Array.from({ length: lists }, (_, list) => {
    const own = gain
      .slice(groups[list], groups[list + 1])
      .sort()
      .reverse()
      .subarray(0, truncation);
    const ideal = own.reduce((sum, each, rank) => sum + each * (discount[rank] as number), 0);
    return ideal > 0 ? 1 / ideal : 0;
  });
  // The order of each list under the last scores: sorting it again is quick, since a tree moves little.
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  const odds = new Float64Array(longest);
  const g = new Float64Array(longest);
  const h = new Float64Array(longest);

  return (scores, gradient, hessian) => {
    for (let list = 0; list < lists; list++) {
      const from = groups[list] as number;
      const to = groups[list + 1] as number;
      const count = to - from;
      const scale = inverseIdeal[list] as number;
      if (scale === 0) {
        gradient.fill(0, from, to);
        hessian.fill(0, from, to);
        continue;
      }
      sortByScore(order, from, to, scores);
      const top = scores[order[from] as number] as number;
      const bottom = scores[order[to - 1] as number] as number;
      for (let rank = 0; rank < count; rank++) {
        odds[rank] = Math.max(1e-200, exp((scores[order[from + rank] as number] as number) - top));
      }
      g.fill(0, 0, count);
      h.fill(0, 0, count);
      let total = 0;
      for (let i = 0, end = Math.min(truncation, count - 1); i < end; i++) {
        const upper = order[from + i] as number;
        const upperGain = gain[upper] as number;
        for (let j = i + 1; j < count; j++) {
          const lower = order[from + j] as number;
          const difference = upperGain - (gain[lower] as number);
          if (difference === 0) continue;
          let weight = Math.abs(difference) * ((discount[i] as number) - (discount[j] as number)) * scale;
          if (top !== bottom) weight /= 0.01 + (scores[upper] as number) - (scores[lower] as number);
          const [good, bad] = difference > 0 ? [i, j] : [j, i];
          // The chance that the pair stands the wrong way round: a logistic function of the difference of scores.
          const wrong = (odds[bad] as number) / ((odds[good] as number) + (odds[bad] as number));
          const pull = weight * wrong;
          const bend = pull * (1 - wrong);
          g[good] = (g[good] as number) - pull;
          g[bad] = (g[bad] as number) + pull;
          h[good] = (h[good] as number) + bend;
          h[bad] = (h[bad] as number) + bend;
          total += 2 * pull;
        }
      }
      const even = total > 0 ? log(1 + total) / (Math.LN2 * total) : 0;
      for (let rank = 0; rank < count; rank++) {
        const row = order[from + rank] as number;
        gradient[row] = (g[rank] as number) * even;
        hessian[row] = (h[rank] as number) * even;
      }
    }
  };
}

export function longestList(groups: Uint32Array): number {
  let longest = 0;
  for (let list = 0; list + 1 < groups.length; list++) {
    longest = Math.max(longest, (groups[list + 1] as number) - (groups[list] as number));
  }
  return longest;
}

/** Insertion sort, best first; equal scores keep their order. */
function sortByScore(order: Uint32Array, from: number, to: number, scores: Float64Array): void {
  for (let i = from + 1; i < to; i++) {
    const row = order[i] as number;
    const score = scores[row] as number;
    let at = i;
    for (; at > from && (scores[order[at - 1] as number] as number) < score; at--) order[at] = order[at - 1] as number;
    order[at] = row;
  }
}
