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
  const step = <usize>stride;
  let row = codes + <usize>from * step;
  let i = from;
  // Four rows at a time: the query is loaded once for them, and their sums are added across together.
  for (; i + 3 < to; i += 4, row += 4 * step) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let at = row, end = row + step, q = query; at < end; at += 16, q += 32) {
      const low = v128.load(q);
      const high = v128.load(q, 16);
      a = i32x4.add(a, sixteen(at, low, high));
      b = i32x4.add(b, sixteen(at + step, low, high));
      c = i32x4.add(c, sixteen(at + 2 * step, low, high));
      d = i32x4.add(d, sixteen(at + 3 * step, low, high));
    }
    const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
    const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
    const dots = i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
    const scores = f32x4.mul(f32x4.convert_i32x4_s(dots), v128.load(scales + (<usize>i << 2)));
    if (found == k && !v128.any_true(f32x4.gt(scores, f32x4.splat(load<f32>(heap))))) continue;
    found = offer(heap, k, found, f32x4.extract_lane(scores, 0), i);
    found = offer(heap, k, found, f32x4.extract_lane(scores, 1), i + 1);
    found = offer(heap, k, found, f32x4.extract_lane(scores, 2), i + 2);
    found = offer(heap, k, found, f32x4.extract_lane(scores, 3), i + 3);
  }
  for (; i < to; i++, row += step) {
    let sum = i32x4.splat(0);
    for (let at = row, end = row + step, q = query; at < end; at += 16, q += 32) {
      sum = i32x4.add(sum, sixteen(at, v128.load(q), v128.load(q, 16)));
    }
    const dot =
      i32x4.extract_lane(sum, 0) +
      i32x4.extract_lane(sum, 1) +
      i32x4.extract_lane(sum, 2) +
      i32x4.extract_lane(sum, 3);
    found = offer(heap, k, found, <f32>dot * load<f32>(scales + (<usize>i << 2)), i);
  }
  return found;
}

/** Products of sixteen codes with as many of the query, as four sums. */
function sixteen(row: usize, low: v128, high: v128): v128 {
  // Widened as they are loaded: one instruction for what otherwise takes three.
  return i32x4.add(
    i32x4.dot_i16x8_s(v128.load_ext<i8>(row), low),
    i32x4.dot_i16x8_s(v128.load_ext<i8>(row, 8), high),
  );
}

/** Takes a row into the heap if it belongs there. @returns entries that are there now */
function offer(heap: usize, k: i32, found: i32, score: f32, row: i32): i32 {
  if (found < k) {
    place(heap, found++, score, row);
    if (found == k) for (let at = (k >> 1) - 1; at >= 0; at--) sift(heap, at, k);
  } else if (score > load<f32>(heap)) {
    place(heap, 0, score, row);
    sift(heap, 0, k);
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
