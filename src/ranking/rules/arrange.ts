// Puts the scored rows of one placement in the order in which they are shown: by score, made diverse, within the caps, pins at
// their places. Everything is said by numbers a row, so that the same code serves on every rung of the ladder.
import { holdsLast } from "../../kernels/held-shapes.ts";
import { topK } from "../../kernels/top-k.ts";
import { diversify } from "./diversity.ts";
import type { PlacementRules } from "./rule-schema.ts";

/** Rows of a better standing always come first; within one, scores decide. */
export const STANDING = { ranked: 0, pruned: 1, frequency: 2, unavailable: 3 } as const;

export interface Arrangement {
  /** Boosts included; finite. One a row. */
  readonly scores: Float64Array;
  /** Of STANDING. */
  readonly standing: Uint8Array;
  /** nameHash; 0 is not capped. */
  readonly category: Uint32Array;
  readonly brand: Uint32Array;
  readonly rules: Pick<PlacementRules, "caps" | "diversity">;
  /** Rows that have a fixed place, by rising place, both without repeats. */
  readonly pins: readonly { readonly row: number; readonly position: number }[];
  readonly similarity: (a: number, b: number) => number;
  /** At most this many are shown. */
  readonly count: number;
  /** Whether what is beyond a cap, shown often enough or not available comes last, in this order, instead of not at all. */
  readonly keepAll: boolean;
}

export interface Arranged {
  /** Rows as they are shown. */
  readonly rows: readonly number[];
  /** Rows that a cap kept back. */
  readonly capped: readonly number[];
  /** Row → its place by score alone and its place after diversity, where they differ. */
  readonly moved: ReadonlyMap<number, { readonly from: number; readonly to: number }>;
}

/** Diversity looks at the top of the list only: twice what is shown, within these. */
const LEAST_DIVERSE = 50;
const MOST_DIVERSE = 100;

export function arrange(arrangement: Arrangement): Arranged {
  const { scores, rules, pins, count, keepAll } = arrangement;
  const pinned = new Set(pins.map(({ row }) => row));
  const size = Math.min(count, scores.length);
  // Those far behind are put in order only where caps keep back too many of the others.
  const first = keepAll ? null : best(arrangement, pinned, rules.diversity === undefined ? 2 * size : MOST_DIVERSE);
  if (first !== null) {
    const arranged = inPlaces(arrangement, first);
    if (arranged.rows.length === size) return arranged;
  }
  return inPlaces(arrangement, inOrder(arrangement, pinned));
}

const hold = holdsLast();

/** @param order rows without a fixed place, best first */
function inPlaces(arrangement: Arrangement, order: Int32Array): Arranged {
  const { scores, standing, pins, count, keepAll } = arrangement;
  const caps = new Caps(arrangement);
  for (const { row } of pins) caps.note(row);
  const moved = diverse(arrangement, order);
  const size = Math.min(count, scores.length);
  const free: number[] = [];
  const capped: number[] = [];
  const behind: number[] = [];
  for (const row of order) {
    if (free.length >= size) break;
    if ((standing[row] as number) >= STANDING.frequency) behind.push(row);
    else (caps.admits(row) ? free : capped).push(row);
  }
  hold(caps, arrangement);
  if (keepAll) free.push(...capped, ...behind);
  return { rows: withPins(pins, free, size), capped, moved };
}

/** The pins at their places, the others around them; at most `size`. */
function withPins(pins: Arrangement["pins"], free: readonly number[], size: number): number[] {
  const rows: number[] = [];
  for (let pin = 0, at = 0; rows.length < size; ) {
    const next = pins[pin];
    if (next !== undefined && (next.position <= rows.length || at === free.length)) {
      rows.push(next.row);
      pin++;
    } else if (at === free.length) break;
    else rows.push(free[at++] as number);
  }
  return rows;
}

/** The first `k` of the order below, where so many rows are of the best standing; else null. */
function best({ scores, standing }: Arrangement, pinned: ReadonlySet<number>, k: number): Int32Array | null {
  if (pinned.size > 0 || k >= scores.length) return null;
  for (let row = 0; row < standing.length; row++) if (standing[row] !== STANDING.ranked) return null;
  return Int32Array.from(topK(scores, k));
}

/** Rows without a fixed place by standing, by falling score, of equal ones the first. */
function inOrder({ scores, standing }: Arrangement, pinned: ReadonlySet<number>): Int32Array {
  const byScore = topK(scores, scores.length);
  const order = new Int32Array(scores.length - pinned.size);
  let at = 0;
  for (const wanted of Object.values(STANDING)) {
    for (let i = 0; i < byScore.length; i++) {
      const row = byScore[i] as number;
      if (standing[row] === wanted && !pinned.has(row)) order[at++] = row;
    }
  }
  return order;
}

function diverse({ scores, standing, rules, similarity, count }: Arrangement, order: Int32Array): Arranged["moved"] {
  const moved = new Map<number, { from: number; to: number }>();
  if (rules.diversity === undefined) return moved;
  let size = Math.min(Math.max(2 * count, LEAST_DIVERSE), MOST_DIVERSE, order.length);
  while (size > 0 && standing[order[size - 1] as number] !== STANDING.ranked) size--;
  const before = order.slice(0, size);
  diversify(order, size, scores, rules.diversity.lambda, similarity);
  const places = new Map(Array.from(before, (row, place) => [row, place]));
  for (let to = 0; to < size; to++) {
    const row = order[to] as number;
    const from = places.get(row) as number;
    if (from !== to) moved.set(row, { from, to });
  }
  return moved;
}

class Caps {
  readonly #caps: readonly { readonly of: Uint32Array; readonly max: number; readonly counts: Map<number, number> }[];

  constructor({ rules: { caps = {} }, category, brand }: Arrangement) {
    this.#caps = [
      { of: category, max: caps.category },
      { of: brand, max: caps.brand },
    ].flatMap(({ of, max }) => (max === undefined ? [] : { of, max, counts: new Map<number, number>() }));
  }

  /** Whether there is room for the row; notes it if there is. */
  admits(row: number): boolean {
    const full = this.#caps.some(({ of, max, counts }) => {
      const name = of[row] as number;
      return name !== 0 && (counts.get(name) ?? 0) >= max;
    });
    if (!full) this.note(row);
    return !full;
  }

  note(row: number): void {
    for (const { of, counts } of this.#caps) {
      const name = of[row] as number;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
}
