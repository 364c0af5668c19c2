// What visitors were shown and clicked, as the visitor's own taste model sees it (src/features/taste-model.ts): for each
// visitor and item the gradient and the curvature of a logistic regression at what everyone else would have done.
import { clickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { type Expectation, expectation, logMeanRate } from "../features/taste-model.ts";
import type { Catalogue } from "./catalogue.ts";
import { countTotals } from "./item-statistics.ts";
import type { VisitorHistory } from "./visitors.ts";

/** One visitor after the other: those of visitor v are starts[v] … starts[v + 1] − 1. */
export interface TasteObservations {
  readonly visitors: number;
  readonly starts: Uint32Array;
  /** Index in the catalogue. */
  readonly item: Uint32Array;
  /** Clicks beyond the expected ones. */
  readonly residual: Float64Array;
  readonly curvature: Float64Array;
  /** How much more than the mean everyone else clicks the item. */
  readonly appeal: Float64Array;
}

interface Counts {
  shown: number;
  clicked: number;
}

/** Of those visitors who were shown something, `most` at most: the first. Click rates are those of all. */
export function tasteObservations(
  visitors: readonly VisitorHistory[],
  { indexOf, ids }: Catalogue,
  most: number,
): TasteObservations {
  const items = new ItemTable();
  const kept: Map<number, Counts>[] = [];
  for (const { events } of visitors) {
    countTotals(items, events);
    const counts = kept.length < most ? countsOf(events, indexOf) : null;
    if (counts !== null && counts.size > 0) kept.push(counts);
  }
  const starts = new Uint32Array(kept.length + 1);
  kept.forEach(({ size }, visitor) => {
    starts[visitor + 1] = (starts[visitor] as number) + size;
  });
  const size = starts[kept.length] as number;
  const out = {
    visitors: kept.length,
    starts,
    item: new Uint32Array(size),
    residual: new Float64Array(size),
    curvature: new Float64Array(size),
    appeal: new Float64Array(size),
  };
  const logMean = logMeanRate(items);
  const expected: Expectation = { residual: 0, curvature: 0, appeal: 0 };
  let at = 0;
  for (const counts of kept) {
    for (const [item, { shown, clicked }] of counts) {
      const own = Math.min(clicked, shown);
      expectation(expected, clickRate(items, items.slotOf(ids[item] as string), own, shown), logMean, own, shown);
      out.item[at] = item;
      out.residual[at] = expected.residual;
      out.curvature[at] = expected.curvature;
      out.appeal[at] = expected.appeal;
      at++;
    }
  }
  return out;
}

/** By item that was shown. */
function countsOf(events: VisitorHistory["events"], indexOf: Catalogue["indexOf"]): Map<number, Counts> {
  const counts = new Map<number, Counts>();
  for (const { type, items = [] } of events) {
    if (type !== "view_item_list") continue;
    for (const { id } of items) {
      const item = indexOf.get(id) as number;
      const count = counts.get(item) ?? { shown: 0, clicked: 0 };
      count.shown++;
      counts.set(item, count);
    }
  }
  for (const { type, items = [] } of events) {
    if (type !== "select_item") continue;
    for (const { id } of items) {
      const count = counts.get(indexOf.get(id) as number);
      if (count !== undefined) count.clicked++;
    }
  }
  return counts;
}
