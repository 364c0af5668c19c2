// How good a ranking of one list is, given what was relevant. Everywhere: a higher score ranks first, and equal scores keep
// the order in which the candidates were given, so a model that cannot tell them apart is credited with that order only.

/** Candidate indices, best score first; ties by lower index, NaN last. */
export function rankingOf(scores: ArrayLike<number>): Uint32Array {
  const key = (index: number): number => {
    const score = scores[index] as number;
    return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
  };
  const order = Uint32Array.from({ length: scores.length }, (_, index) => index);
  return order.sort((a, b) => (key(a) === key(b) ? a - b : key(b) - key(a)));
}

/**
 * Normalized discounted cumulative gain of the first k (Järvelin and Kekäläinen 2002), gain 2^relevance − 1 (Burges et
 * al. 2005; for clicks, 0 or 1, the relevance itself), discount 1 / log2(rank + 1).
 * @param relevance by candidate index, from 0
 * @param ranking candidate indices, best first; may stop early
 * @returns in [0, 1]; 0 for a list without anything relevant, which the caller may want to leave out of a mean
 */
export function ndcgAt(relevance: ArrayLike<number>, ranking: ArrayLike<number>, k: number): number {
  const ideal = Float64Array.from(relevance).sort().reverse();
  const best = discountedGain(ideal, ideal.length, k);
  if (best === 0) return 0;
  const found = Float64Array.from(ranking, (index) => relevance[index] as number);
  return discountedGain(found, found.length, k) / best;
}

function discountedGain(relevance: Float64Array, length: number, k: number): number {
  let sum = 0;
  for (let rank = 0; rank < Math.min(k, length); rank++) {
    sum += (2 ** (relevance[rank] as number) - 1) / Math.log2(rank + 2);
  }
  return sum;
}

/** 1 / rank of the first relevant candidate (from 1) if that is among the first k, else 0. Its mean is the MRR@k. */
export function reciprocalRankAt(relevance: ArrayLike<number>, ranking: ArrayLike<number>, k = ranking.length): number {
  for (let rank = 0; rank < Math.min(k, ranking.length); rank++) {
    if ((relevance[ranking[rank] as number] as number) > 0) return 1 / (rank + 1);
  }
  return 0;
}

/** 1 if any of the first k candidates is relevant, else 0. Its mean is the HR@k. */
export function hitAt(relevance: ArrayLike<number>, ranking: ArrayLike<number>, k: number): number {
  return reciprocalRankAt(relevance, ranking, k) > 0 ? 1 : 0;
}
