// What fades and slides, of all items of a table: a column a fading sum, all at the table's landmarks, so that a decision
// turns a sum into a count by one factor; and the window counts of each item.
import { factorAt, HALF_LIVES, type HalfLife, moved, steadyCount } from "./decayed-counts.ts";
import { DECAYED_SUMS, type ItemState, landmarkOfHour } from "./item-state.ts";
import { OUTCOMES, type Outcome } from "./outcomes.ts";
import { grown, type PlacementColumns } from "./placement-columns.ts";
import { slidingCount, WINDOW_COUNTS, type Window, type Windowed, windowIndex } from "./window-counts.ts";

const HOUR_MS = 3_600_000;
const LAST = HALF_LIVES.length - 1;

/** What a decision multiplies fading sums with. */
export interface DecayFactors {
  readonly now: number;
  /** One a half-life, in the order of HALF_LIVES. */
  readonly factors: readonly number[];
  /** Counts of one event a millisecond, steady since the first outcome of all items: to compare half-lives by. */
  readonly steady: readonly number[];
}

export class RecentColumns {
  /** Hours since 1970 of each item's newest outcome; 0 before any. */
  hour = new Uint32Array(16);
  /** For each outcome one column a half-life. */
  readonly #decayed = Array.from({ length: DECAYED_SUMS }, () => new Float32Array(16));
  #windows = new Uint32Array(16 * WINDOW_COUNTS);
  readonly #landmarks = HALF_LIVES.map(() => 0);
  readonly #placements: PlacementColumns;
  #held: DecayFactors | null = null;

  constructor(placements: PlacementColumns) {
    this.#placements = placements;
  }

  /** The fading sums of an outcome, a slot an item. Read the column anew after every change of the table. */
  column(outcome: Outcome, halfLife: HalfLife): Float32Array {
    return this.#decayed[OUTCOMES.indexOf(outcome) * HALF_LIVES.length + HALF_LIVES.indexOf(halfLife)] as Float32Array;
  }

  /** @param since epoch ms of the first outcome of all items */
  factorsAt(now: number, since: number): DecayFactors {
    if (this.#held?.now === now) return this.#held;
    const age = Math.max(HOUR_MS, now - since);
    this.#held = {
      now,
      factors: this.#landmarks.map((landmark, halfLife) => factorAt(now, halfLife, landmark)),
      steady: this.#landmarks.map((_, halfLife) => steadyCount(halfLife, age)),
    };
    return this.#held;
  }

  windowCount(slot: number, outcome: Windowed, window: Window, now: number): number {
    const at = slot * WINDOW_COUNTS + windowIndex(outcome, window);
    const [present, previous] = [this.#windows[at] as number, this.#windows[at + 1] as number];
    return slidingCount(present, previous, this.hour[slot] as number, window, now);
  }

  /** Factors are made anew when the table has changed. */
  changed(): void {
    this.#held = null;
  }

  read(slot: number, state: ItemState): void {
    state.hour = this.hour[slot] as number;
    for (let halfLife = 0; halfLife <= LAST; halfLife++) {
      const [from, to] = [this.#landmarks[halfLife] as number, landmarkOfHour(state.hour, halfLife)];
      for (let at = halfLife; at < DECAYED_SUMS; at += HALF_LIVES.length) {
        state.decayed[at] = moved((this.#decayed[at] as Float32Array)[slot] as number, from, to);
      }
      if (halfLife === LAST) movePlacements(state, from, to);
    }
    const first = slot * WINDOW_COUNTS;
    for (let at = 0; at < WINDOW_COUNTS; at++) state.windows[at] = this.#windows[first + at] as number;
  }

  /** Puts what `state` has, at the table's landmarks; the placements of `state` are moved to them as well. */
  write(slot: number, state: ItemState): void {
    this.hour[slot] = state.hour;
    for (let halfLife = 0; halfLife <= LAST; halfLife++) {
      const from = landmarkOfHour(state.hour, halfLife);
      if (from > (this.#landmarks[halfLife] as number)) this.#moveLandmark(halfLife, from);
      const to = this.#landmarks[halfLife] as number;
      for (let at = halfLife; at < DECAYED_SUMS; at += HALF_LIVES.length) {
        (this.#decayed[at] as Float32Array)[slot] = moved(state.decayed[at] as number, from, to);
      }
      if (halfLife === LAST) movePlacements(state, from, to);
    }
    this.#windows.set(state.windows, slot * WINDOW_COUNTS);
  }

  grow(capacity: number): void {
    this.hour = grown(this.hour, new Uint32Array(capacity));
    for (const [at, column] of this.#decayed.entries()) this.#decayed[at] = grown(column, new Float32Array(capacity));
    this.#windows = grown(this.#windows, new Uint32Array(capacity * WINDOW_COUNTS));
  }

  /** Every 32 half-lives: all sums of a half-life, to a later landmark. */
  #moveLandmark(halfLife: number, to: number): void {
    const from = this.#landmarks[halfLife] as number;
    const columns = this.#decayed.filter((_, at) => at % HALF_LIVES.length === halfLife);
    if (halfLife === LAST) columns.push(this.#placements.recentImpressions, this.#placements.recentClicks);
    for (const column of columns) {
      for (let slot = 0; slot < column.length; slot++) column[slot] = moved(column[slot] as number, from, to);
    }
    this.#landmarks[halfLife] = to;
    this.#held = null;
  }
}

function movePlacements(state: ItemState, from: number, to: number): void {
  for (const counts of state.placements) {
    counts.recentImpressions = moved(counts.recentImpressions, from, to);
    counts.recentClicks = moved(counts.recentClicks, from, to);
  }
}
