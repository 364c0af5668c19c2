// A set of sequence numbers as sorted, disjoint, inclusive ranges: which rows of a source the log already holds. Rows
// come almost always in order, so there is almost always one range; the queue may turn them round, so there may be more.

/** Flat list: from, to, from, to, … */
export type Ranges = readonly number[];

/** The parts of [from, to] that are not in `ranges`, as a flat list of the same form. */
export function missing(ranges: Ranges, from: number, to: number): number[] {
  const gaps: number[] = [];
  let next = from;
  for (let i = 0; i < ranges.length && next <= to; i += 2) {
    const start = ranges[i] as number;
    const end = ranges[i + 1] as number;
    if (end < next) continue;
    if (start > to) break;
    if (start > next) gaps.push(next, start - 1);
    next = end + 1;
  }
  if (next <= to) gaps.push(next, to);
  return gaps;
}

/** `ranges` with [from, to] added. */
export function withRange(ranges: Ranges, from: number, to: number): number[] {
  const merged: number[] = [];
  let start = from;
  let end = to;
  let placed = false;
  for (let i = 0; i < ranges.length; i += 2) {
    const a = ranges[i] as number;
    const b = ranges[i + 1] as number;
    if (b < start - 1) merged.push(a, b);
    else if (a > end + 1) {
      if (!placed) merged.push(start, end);
      placed = true;
      merged.push(a, b);
    } else {
      start = Math.min(start, a);
      end = Math.max(end, b);
    }
  }
  if (!placed) merged.push(start, end);
  return merged;
}

/** The highest n such that 1…n are all in `ranges`. */
export function contiguousFromOne(ranges: Ranges): number {
  return ranges[0] === 1 ? (ranges[1] as number) : 0;
}
