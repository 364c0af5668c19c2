// The k best of n scores without sorting all of them: a bounded binary heap whose root is the worst one kept.

/**
 * Indices of the `k` highest scores, best first; equal scores keep index order, NaN ranks below everything.
 * O(n log k), allocates only the result.
 */
export function topK(scores: Float32Array | Float64Array, k: number, count: number = scores.length): Uint32Array {
  const heap = new Uint32Array(Math.max(0, Math.min(k, count)));
  const worse = (a: number, b: number): boolean => {
    const x = scores[a] as number;
    const y = scores[b] as number;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return a > b;
    return Number.isNaN(x) || x < y;
  };
  const siftDown = (from: number, size: number): void => {
    let parent = from;
    const moved = heap[parent] as number;
    for (;;) {
      let child = parent * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && worse(heap[child + 1] as number, heap[child] as number)) child++;
      if (!worse(heap[child] as number, moved)) break;
      heap[parent] = heap[child] as number;
      parent = child;
    }
    heap[parent] = moved;
  };
  const size = heap.length;
  if (size === 0) return heap;
  for (let i = 0; i < size; i++) heap[i] = i;
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(i, size);
  // Most fail at the threshold: one comparison each. An equal score with a higher index is worse.
  let threshold = scores[heap[0] as number] as number;
  for (let i = size; i < count; i++) {
    const score = scores[i] as number;
    if (score > threshold || (Number.isNaN(threshold) && !Number.isNaN(score))) {
      heap[0] = i;
      siftDown(0, size);
      threshold = scores[heap[0] as number] as number;
    }
  }
  for (let end = size - 1; end > 0; end--) {
    const worst = heap[0] as number;
    heap[0] = heap[end] as number;
    heap[end] = worst;
    siftDown(0, end);
  }
  return heap;
}
