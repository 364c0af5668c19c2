// Where a price stands among those of its category: 0 for the cheapest, 1 for the dearest.
import type { LogItem } from "./log.ts";

/** Fewer prices say nothing of cheap and dear. */
const MIN_PRICES = 5;

export class PriceLevels {
  readonly #prices = new Map<string, Float64Array>();

  constructor(items: Iterable<LogItem>) {
    const byCategory = new Map<string, number[]>();
    for (const { category, price } of items) {
      if (!category || price === undefined || !(price > 0)) continue;
      const prices = byCategory.get(category);
      if (prices === undefined) byCategory.set(category, [price]);
      else prices.push(price);
    }
    for (const [category, prices] of byCategory) {
      if (prices.length >= MIN_PRICES) this.#prices.set(category, Float64Array.from(prices).sort());
    }
  }

  /** Share of the category's prices below `price`, equal ones half; null when the category has too few to tell. */
  of(category: string, price: number | undefined): number | null {
    const prices = this.#prices.get(category);
    if (prices === undefined || price === undefined || !(price > 0)) return null;
    const below = countBelow(prices, price);
    let upTo = below;
    while (upTo < prices.length && prices[upTo] === price) upTo++;
    return (below + upTo) / 2 / prices.length;
  }
}

function countBelow(sorted: Float64Array, price: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as number) < price) from = middle + 1;
    else to = middle;
  }
  return from;
}
