// What an event says about items: the additive counts from which item statistics are made. Sums commute, so the order
// in which events arrive cannot change them.
import type { Event } from "../events/event.ts";

export const OUTCOMES = ["impressions", "clicks", "carts", "purchases"] as const;
export type Outcome = (typeof OUTCOMES)[number];

// A Map, since the types of custom events are names like any other: `constructor` is one.
const OUTCOME_OF_TYPE = new Map<string, Outcome>(
  Object.entries({
    view_item_list: "impressions",
    select_item: "clicks",
    add_to_cart: "carts",
    purchase: "purchases",
  }),
);

/** Counts to add to one item. */
export type OutcomeCounts = { -readonly [K in Outcome]?: number };

/** Adds what `event` says to `totals` (item id → counts); `sign` −1 takes it back. */
export function countOutcomes(
  totals: Map<string, OutcomeCounts>,
  event: Pick<Event, "type" | "items">,
  sign: 1 | -1 = 1,
): void {
  const outcome = OUTCOME_OF_TYPE.get(event.type);
  if (outcome === undefined || !event.items) return;
  for (const { id } of event.items) {
    let counts = totals.get(id);
    if (counts === undefined) {
      counts = {};
      totals.set(id, counts);
    }
    counts[outcome] = (counts[outcome] ?? 0) + sign;
  }
}
