// The statistics of all items of a table, as parallel typed arrays, a slot an item; read and written as the state of one
// item (item-state.ts), so that the fold is the same wherever an item is kept.
import { DROPPED_TOTALS } from "./dropped-totals.ts";
import { countRecent, countTotals, foldItemStats, ItemState } from "./item-state.ts";
import { type ItemOutcome, OUTCOMES, OUTCOMES_OF_ALL_VERSIONS, type Outcome } from "./outcomes.ts";
import { grown, PlacementColumns } from "./placement-columns.ts";
import { PositionColumns } from "./position-columns.ts";
import { bucketOf, POSITION_BUCKETS } from "./position-curve.ts";
import { RecentColumns } from "./recent-columns.ts";

const HOUR_MS = 3_600_000;
const NOTHING = new ItemState();

/** Counts to add to one item. */
export type OutcomeCounts = { -readonly [K in Outcome]?: number };

export class StatisticsColumns {
  impressions = new Uint32Array(16);
  clicks = new Uint32Array(16);
  carts = new Uint32Array(16);
  purchases = new Uint32Array(16);
  views = new Uint32Array(16);
  /** Whole hundredths of the currency, so that sums are exact in any order. */
  revenue = new Float64Array(16);
  readonly placements = new PlacementColumns();
  readonly recent = new RecentColumns(this.placements);
  readonly positions = new PositionColumns();
  /** Sums over the catalogue, dropped items with it, kept up to date: whole numbers, so their order does not matter. */
  readonly sums: Record<Outcome, number> = { impressions: 0, clicks: 0, carts: 0, purchases: 0, views: 0 };
  /** Hours since 1970 of the first outcome of all. */
  sinceHour = Number.POSITIVE_INFINITY;
  readonly #scratch = new ItemState();
  /** Shard → totals of the items that it dropped (dropped-totals.ts). */
  readonly #droppedOfShard = new Map<number, readonly number[]>();

  /** A state to read one item into; the next item takes it again. */
  get scratch(): ItemState {
    return this.#scratch;
  }

  /** Counts an outcome of the item at `slot` into everything. */
  count(slot: number, outcome: ItemOutcome): void {
    const state = this.read(slot);
    foldItemStats(state, outcome);
    this.write(slot, state);
    this.#noteClick(outcome, 1);
    this.#noteTime(outcome);
  }

  /** Into the totals alone so many times, or out of them when `times` is below 0. */
  countTotals(slot: number, outcome: ItemOutcome, times: number): void {
    const state = this.#scratch;
    this.#readTotals(slot, state);
    state.placements = this.placements.read(slot);
    countTotals(state, outcome, times);
    this.#writeTotals(slot, state);
    this.placements.write(slot, state.placements);
    this.#noteClick(outcome, times);
  }

  /** Into what fades and slides alone. */
  countRecent(slot: number, outcome: ItemOutcome): void {
    const state = this.#scratch;
    state.placements = this.placements.read(slot);
    this.recent.read(slot, state);
    countRecent(state, outcome);
    this.recent.write(slot, state);
    this.placements.write(slot, state.placements);
    this.#noteTime(outcome);
  }

  add(slot: number, counts: OutcomeCounts): void {
    const state = this.read(slot);
    for (const outcome of OUTCOMES) state[outcome] += counts[outcome] ?? 0;
    this.write(slot, state);
  }

  read(slot: number, state: ItemState = this.#scratch): ItemState {
    this.#readTotals(slot, state);
    state.placements = this.placements.read(slot);
    this.recent.read(slot, state);
    return state;
  }

  write(slot: number, state: ItemState): void {
    this.#writeTotals(slot, state);
    this.recent.write(slot, state);
    this.placements.write(slot, state.placements);
  }

  /** Takes the numbers of one shard that are not of one item. */
  setShard(shard: number, sinceHour: number, clicksAt: readonly number[], dropped: readonly number[]): void {
    this.sinceHour = Math.min(this.sinceHour, sinceHour);
    this.positions.setClicks(shard, clicksAt);
    this.#setDropped(shard, dropped);
    this.recent.changed();
  }

  #setDropped(shard: number, dropped: readonly number[]): void {
    const before = this.#droppedOfShard.get(shard);
    const change = (at: number): number => (dropped[at] ?? 0) - (before?.[at] ?? 0);
    for (const [at, outcome] of OUTCOMES_OF_ALL_VERSIONS.entries()) this.sums[outcome] += change(at);
    for (let bucket = 0; bucket < POSITION_BUCKETS; bucket++) {
      this.positions.addDropped(bucket, change(OUTCOMES_OF_ALL_VERSIONS.length + bucket));
    }
    this.#droppedOfShard.set(shard, dropped);
  }

  /** Totals of all dropped items. */
  get dropped(): readonly number[] {
    const totals = new Array<number>(DROPPED_TOTALS).fill(0);
    for (const dropped of this.#droppedOfShard.values()) {
      for (const [at, count] of dropped.entries()) totals[at] = (totals[at] as number) + count;
    }
    return totals;
  }

  /** Puts what is at slot `last` in the place of what is at `slot`, and nothing at `last`. */
  drop(slot: number, last: number): void {
    if (slot !== last) this.write(slot, this.read(last));
    this.write(last, NOTHING);
  }

  /** All of the first `size` items to nothing. */
  clear(size: number): void {
    for (let slot = 0; slot < size; slot++) this.write(slot, NOTHING);
    for (const shard of this.#droppedOfShard.keys()) this.#setDropped(shard, []);
    this.#droppedOfShard.clear();
    this.positions.forgetClicks();
    this.sinceHour = Number.POSITIVE_INFINITY;
    this.recent.changed();
  }

  grow(capacity: number): void {
    this.impressions = grown(this.impressions, new Uint32Array(capacity));
    this.clicks = grown(this.clicks, new Uint32Array(capacity));
    this.carts = grown(this.carts, new Uint32Array(capacity));
    this.purchases = grown(this.purchases, new Uint32Array(capacity));
    this.views = grown(this.views, new Uint32Array(capacity));
    this.revenue = grown(this.revenue, new Float64Array(capacity));
    this.recent.grow(capacity);
    this.positions.grow(capacity);
  }

  #readTotals(slot: number, state: ItemState): void {
    for (const outcome of OUTCOMES) state[outcome] = this[outcome][slot] as number;
    state.revenue = this.revenue[slot] as number;
    this.positions.read(slot, state.shownAt);
  }

  #writeTotals(slot: number, state: ItemState): void {
    for (const outcome of OUTCOMES) {
      const column = this[outcome];
      this.sums[outcome] += state[outcome] - (column[slot] as number);
      column[slot] = state[outcome];
    }
    this.revenue[slot] = state.revenue;
    this.positions.write(slot, state.shownAt);
  }

  #noteClick({ outcome, position }: ItemOutcome, times: number): void {
    if (outcome === "clicks" && position >= 0) this.positions.addClick(bucketOf(position), times);
  }

  #noteTime({ at }: ItemOutcome): void {
    const hour = Math.floor(at / HOUR_MS);
    if (hour >= this.sinceHour) return;
    this.sinceHour = hour;
    this.recent.changed();
  }
}
