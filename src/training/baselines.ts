// The orders that a model has to beat: what live counts alone say, and what the visitor was shown.
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import type { Baseline } from "./evaluation-report.ts";
import { rankingOf } from "./metrics.ts";

/** Candidate indices, best first, of each baseline. @param ids the candidates in the order shown */
export function baselineOrders(ids: readonly string[], items: ItemTable): Record<Baseline, number[]> {
  const slots = ids.map((id) => items.slotOf(id));
  return {
    popular: [...rankingOf(slots.map((slot) => items.clicks[slot] ?? 0))],
    ctr: [...rankingOf(slots.map((slot) => clickRate(items, slot, 0, 0)))],
    "logged-order": slots.map((_, row) => row),
  };
}
