// Which records of a log are done, when they are done out of order: everything before `next`, and single ones after it.

/** As it is kept in a file. */
export interface LedgerState {
  readonly next: number;
  readonly done: readonly number[];
}

export class Ledger {
  /** The first record that is not done; records count from 0. */
  #next: number;
  readonly #done: Set<number>;

  constructor(state: LedgerState = { next: 0, done: [] }) {
    this.#next = state.next;
    this.#done = new Set(state.done);
  }

  get next(): number {
    return this.#next;
  }

  get count(): number {
    return this.#next + this.#done.size;
  }

  has(index: number): boolean {
    return index < this.#next || this.#done.has(index);
  }

  finish(index: number): void {
    if (this.has(index)) return;
    this.#done.add(index);
    while (this.#done.delete(this.#next)) this.#next++;
  }

  state(): LedgerState {
    return { next: this.#next, done: [...this.#done] };
  }
}
