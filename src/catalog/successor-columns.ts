// The pairs of all items of a table: a run of rows an item in parallel typed arrays. An item with pairs takes 4, 8, 12, 16 or 20
// rows of 8 bytes; runs that are no longer in use wait in a list for the next item that needs as many.
import { grown } from "./placement-columns.ts";
import { MAX_SERVED, pairFactorAt, type ServedPairs } from "./successors.ts";

const RUN = 4;
const SIZES = Math.ceil(MAX_SERVED / RUN);

export class SuccessorColumns {
  /** hash32 of the items touched next. */
  next = new Uint32Array(64);
  /** At the landmark of the first item's hour. */
  weight = new Float32Array(64);
  #hour = new Uint32Array(16);
  #total = new Float32Array(16);
  /** First row of each slot's run. */
  #first = new Uint32Array(16);
  #size = new Uint8Array(16);
  /** Rows that the run has room for, in units of RUN. */
  #room = new Uint8Array(16);
  /** For each size of run, where free ones start. */
  readonly #free: number[][] = Array.from({ length: SIZES + 1 }, () => []);
  #used = 0;
  #pairs = 0;

  /** Pairs of all items. */
  get pairs(): number {
    return this.#pairs;
  }

  /** Where the rows of a slot start in `next` and `weight`, the heaviest first. */
  firstOf(slot: number): number {
    return this.#first[slot] as number;
  }

  /** Rows of a slot; 0 for slot −1. */
  sizeOf(slot: number): number {
    return this.#size[slot] ?? 0;
  }

  /** What turns the weights and the total of a slot into those at `now`: half as much a day later. */
  factorAt(slot: number, now: number): number {
    return pairFactorAt(now, this.#hour[slot] as number);
  }

  /** The weight of all pairs of a slot, those without a row too: to be multiplied by the factor as well. 0 for slot −1. */
  totalOf(slot: number): number {
    return this.#total[slot] ?? 0;
  }

  read(slot: number, into: ServedPairs): void {
    into.hour = this.#hour[slot] as number;
    into.total = this.#total[slot] as number;
    into.size = this.#size[slot] as number;
    const first = this.#first[slot] as number;
    for (let at = 0; at < into.size; at++) {
      into.next[at] = this.next[first + at] as number;
      into.weight[at] = this.weight[first + at] as number;
    }
  }

  write(slot: number, { hour, total, size, next, weight }: ServedPairs): void {
    const room = Math.ceil(size / RUN);
    const had = this.#room[slot] as number;
    if (room !== had) {
      if (had > 0) this.#free[had]?.push(this.#first[slot] as number);
      this.#first[slot] = room === 0 ? 0 : this.#take(room);
      this.#room[slot] = room;
    }
    this.#pairs += size - (this.#size[slot] as number);
    this.#hour[slot] = hour;
    this.#total[slot] = total;
    this.#size[slot] = size;
    const first = this.#first[slot] as number;
    for (let at = 0; at < size; at++) {
      this.next[first + at] = next[at] as number;
      this.weight[first + at] = weight[at] as number;
    }
  }

  grow(capacity: number): void {
    this.#hour = grown(this.#hour, new Uint32Array(capacity));
    this.#total = grown(this.#total, new Float32Array(capacity));
    this.#first = grown(this.#first, new Uint32Array(capacity));
    this.#size = grown(this.#size, new Uint8Array(capacity));
    this.#room = grown(this.#room, new Uint8Array(capacity));
  }

  #take(room: number): number {
    const free = this.#free[room]?.pop();
    if (free !== undefined) return free;
    const first = this.#used;
    this.#used += room * RUN;
    if (this.#used > this.next.length) {
      this.next = grown(this.next, new Uint32Array(this.next.length * 2));
      this.weight = grown(this.weight, new Float32Array(this.weight.length * 2));
    }
    return first;
  }
}
