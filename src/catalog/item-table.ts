// The compact copy of live item data that an isolate, the trainer or an evaluation holds: parallel typed arrays, a slot
// an item, some 240 bytes each. Deltas keep it current, or the outcomes themselves: both ways the numbers are the same.
// It stands for one numbered epoch: the same epoch gives the same numbers anywhere.

import { hash32 } from "../kernels/hash.ts";
import type { HalfLife } from "./decayed-counts.ts";
import { type DeltaPart, type ItemRow, readDelta } from "./delta.ts";
import { FactColumns } from "./fact-columns.ts";
import { HashSlots } from "./hash-slots.ts";
import { ItemState } from "./item-state.ts";
import { type CountedEvent, type ItemOutcome, type Outcome, outcomesOf } from "./outcomes.ts";
import { type ItemPair, type PairedEvent, pairsOf } from "./pairs.ts";
import { grown, type PlacementColumns } from "./placement-columns.ts";
import { bucketOf } from "./position-curve.ts";
import type { DecayFactors } from "./recent-columns.ts";
import type { RuleFacts } from "./rule-facts.ts";
import { type OutcomeCounts, StatisticsColumns } from "./statistics-columns.ts";
import { SuccessorColumns } from "./successor-columns.ts";
import { noPairs, Successors } from "./successors.ts";
import type { Window, Windowed } from "./window-counts.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const NO_PAIRS = noPairs();

export class ItemTable {
  /** The epoch that the numbers are of; 0 before any. */
  epoch = 0;
  /** Rises with every change: what is derived from the table holds for one revision. */
  revision = 0;
  /** Rises when items are forgotten: only then do slots become those of other items. */
  moves = 0;
  readonly ids: string[] = [];
  readonly categories: string[] = [];
  /** hash32 of each category, as the snapshot and the visitor's view have it; 0 for none. */
  categoryHash = new Uint32Array(16);
  /** 1 when the item may be shown: known, not deleted, available. */
  available = new Uint8Array(16);
  deleted = new Uint8Array(16);
  /** 1 when the catalogue has it: the others are known by what events say alone. */
  listed = new Uint8Array(16);
  price = new Float64Array(16);
  /** Minutes since 1970 when the item was first put or named; 0 when that is not known. */
  since = new Uint32Array(16);
  /** What rules ask of items, as the catalogue said last. */
  readonly facts = new FactColumns();
  readonly #statistics = new StatisticsColumns();
  #listings = 0;
  readonly #slots = new Map<string, number>();
  readonly #byHash = new HashSlots();
  /** By slot, where pairs are counted here and not told by deltas. */
  readonly #counted = new Map<number, Successors>();
  /** Slots with pairs that were counted since they were last served. */
  readonly #unserved = new Set<number>();
  readonly #successors = new SuccessorColumns();
  readonly #pairs = noPairs();

  get size(): number {
    return this.ids.length;
  }

  /** Whether there is a catalogue at all: sites may run without the items API. */
  get hasCatalogue(): boolean {
    return this.#listings > 0;
  }

  /** The item's slot, or −1. */
  slotOf(id: string): number {
    return this.#slots.get(id) ?? -1;
  }

  /** What is touched after each item. Ask anew after every change of the table. */
  get successors(): SuccessorColumns {
    for (const slot of this.#unserved) {
      this.#counted.get(slot)?.serve(this.#pairs);
      this.#successors.write(slot, this.#pairs);
    }
    this.#unserved.clear();
    return this.#successors;
  }

  /** The slot of the item with this hash32, or −1: pairs may name items that come to be known later. */
  slotOfHash(hash: number): number {
    return this.#byHash.slotOf(hash, this.ids);
  }

  // Totals, a slot an item. All columns are replaced when the table grows: do not keep one over a change of the table.

  get impressions(): Uint32Array {
    return this.#statistics.impressions;
  }
  get clicks(): Uint32Array {
    return this.#statistics.clicks;
  }
  get carts(): Uint32Array {
    return this.#statistics.carts;
  }
  get purchases(): Uint32Array {
    return this.#statistics.purchases;
  }
  get views(): Uint32Array {
    return this.#statistics.views;
  }
  /** Whole hundredths of the currency. */
  get revenue(): Float64Array {
    return this.#statistics.revenue;
  }

  /** What each item did in each placement: rows found by {@link PlacementColumns.rowOf}. */
  get placements(): PlacementColumns {
    return this.#statistics.placements;
  }

  /** A total over the whole catalogue. */
  sumOf(outcome: Outcome): number {
    return this.#statistics.sums[outcome];
  }

  /** Clicks over impressions of the whole catalogue, in (0, 1]; one in twenty before anything was shown. */
  get meanClickRate(): number {
    const { impressions, clicks } = this.#statistics.sums;
    if (impressions <= 0) return 0.05;
    return Math.min(1, (clicks + 1) / (impressions + 20));
  }

  /** Clicks that the item's impressions would have brought to any item in the same places (see position-curve.ts). */
  expectedClicks(slot: number): number {
    const { positions, impressions } = this.#statistics;
    return positions.expectedClicks(slot, impressions[slot] as number, this.meanClickRate);
  }

  /** The same of one impression at a position from 0. */
  expectedClicksAt(position: number): number {
    return this.#statistics.positions.rates(this.meanClickRate)[bucketOf(position)] as number;
  }

  /** Expected clicks of the whole catalogue. */
  get expectedClicksInAll(): number {
    return this.#statistics.positions.expectedInAll(this.#statistics.sums.impressions, this.meanClickRate);
  }

  /**
   * The column of fading sums: `fadingSums(outcome, halfLife)[slot] × decayFactors(now).factors[i]`, with i the place of
   * the half-life in HALF_LIVES, is the decayed count.
   */
  fadingSums(outcome: Outcome, halfLife: HalfLife): Float32Array {
    return this.#statistics.recent.column(outcome, halfLife);
  }

  /** Made once a `now` and change of the table. */
  decayFactors(now: number): DecayFactors {
    return this.#statistics.recent.factorsAt(now, this.#statistics.sinceHour * HOUR_MS);
  }

  /** The count of a sliding window that ends `now`; what lies in its first part is taken as evenly spread (window-counts.ts). */
  windowCount(slot: number, outcome: Windowed, window: Window, now: number): number {
    return this.#statistics.recent.windowCount(slot, outcome, window, now);
  }

  /**
   * Applies a delta and moves on to its epoch. One that the table is past changes nothing; one from epoch 0 is the whole
   * catalogue and takes the place of everything.
   * @throws RangeError when the bytes are not a delta, or when epochs are missing before it; the table is then as it
   *   was, unless bytes whose checksum is right (or of version 1, without one) are no delta: it keeps its epoch, and must
   *   be thrown away
   */
  apply(delta: Uint8Array): void {
    const statistics = this.#statistics;
    let epoch = this.epoch;
    readDelta(delta, {
      begin: (from, to) => {
        if (from > this.epoch) throw new RangeError(`the delta starts at epoch ${from}, the table is at ${this.epoch}`);
        if (to <= this.epoch) return null;
        if (from === 0 && this.epoch > 0) this.#clear();
        epoch = to;
        return statistics.scratch;
      },
      shard: (shard, sinceHour, clicksAt, dropped) => statistics.setShard(shard, sinceHour, clicksAt, dropped),
      drop: (id) => this.#drop(id),
      facts: (id, facts) => {
        const slot = this.slotOf(id);
        if (slot >= 0) this.facts.write(slot, facts);
      },
      row: ({ id, deleted, available, price, category, listed = false, since = 0 }, state, pairs) => {
        const slot = this.#ensure(id);
        this.deleted[slot] = deleted ? 1 : 0;
        this.available[slot] = available && !deleted ? 1 : 0;
        this.#setListed(slot, listed && !deleted);
        this.price[slot] = price;
        this.#setCategory(slot, category);
        this.since[slot] = since;
        statistics.write(slot, state);
        this.#successors.write(slot, pairs);
        this.#counted.delete(slot);
        this.#unserved.delete(slot);
      },
    });
    this.epoch = epoch;
    this.revision++;
  }

  /** Counts an event into everything: the offline way to the same numbers. */
  observe(event: CountedEvent & PairedEvent): void {
    for (const outcome of outcomesOf(event)) this.count(outcome);
    for (const pair of pairsOf(event)) this.countPair(pair);
  }

  /** Counts a pair of items, if the first is known: what touched it made it so. Cannot be taken back. */
  countPair(pair: ItemPair): void {
    const slot = this.slotOf(pair.itemId);
    if (slot < 0) return;
    let counted = this.#counted.get(slot);
    if (counted === undefined) {
      counted = new Successors();
      this.#counted.set(slot, counted);
    }
    counted.add(pair);
    this.#unserved.add(slot);
    this.revision++;
  }

  /** Counts one outcome into everything. */
  count(outcome: ItemOutcome): void {
    this.#statistics.count(this.#ensure(outcome.itemId, outcome.at), outcome);
    this.revision++;
  }

  /** Counts an outcome into the totals alone so many times, or takes it out of them when `times` is below 0. */
  countTotals(outcome: ItemOutcome, times: number): void {
    this.#statistics.countTotals(this.#ensure(outcome.itemId), outcome, times);
    this.revision++;
  }

  /** Counts an outcome into what fades and slides alone. Cannot be taken back. */
  countRecent(outcome: ItemOutcome): void {
    this.#statistics.countRecent(this.#ensure(outcome.itemId, outcome.at), outcome);
    this.revision++;
  }

  /** Adds bare totals to items, known or not. */
  add(totals: ReadonlyMap<string, OutcomeCounts>): void {
    for (const [id, counts] of totals) this.#statistics.add(this.#ensure(id), counts);
    this.revision++;
  }

  /** Puts an item that is only known from a catalogue, with its counts as they are. */
  put(id: string, category: string, price: number, available: boolean, facts: RuleFacts | null = null): void {
    const slot = this.#ensure(id);
    this.#setCategory(slot, category);
    this.price[slot] = price;
    this.available[slot] = available ? 1 : 0;
    this.facts.write(slot, facts);
    this.#setListed(slot, true);
    this.revision++;
  }

  /** What a delta would hold of an item. */
  rowAt(slot: number): ItemRow {
    const pairs = noPairs();
    this.successors.read(slot, pairs);
    return {
      id: this.ids[slot] as string,
      deleted: this.deleted[slot] === 1,
      available: this.available[slot] === 1,
      price: this.price[slot] as number,
      category: this.categories[slot] as string,
      listed: this.listed[slot] === 1,
      since: this.since[slot] as number,
      pairs,
      statistics: this.#statistics.read(slot, new ItemState()),
    };
  }

  /** What a delta would hold beside the rows, were the table one shard. */
  shardNumbers(): Pick<DeltaPart, "sinceHour" | "clicksAt" | "dropped"> {
    const { sinceHour, positions, dropped } = this.#statistics;
    return { sinceHour: Number.isFinite(sinceHour) ? sinceHour : null, clicksAt: positions.clicksAt, dropped };
  }

  /** Forgets an item. The last one takes its slot: slots hold until the next change of the table. */
  #drop(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.moves++;
    const last = this.ids.length - 1;
    this.#statistics.drop(slot, last);
    const { successors } = this;
    successors.read(last, this.#pairs);
    successors.write(slot, this.#pairs);
    successors.write(last, NO_PAIRS);
    this.#counted.delete(slot);
    const counted = this.#counted.get(last);
    this.#counted.delete(last);
    this.#byHash.remove(hash32(id), slot);
    this.available[slot] = this.available[last] as number;
    const listed = this.listed[last] === 1;
    this.#setListed(last, false);
    this.#setListed(slot, slot !== last && listed);
    this.deleted[slot] = this.deleted[last] as number;
    this.price[slot] = this.price[last] as number;
    this.since[slot] = this.since[last] as number;
    this.since[last] = 0;
    this.facts.write(slot, this.facts.read(last));
    this.facts.write(last, null);
    const [lastId, lastCategory] = [this.ids.pop() as string, this.categories.pop() as string];
    this.#slots.delete(id);
    this.deleted[last] = 0;
    if (slot === last) return;
    this.ids[slot] = lastId;
    this.#setCategory(slot, lastCategory);
    this.#slots.set(lastId, slot);
    this.#byHash.move(hash32(lastId), last, slot);
    if (counted !== undefined) this.#counted.set(slot, counted);
  }

  /** @param at epoch ms of what named the item */
  #ensure(id: string, at = 0): number {
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.ids.length;
    if (slot === this.available.length) this.#grow(slot * 2);
    this.ids.push(id);
    this.categories.push("");
    this.categoryHash[slot] = 0;
    // An item that nobody put in the catalogue counts as available: sites may run without the items API.
    this.available[slot] = 1;
    this.price[slot] = Number.NaN;
    this.since[slot] = Math.max(0, Math.floor(at / MINUTE_MS));
    this.#slots.set(id, slot);
    this.#byHash.add(hash32(id), slot);
    return slot;
  }

  /** Forgets all items. */
  #clear(): void {
    this.moves++;
    this.#statistics.clear(this.size);
    for (let slot = 0; slot < this.size; slot++) this.#successors.write(slot, NO_PAIRS);
    this.since.fill(0);
    this.facts.clear();
    this.#counted.clear();
    this.#unserved.clear();
    this.#byHash.clear();
    this.deleted.fill(0);
    this.listed.fill(0);
    this.#listings = 0;
    this.ids.length = 0;
    this.categories.length = 0;
    this.#slots.clear();
  }

  #setListed(slot: number, listed: boolean): void {
    this.#listings += Number(listed) - (this.listed[slot] as number);
    this.listed[slot] = listed ? 1 : 0;
  }

  #setCategory(slot: number, category: string): void {
    if (this.categories[slot] === category) return;
    this.categories[slot] = category;
    this.categoryHash[slot] = category === "" ? 0 : hash32(category);
  }

  #grow(capacity: number): void {
    this.categoryHash = grown(this.categoryHash, new Uint32Array(capacity));
    this.available = grown(this.available, new Uint8Array(capacity));
    this.deleted = grown(this.deleted, new Uint8Array(capacity));
    this.listed = grown(this.listed, new Uint8Array(capacity));
    this.price = grown(this.price, new Float64Array(capacity));
    this.since = grown(this.since, new Uint32Array(capacity));
    this.facts.grow(capacity);
    this.#successors.grow(capacity);
    this.#statistics.grow(capacity);
  }
}
