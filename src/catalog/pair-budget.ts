// How many pairs a shard lets decisions see, so that isolates hold no more of them than was agreed, whatever visitors do. While
// there is room, every pair above a least weight is served. When it gets scarce the least weight doubles, and the shard walks
// through its items to take back what is below it now: what has faded, and what few touched. A newcomer that finds
// no room is counted, and served once the walk has made some.
import { MIN_SERVED, type Successors } from "./successors.ts";

const HOUR_MS = 3_600_000;
/** Of the limit: above the first the least weight rises, below the second it falls again. */
const SCARCE = 0.9;
const AMPLE = 0.4;
/** 2^20 times the least weight: 16,384 clicks. */
const MAX_LEVEL = 20;

export interface PairBudgetState {
  /** Pairs that decisions see now. */
  served: number;
  /** How often the least weight has doubled. */
  level: number;
  /** Hours since 1970 of the newest pair: the clock by which pairs fade, also of a log that is replayed. */
  hour: number;
  /** Where the walk goes on: the last id that it has seen; null when none is under way. */
  walkedTo: string | null;
}

export class PairBudget {
  readonly #limit: number;
  readonly #state: PairBudgetState;

  constructor(limit: number, state: PairBudgetState = { served: 0, level: 0, hour: 0, walkedTo: null }) {
    this.#limit = limit;
    this.#state = { ...state };
  }

  /** To be stored. */
  get state(): Readonly<PairBudgetState> {
    return this.#state;
  }

  /** A pair was counted at `at`, epoch ms. */
  noteTime(at: number): void {
    this.#state.hour = Math.max(this.#state.hour, Math.floor(at / HOUR_MS));
  }

  /** Sets how many of its pairs an item may show. @returns whether that is another number than before */
  grant(successors: Successors): boolean {
    const state = this.#state;
    const had = successors.served;
    // With room for all it is what a table shows that counts by itself.
    const hour = state.level === 0 ? successors.hour : state.hour;
    const wanted = successors.above(MIN_SERVED * (1 << state.level), hour);
    const room = Math.max(0, this.#limit - state.served);
    successors.served = Math.min(wanted, had + room);
    state.served += successors.served - had;
    return successors.served !== had;
  }

  /** The item is gone. */
  release({ served }: Successors): void {
    this.#state.served -= served;
  }

  /** The id after which to look at items again; null when there is no need. */
  nextWalk(): string | null {
    const state = this.#state;
    const { served } = state;
    if (state.walkedTo === null) {
      if (served > SCARCE * this.#limit && state.level < MAX_LEVEL) {
        state.level++;
        state.walkedTo = "";
      } else if (served < AMPLE * this.#limit && state.level > 0) state.level--;
    }
    return state.walkedTo;
  }

  /** @param last the last id that was looked at; null when there are no more */
  walked(last: string | null): void {
    this.#state.walkedTo = last;
  }
}
