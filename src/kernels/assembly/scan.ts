// The scan of int8 rows in AssemblyScript, compiled to WebAssembly SIMD by scripts/build-wasm.js: exact integer dot products,
// and the best k of them in a heap whose root is the worst one kept. src/kernels/row-scan.ts says what it computes, and its
// twin in plain TypeScript gives the same bits. No memory of its own: the caller lays out what it imports.

/** Bytes of an entry of the heap: a float32 score, then a uint32 row. */
const ENTRY: usize = 8;

/**
 * Scans rows from … to − 1, best first by score, equal scores by lower row. Rows must come in ascending order over all calls
 * that fill one heap.
 * @param codes rows × stride int8, stride a multiple of 16
 * @param scales one float32 a row
 * @param query stride int16
 * @param heap room for `k` entries, `found` of which are there
 * @returns entries that are there now
 */
export function scan(
  codes: usize,
  scales: usize,
  stride: i32,
  from: i32,
  to: i32,
  query: usize,
  heap: usize,
  k: i32,
  found: i32,
): i32 {
  let row = codes + <usize>from * <usize>stride;
  for (let i = from; i < to; i++) {
    let sum = i32x4.splat(0);
    const end = row + <usize>stride;
    for (let q = query; row < end; row += 16, q += 32) {
      const eights = v128.load(row);
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(eights), v128.load(q)));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(eights), v128.load(q, 16)));
    }
    const dot =
      i32x4.extract_lane(sum, 0) +
      i32x4.extract_lane(sum, 1) +
      i32x4.extract_lane(sum, 2) +
      i32x4.extract_lane(sum, 3);
    const score = <f32>dot * load<f32>(scales + (<usize>i << 2));
    if (found < k) {
      place(heap, found++, score, i);
      if (found == k) for (let at = (k >> 1) - 1; at >= 0; at--) sift(heap, at, k);
    } else if (score > load<f32>(heap)) {
      place(heap, 0, score, i);
      sift(heap, 0, k);
    }
  }
  return found;
}

/** Puts the entries in order, best first. @param k room of the heap */
export function order(heap: usize, k: i32, found: i32): void {
  if (found < k) for (let at = (found >> 1) - 1; at >= 0; at--) sift(heap, at, found);
  for (let end = found - 1; end > 0; end--) {
    const worst = load<u64>(heap);
    const last = heap + <usize>end * ENTRY;
    store<u64>(heap, load<u64>(last));
    store<u64>(last, worst);
    sift(heap, 0, end);
  }
}

function place(heap: usize, at: i32, score: f32, row: i32): void {
  const entry = heap + <usize>at * ENTRY;
  store<f32>(entry, score);
  store<i32>(entry, row, 4);
}

function worse(a: usize, b: usize): bool {
  const x = load<f32>(a);
  const y = load<f32>(b);
  return x == y ? load<u32>(a, 4) > load<u32>(b, 4) : x < y;
}

function sift(heap: usize, from: i32, size: i32): void {
  let parent = from;
  for (;;) {
    let child = parent * 2 + 1;
    if (child >= size) return;
    if (child + 1 < size && worse(heap + <usize>(child + 1) * ENTRY, heap + <usize>child * ENTRY)) child++;
    const low = heap + <usize>child * ENTRY;
    const high = heap + <usize>parent * ENTRY;
    if (!worse(low, high)) return;
    const moved = load<u64>(high);
    store<u64>(high, load<u64>(low));
    store<u64>(low, moved);
    parent = child;
  }
}
