// The placements of all items of a table: one chain of rows an item in parallel typed arrays, with a list of free rows.
import type { PlacementCounts } from "./placement-counts.ts";

const NONE = -1;
/** Placements whose sums are kept up to date: those that were asked for. Clients choose names, so there may be any number. */
const MAX_SUMS = 256;

export class PlacementColumns {
  hash = new Uint32Array(16);
  impressions = new Uint32Array(16);
  clicks = new Uint32Array(16);
  recentImpressions = new Float32Array(16);
  recentClicks = new Float32Array(16);
  #next = new Int32Array(16);
  /** Slot → its first row. */
  #first = new Int32Array(16).fill(NONE);
  #free = NONE;
  #used = 0;
  /** Hash → impressions and clicks of all items; the one that is kept longest stands first. */
  readonly #sums = new Map<number, { impressions: number; clicks: number }>();

  /** The row of an item in a placement, or −1. */
  rowOf(slot: number, hash: number): number {
    let row = this.#first[slot] ?? NONE;
    while (row !== NONE && this.hash[row] !== hash) row = this.#next[row] as number;
    return row;
  }

  /** Impressions and clicks of all items in a placement. Adds them up when it is first asked. */
  sumsOf(hash: number): Readonly<{ impressions: number; clicks: number }> {
    let sums = this.#sums.get(hash);
    if (sums === undefined) {
      sums = this.#addUp(hash);
      if (this.#sums.size === MAX_SUMS) this.#sums.delete(this.#sums.keys().next().value as number);
      this.#sums.set(hash, sums);
    }
    return sums;
  }

  /** Placements whose sums are at hand. */
  get sumsKept(): number {
    return this.#sums.size;
  }

  /** A free row counts nothing. */
  #addUp(hash: number): { impressions: number; clicks: number } {
    const sums = { impressions: 0, clicks: 0 };
    for (let row = 0; row < this.#used; row++) {
      if (this.hash[row] !== hash) continue;
      sums.impressions += this.impressions[row] as number;
      sums.clicks += this.clicks[row] as number;
    }
    return sums;
  }

  /** The rows of an item, in the order they were put. */
  read(slot: number): PlacementCounts[] {
    if ((this.#first[slot] ?? NONE) === NONE) return [];
    const rows: PlacementCounts[] = [];
    for (let row = this.#first[slot] ?? NONE; row !== NONE; row = this.#next[row] as number) {
      rows.push({
        hash: this.hash[row] as number,
        impressions: this.impressions[row] as number,
        clicks: this.clicks[row] as number,
        recentImpressions: this.recentImpressions[row] as number,
        recentClicks: this.recentClicks[row] as number,
      });
    }
    return rows;
  }

  /** Puts the rows of an item in the place of those it had. */
  write(slot: number, rows: readonly PlacementCounts[]): void {
    if (slot >= this.#first.length) this.#first = grown(this.#first, new Int32Array(slot * 2).fill(NONE));
    if (this.#rewrite(slot, rows)) return;
    for (let row = this.#first[slot] as number; row !== NONE; ) {
      const next = this.#next[row] as number;
      this.#sum(this.hash[row] as number, -(this.impressions[row] as number), -(this.clicks[row] as number));
      this.impressions[row] = 0;
      this.clicks[row] = 0;
      this.#next[row] = this.#free;
      this.#free = row;
      row = next;
    }
    let first = NONE;
    for (const counts of rows.toReversed()) {
      const row = this.#take();
      this.hash[row] = counts.hash;
      this.impressions[row] = 0;
      this.clicks[row] = 0;
      this.#put(row, counts);
      this.#next[row] = first;
      first = row;
    }
    this.#first[slot] = first;
  }

  /** Writes into the rows that the item has when they are of the same placements. @returns whether they were */
  #rewrite(slot: number, rows: readonly PlacementCounts[]): boolean {
    let row = this.#first[slot] as number;
    for (const { hash } of rows) {
      if (row === NONE || this.hash[row] !== hash) return false;
      row = this.#next[row] as number;
    }
    if (row !== NONE) return false;
    row = this.#first[slot] as number;
    for (const counts of rows) {
      this.#put(row, counts);
      row = this.#next[row] as number;
    }
    return true;
  }

  #put(row: number, { hash, impressions, clicks, recentImpressions, recentClicks }: PlacementCounts): void {
    this.#sum(hash, impressions - (this.impressions[row] as number), clicks - (this.clicks[row] as number));
    this.impressions[row] = impressions;
    this.clicks[row] = clicks;
    this.recentImpressions[row] = recentImpressions;
    this.recentClicks[row] = recentClicks;
  }

  #sum(hash: number, impressions: number, clicks: number): void {
    const sums = this.#sums.get(hash);
    if (sums === undefined) return;
    sums.impressions += impressions;
    sums.clicks += clicks;
  }

  #take(): number {
    if (this.#free !== NONE) {
      const row = this.#free;
      this.#free = this.#next[row] as number;
      return row;
    }
    if (this.#used === this.hash.length) {
      const capacity = this.#used * 2;
      this.hash = grown(this.hash, new Uint32Array(capacity));
      this.impressions = grown(this.impressions, new Uint32Array(capacity));
      this.clicks = grown(this.clicks, new Uint32Array(capacity));
      this.recentImpressions = grown(this.recentImpressions, new Float32Array(capacity));
      this.recentClicks = grown(this.recentClicks, new Float32Array(capacity));
      this.#next = grown(this.#next, new Int32Array(capacity));
    }
    return this.#used++;
  }
}

/** `from` copied to the beginning of the larger `to`. */
export function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
