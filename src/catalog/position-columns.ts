// Where the items of a table were shown, and where clicks fell on the whole: from these the curve, and expected clicks.
import { grown } from "./placement-columns.ts";
import { POSITION_BUCKETS, positionRates } from "./position-curve.ts";

export class PositionColumns {
  /** Impressions by bucket, slot after slot. */
  #shownAt = new Uint32Array(16 * POSITION_BUCKETS);
  /** The same of all items, dropped ones with them. */
  readonly #shown = new Array<number>(POSITION_BUCKETS).fill(0);
  /** Shard → clicks by bucket of all its items. */
  readonly #clicksOfShard = new Map<number, readonly number[]>();
  readonly #clicked = new Array<number>(POSITION_BUCKETS).fill(0);
  #rates: readonly number[] | null = null;
  #ratesOf = Number.NaN;
  /** Impressions of all items with a known place, and their expected clicks by the rates. */
  #placedInAll = 0;
  #expectedInAll = 0;

  read(slot: number, shownAt: Float64Array): void {
    const first = slot * POSITION_BUCKETS;
    for (let bucket = 0; bucket < POSITION_BUCKETS; bucket++) shownAt[bucket] = this.#shownAt[first + bucket] as number;
  }

  write(slot: number, shownAt: Float64Array): void {
    for (let bucket = 0, at = slot * POSITION_BUCKETS; bucket < POSITION_BUCKETS; bucket++, at++) {
      const shown = shownAt[bucket] as number;
      const change = shown - (this.#shownAt[at] as number);
      if (change === 0) continue;
      this.#shown[bucket] = (this.#shown[bucket] as number) + change;
      this.#shownAt[at] = shown;
    }
    this.#rates = null;
  }

  /** Adds so many clicks of an unsharded source to a bucket; below 0 takes them out. */
  addClick(bucket: number, times: number): void {
    this.#clicked[bucket] = (this.#clicked[bucket] as number) + times;
    this.#rates = null;
  }

  /** Puts the clicks by bucket of one shard in the place of those it had. */
  setClicks(shard: number, clicks: readonly number[]): void {
    const before = this.#clicksOfShard.get(shard);
    for (let bucket = 0; bucket < POSITION_BUCKETS; bucket++) {
      this.#clicked[bucket] = (this.#clicked[bucket] as number) + (clicks[bucket] ?? 0) - (before?.[bucket] ?? 0);
    }
    this.#clicksOfShard.set(shard, clicks);
    this.#rates = null;
  }

  /** Impressions by bucket of items that are not here any more, or with the opposite sign fewer of them. */
  addDropped(bucket: number, change: number): void {
    this.#shown[bucket] = (this.#shown[bucket] as number) + change;
    this.#rates = null;
  }

  /** Clicks by bucket of all items. */
  get clicksAt(): readonly number[] {
    return [...this.#clicked];
  }

  forgetClicks(): void {
    this.#clicked.fill(0);
    this.#clicksOfShard.clear();
    this.#rates = null;
  }

  /** Expected clicks of one impression in each bucket. */
  rates(meanRate: number): readonly number[] {
    if (this.#rates === null || this.#ratesOf !== meanRate) {
      this.#rates = positionRates(this.#shown, this.#clicked, meanRate);
      this.#ratesOf = meanRate;
      this.#placedInAll = 0;
      this.#expectedInAll = 0;
      for (const [bucket, rate] of this.#rates.entries()) {
        this.#placedInAll += this.#shown[bucket] as number;
        this.#expectedInAll += (this.#shown[bucket] as number) * rate;
      }
    }
    return this.#rates;
  }

  /** Expected clicks of an item's `impressions`; those without a known place at the mean rate. */
  expectedClicks(slot: number, impressions: number, meanRate: number): number {
    const rates = this.rates(meanRate);
    let placed = 0;
    let expected = 0;
    for (let bucket = 0, at = slot * POSITION_BUCKETS; bucket < POSITION_BUCKETS; bucket++, at++) {
      const shown = this.#shownAt[at] as number;
      placed += shown;
      expected += shown * (rates[bucket] as number);
    }
    return expected + Math.max(0, impressions - placed) * meanRate;
  }

  /** Expected clicks of all items with `impressions` in all. */
  expectedInAll(impressions: number, meanRate: number): number {
    this.rates(meanRate);
    return this.#expectedInAll + Math.max(0, impressions - this.#placedInAll) * meanRate;
  }

  grow(capacity: number): void {
    this.#shownAt = grown(this.#shownAt, new Uint32Array(capacity * POSITION_BUCKETS));
  }
}
