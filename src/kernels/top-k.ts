// The k best of n scores without sorting all of them: a bounded binary heap whose root is the worst one kept.

/**
 * Indices of the `k` highest scores, best first; equal scores keep index order, NaN ranks below everything.
 * O(n log k), allocates only the result.
 * @param keys one a score, all different: equal scores are in the order of these instead
 */
export function topK(
  scores: Float32Array | Float64Array,
  k: number,
  count: number = scores.length,
  keys: Int32Array | null = null,
): Uint32Array {
  const size = Math.max(0, Math.min(k, count));
  const heap = new Uint32Array(size);
  if (size === 0) return heap;
  for (let i = 0; i < size; i++) heap[i] = i;
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(heap, i, size, scores, keys);
  for (let i = size, worst = heap[0] as number; i < count; i++) {
    // Most fail here: one comparison each.
    if ((scores[i] as number) < (scores[worst] as number) || !isWorse(worst, i, scores, keys)) continue;
    heap[0] = i;
    siftDown(heap, 0, size, scores, keys);
    worst = heap[0] as number;
  }
  for (let end = size - 1; end > 0; end--) {
    const worst = heap[0] as number;
    heap[0] = heap[end] as number;
    heap[end] = worst;
    siftDown(heap, 0, end, scores, keys);
  }
  return heap;
}

function isWorse(a: number, b: number, scores: Float32Array | Float64Array, keys: Int32Array | null): boolean {
  const x = scores[a] as number;
  const y = scores[b] as number;
  if (x < y) return true;
  if (x > y) return false;
  if (x !== y && Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x);
  return keys === null ? a > b : (keys[a] as number) > (keys[b] as number);
}

function siftDown(
  heap: Uint32Array,
  from: number,
  size: number,
  scores: Float32Array | Float64Array,
  keys: Int32Array | null,
): void {
  let parent = from;
  const moved = heap[parent] as number;
  for (;;) {
    let child = parent * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && isWorse(heap[child + 1] as number, heap[child] as number, scores, keys)) child++;
    if (!isWorse(heap[child] as number, moved, scores, keys)) break;
    heap[parent] = heap[child] as number;
    parent = child;
  }
  heap[parent] = moved;
}
