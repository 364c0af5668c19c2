// Diversity by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each next item is the one with the highest
// λ × relevance − (1 − λ) × similarity to the most similar one before it.

/**
 * Reorders the first `count` of `order` in place.
 * @param scores by row; made comparable with similarities by spreading those of the reordered rows over 0 … 1
 * @param similarity of two rows, 1 for the same
 */
export function diversify(
  order: Int32Array,
  count: number,
  scores: Float64Array,
  lambda: number,
  similarity: (a: number, b: number) => number,
): void {
  const size = Math.min(count, order.length);
  if (size < 2 || lambda >= 1) return;
  const left = Array.from(order.subarray(0, size));
  const highest = scores[left[0] as number] as number;
  const lowest = left.reduce((least, row) => Math.min(least, scores[row] as number), highest);
  const spread = highest - lowest;
  const relevance = left.map((row) => (spread > 0 ? ((scores[row] as number) - lowest) / spread : 1));
  const nearest = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  for (let place = 0; place < size; place++) {
    let best = -1;
    let value = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) {
      if (left[i] === -1) continue;
      const worth = lambda * (relevance[i] as number) - (place === 0 ? 0 : (1 - lambda) * (nearest[i] as number));
      if (best >= 0 && worth <= value) continue;
      best = i;
      value = worth;
    }
    const chosen = left[best] as number;
    order[place] = chosen;
    left[best] = -1;
    for (let i = 0; i < size; i++) {
      if (left[i] !== -1) nearest[i] = Math.max(nearest[i] as number, similarity(chosen, left[i] as number));
    }
  }
}
