// Records that wait to be sent, in one lane a visitor. A lane is taken whole or in part, is then busy until it is
// released, and nobody gets any of it meanwhile: so each visitor's records leave in their own order, whatever the
// number of senders. An event with both an anonymous id and a user id ties the two lanes together for good.

/** A record with its place in the log. */
export interface Waiting<T> {
  /** From 0. */
  readonly index: number;
  readonly value: T;
}

interface Lane<T> {
  /** In log order. */
  pending: Waiting<T>[];
  /** Takers that have not released it: more than one when two busy lanes were tied together. */
  busy: number;
  keys: string[];
}

export interface Taken<T> {
  readonly records: readonly Waiting<T>[];
  /** Lets the lane go on. Call it once. */
  release(): void;
}

export class VisitorQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes that can be taken from. */
  readonly #free = new Set<Lane<T>>();
  #size = 0;

  /** Records that nobody has taken. */
  get size(): number {
    return this.#size;
  }

  /** @param keys every identity that the record is about, at least one; @param index higher than all before */
  add(keys: readonly string[], record: Waiting<T>): void {
    const lane = this.#laneOf(keys);
    lane.pending.push(record);
    if (lane.busy === 0) this.#free.add(lane);
    this.#size++;
  }

  /**
   * Takes from the free lane that has waited longest.
   * @param choose how many of its records, in order from the first; 0 leaves the lane as it is and takes nothing
   * @returns null when no lane is free, or when `choose` said 0
   */
  take(choose: (pending: readonly Waiting<T>[]) => number): Taken<T> | null {
    let oldest: Lane<T> | null = null;
    for (const lane of this.#free) {
      if (oldest === null || headOf(lane) < headOf(oldest)) oldest = lane;
    }
    if (oldest === null) return null;
    const count = choose(oldest.pending);
    if (count === 0) return null;
    const records = oldest.pending.splice(0, count);
    this.#size -= records.length;
    oldest.busy++;
    this.#free.delete(oldest);
    const { keys } = oldest;
    return { records, release: () => this.#release(keys[0] as string) };
  }

  #release(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) throw new Error("a lane was released twice");
    lane.busy--;
    if (lane.busy === 0 && lane.pending.length > 0) this.#free.add(lane);
    // Ties must be remembered, lanes of one visitor need not.
    if (lane.busy === 0 && lane.pending.length === 0 && lane.keys.length === 1) this.#lanes.delete(key);
  }

  #laneOf(keys: readonly string[]): Lane<T> {
    const lanes = [...new Set(keys.map((key) => this.#lanes.get(key)).filter((lane) => lane !== undefined))];
    const [first = { pending: [], busy: 0, keys: [] }, ...others] = lanes;
    for (const other of others) {
      first.pending = [...first.pending, ...other.pending].sort((a, b) => a.index - b.index);
      first.busy += other.busy;
      first.keys.push(...other.keys);
      for (const key of other.keys) this.#lanes.set(key, first);
      this.#free.delete(other);
    }
    if (first.busy > 0) this.#free.delete(first);
    for (const key of keys) {
      if (first.keys.includes(key)) continue;
      first.keys.push(key);
      this.#lanes.set(key, first);
    }
    return first;
  }
}

function headOf<T>(lane: Lane<T>): number {
  return lane.pending[0]?.index ?? Number.POSITIVE_INFINITY;
}
