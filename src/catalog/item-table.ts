// The compact copy of live item data that an isolate, the trainer or an evaluation holds: parallel typed arrays, a slot
// an item, some 160 bytes each. Deltas keep it current, or the outcomes themselves: both ways the numbers are the same.
// It stands for one numbered epoch: the same epoch gives the same numbers anywhere.
import type { HalfLife } from "./decayed-counts.ts";
import { type ItemRow, readDelta } from "./delta.ts";
import { countRecent, countTotals, foldItemStats, ItemState } from "./item-state.ts";
import { type CountedEvent, type ItemOutcome, OUTCOMES, type Outcome, outcomesOf } from "./outcomes.ts";
import { grown, PlacementColumns } from "./placement-columns.ts";
import { PositionColumns } from "./position-columns.ts";
import { bucketOf } from "./position-curve.ts";
import { type DecayFactors, RecentColumns } from "./recent-columns.ts";
import type { Window, Windowed } from "./window-counts.ts";

const HOUR_MS = 3_600_000;

/** Counts to add to one item. */
export type OutcomeCounts = { -readonly [K in Outcome]?: number };

export class ItemTable {
  /** The epoch that the numbers are of; 0 before any. */
  epoch = 0;
  readonly ids: string[] = [];
  readonly categories: string[] = [];
  /** 1 when the item may be shown: known, not deleted, available. */
  available = new Uint8Array(16);
  deleted = new Uint8Array(16);
  price = new Float64Array(16);
  impressions = new Uint32Array(16);
  clicks = new Uint32Array(16);
  carts = new Uint32Array(16);
  purchases = new Uint32Array(16);
  /** Whole hundredths of the currency, so that sums are exact in any order. */
  revenue = new Float64Array(16);
  /** What each item did in each placement: rows found by {@link PlacementColumns.rowOf}. */
  readonly placements = new PlacementColumns();
  readonly #recent = new RecentColumns(this.placements);
  readonly #positions = new PositionColumns();
  readonly #slots = new Map<string, number>();
  /** Sums over the catalogue, kept up to date: whole numbers, so their order does not matter. */
  readonly #sums: Record<Outcome, number> = { impressions: 0, clicks: 0, carts: 0, purchases: 0 };
  /** Hours since 1970 of the first outcome of all. */
  #sinceHour = Number.POSITIVE_INFINITY;
  readonly #scratch = new ItemState();

  get size(): number {
    return this.ids.length;
  }

  /** The item's slot, or −1. */
  slotOf(id: string): number {
    return this.#slots.get(id) ?? -1;
  }

  /** A total over the whole catalogue. */
  sumOf(outcome: Outcome): number {
    return this.#sums[outcome];
  }

  /** Clicks over impressions of the whole catalogue, in (0, 1]; one in twenty before anything was shown. */
  get meanClickRate(): number {
    const { impressions, clicks } = this.#sums;
    if (impressions <= 0) return 0.05;
    return Math.min(1, (clicks + 1) / (impressions + 20));
  }

  /** Clicks that the item's impressions would have brought to any item in the same places (see position-curve.ts). */
  expectedClicks(slot: number): number {
    return this.#positions.expectedClicks(slot, this.impressions[slot] as number, this.meanClickRate);
  }

  /** The same of one impression at a position from 0. */
  expectedClicksAt(position: number): number {
    return this.#positions.rates(this.meanClickRate)[bucketOf(position)] as number;
  }

  /** Expected clicks of the whole catalogue. */
  get expectedClicksInAll(): number {
    return this.#positions.expectedInAll(this.#sums.impressions, this.meanClickRate);
  }

  /**
   * The column of fading sums: `fadingSums(outcome, halfLife)[slot] × decayFactors(now).factors[i]`, with i the place of
   * the half-life in HALF_LIVES, is the decayed count. The array is replaced when the table grows: do not keep it.
   */
  fadingSums(outcome: Outcome, halfLife: HalfLife): Float32Array {
    return this.#recent.column(outcome, halfLife);
  }

  /** Made once a `now` and change of the table. */
  decayFactors(now: number): DecayFactors {
    return this.#recent.factorsAt(now, this.#sinceHour * HOUR_MS);
  }

  /** Whole counts of a sliding window that ends `now`; what lies in the window's first part is taken as evenly spread. */
  windowCount(slot: number, outcome: Windowed, window: Window, now: number): number {
    return this.#recent.windowCount(slot, outcome, window, now);
  }

  /**
   * Applies a delta and moves on to its epoch. One that the table is past changes nothing; one from epoch 0 is the whole
   * catalogue and takes the place of everything.
   * @throws RangeError when the bytes are not a delta, or when epochs are missing before it; the table may then hold
   *   part of it and must be thrown away
   */
  apply(delta: Uint8Array): void {
    readDelta(delta, {
      begin: (from, to) => {
        if (from > this.epoch) throw new RangeError(`the delta starts at epoch ${from}, the table is at ${this.epoch}`);
        if (to <= this.epoch) return null;
        if (from === 0 && this.epoch > 0) this.#clear();
        this.epoch = to;
        return this.#scratch;
      },
      shard: (shard, sinceHour, clicks) => {
        this.#sinceHour = Math.min(this.#sinceHour, sinceHour);
        this.#positions.setClicks(shard, clicks);
        this.#recent.changed();
      },
      row: ({ id, deleted, available, price, category }, statistics) => {
        const slot = this.#ensure(id);
        this.deleted[slot] = deleted ? 1 : 0;
        this.available[slot] = available && !deleted ? 1 : 0;
        this.price[slot] = price;
        this.categories[slot] = category;
        this.#write(slot, statistics);
      },
    });
  }

  /** Counts an event into everything: the offline way to the same numbers. */
  observe(event: CountedEvent): void {
    for (const outcome of outcomesOf(event)) this.count(outcome);
  }

  /** Counts one outcome into everything. */
  count(outcome: ItemOutcome): void {
    const slot = this.#ensure(outcome.itemId);
    const state = this.#read(slot);
    foldItemStats(state, outcome);
    this.#write(slot, state);
    this.#noteClick(outcome, 1);
    this.#noteTime(outcome);
  }

  /** Counts an outcome into the totals alone, or with `sign` −1 takes it out of them. */
  countTotals(outcome: ItemOutcome, sign: 1 | -1): void {
    const slot = this.#ensure(outcome.itemId);
    const state = this.#scratch;
    this.#readTotals(slot, state);
    state.placements = this.placements.read(slot);
    countTotals(state, outcome, sign);
    this.#writeTotals(slot, state);
    this.placements.write(slot, state.placements);
    this.#noteClick(outcome, sign);
  }

  /** Counts an outcome into what fades and slides alone. Cannot be taken back. */
  countRecent(outcome: ItemOutcome): void {
    const slot = this.#ensure(outcome.itemId);
    const state = this.#scratch;
    state.placements = this.placements.read(slot);
    this.#recent.read(slot, state);
    countRecent(state, outcome);
    this.#recent.write(slot, state);
    this.placements.write(slot, state.placements);
    this.#noteTime(outcome);
  }

  /** Adds bare totals to items, known or not. */
  add(totals: ReadonlyMap<string, OutcomeCounts>): void {
    for (const [id, counts] of totals) {
      const slot = this.#ensure(id);
      const state = this.#read(slot);
      for (const outcome of OUTCOMES) state[outcome] += counts[outcome] ?? 0;
      this.#write(slot, state);
    }
  }

  /** Puts an item that is only known from a catalogue, with its counts as they are. */
  put(id: string, category: string, price: number, available: boolean): void {
    const slot = this.#ensure(id);
    this.categories[slot] = category;
    this.price[slot] = price;
    this.available[slot] = available ? 1 : 0;
  }

  /** What a delta would hold of an item. */
  rowAt(slot: number): ItemRow {
    return {
      id: this.ids[slot] as string,
      deleted: this.deleted[slot] === 1,
      available: this.available[slot] === 1,
      price: this.price[slot] as number,
      category: this.categories[slot] as string,
      statistics: this.#read(slot, new ItemState()),
    };
  }

  /** What a delta would hold beside the rows, were the table one shard. */
  shardNumbers(): { readonly sinceHour: number | null; readonly clicksAt: readonly number[] } {
    return {
      sinceHour: Number.isFinite(this.#sinceHour) ? this.#sinceHour : null,
      clicksAt: this.#positions.clicksAt,
    };
  }

  #noteClick({ outcome, position }: ItemOutcome, sign: 1 | -1): void {
    if (outcome === "clicks" && position >= 0) this.#positions.addClick(bucketOf(position), sign);
  }

  #noteTime({ at }: ItemOutcome): void {
    const hour = Math.floor(at / HOUR_MS);
    if (hour >= this.#sinceHour) return;
    this.#sinceHour = hour;
    this.#recent.changed();
  }

  #read(slot: number, state = this.#scratch): ItemState {
    this.#readTotals(slot, state);
    state.placements = this.placements.read(slot);
    this.#recent.read(slot, state);
    return state;
  }

  #readTotals(slot: number, state: ItemState): void {
    for (const outcome of OUTCOMES) state[outcome] = this[outcome][slot] as number;
    state.revenue = this.revenue[slot] as number;
    this.#positions.read(slot, state.shownAt);
  }

  #write(slot: number, state: ItemState): void {
    this.#writeTotals(slot, state);
    this.#recent.write(slot, state);
    this.placements.write(slot, state.placements);
  }

  #writeTotals(slot: number, state: ItemState): void {
    for (const outcome of OUTCOMES) {
      const column = this[outcome];
      this.#sums[outcome] += state[outcome] - (column[slot] as number);
      column[slot] = state[outcome];
    }
    this.revenue[slot] = state.revenue;
    this.#positions.write(slot, state.shownAt);
  }

  #ensure(id: string): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.ids.length;
    if (slot === this.available.length) this.#grow(slot * 2);
    this.ids.push(id);
    this.categories.push("");
    // An item that nobody put in the catalogue counts as available: sites may run without the items API.
    this.available[slot] = 1;
    this.price[slot] = Number.NaN;
    this.#slots.set(id, slot);
    return slot;
  }

  /** Statistics of every item to nothing; the items stay, as unknown ones. */
  #clear(): void {
    const nothing = new ItemState();
    for (let slot = 0; slot < this.size; slot++) {
      this.#write(slot, nothing);
      this.deleted[slot] = 0;
      this.available[slot] = 1;
      this.price[slot] = Number.NaN;
      this.categories[slot] = "";
    }
    this.#positions.forgetClicks();
    this.#sinceHour = Number.POSITIVE_INFINITY;
  }

  #grow(capacity: number): void {
    this.available = grown(this.available, new Uint8Array(capacity));
    this.deleted = grown(this.deleted, new Uint8Array(capacity));
    this.price = grown(this.price, new Float64Array(capacity));
    this.impressions = grown(this.impressions, new Uint32Array(capacity));
    this.clicks = grown(this.clicks, new Uint32Array(capacity));
    this.carts = grown(this.carts, new Uint32Array(capacity));
    this.purchases = grown(this.purchases, new Uint32Array(capacity));
    this.revenue = grown(this.revenue, new Float64Array(capacity));
    this.#recent.grow(capacity);
    this.#positions.grow(capacity);
  }
}
