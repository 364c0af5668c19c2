// What an event says about items: an impression, a click, a cart, a purchase, a view of the page of each. The only way from events to item
// statistics, live, in training and over the lake. Bots say nothing.
import type { AcceptedEvent, EventItem } from "../events/event.ts";
import { hash32 } from "../kernels/hash.ts";

/** Stored in this order: only ever append. */
export const OUTCOMES = ["impressions", "clicks", "carts", "purchases", "views"] as const;
/** Those that there were from the beginning. */
export const OUTCOMES_OF_ALL_VERSIONS = ["impressions", "clicks", "carts", "purchases"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What happened to one item by one event. */
export interface ItemOutcome {
  readonly itemId: string;
  readonly outcome: Outcome;
  /** Epoch ms of receipt, whole. */
  readonly at: number;
  /** Place in the list that it was shown or clicked in, from 0; −1 when the event does not tell. */
  readonly position: number;
  /** hash32 of the placement's name; 0 without one. */
  readonly placement: number;
  /** Whole hundredths of the currency; 0 but for purchases. */
  readonly revenue: number;
}

export type CountedEvent = Pick<AcceptedEvent, "type" | "items" | "receivedAt"> &
  Partial<Pick<AcceptedEvent, "placement" | "position" | "value" | "bot">>;

// A Map, since the types of custom events are names like any other: `constructor` is one.
const OUTCOME_OF_TYPE = new Map<string, Outcome>(
  Object.entries({
    view_item_list: "impressions",
    select_item: "clicks",
    add_to_cart: "carts",
    purchase: "purchases",
    view_item: "views",
  }),
);

/** A single amount stays below this many hundredths, so that sums of millions of them are exact. */
const MAX_REVENUE = 1e11;

/** What `event` says about its items, in their order; nothing for other types and for bots. */
export function outcomesOf(event: CountedEvent): ItemOutcome[] {
  const outcome = OUTCOME_OF_TYPE.get(event.type);
  const { items } = event;
  const at = Math.floor(event.receivedAt);
  // A row of the lake has null where there is no bot.
  if (outcome === undefined || !items || event.bot) return [];
  const placement = placementHash(event.placement);
  const revenues = outcome === "purchases" ? revenuesOf(items, event.value ?? 0) : null;
  return items.map(({ id: itemId }, index) => ({
    itemId,
    outcome,
    at,
    position: outcome === "impressions" ? (event.position ?? 0) + index : (event.position ?? -1),
    placement,
    revenue: revenues?.[index] ?? 0,
  }));
}

/** How statistics know a placement. */
export function placementHash(name: string | null | undefined): number {
  return name ? hash32(name) : 0;
}

/** Price × quantity of each item; when no item has a price, the event's value split by quantity. */
function revenuesOf(items: readonly EventItem[], value: number): number[] {
  const quantities = items.map(({ quantity }) => quantity ?? 1);
  const priced = items.some(({ price }) => price !== undefined && price !== null);
  const total = quantities.reduce((sum, quantity) => sum + quantity, 0);
  return items.map(({ price }, index) => {
    const quantity = quantities[index] as number;
    const amount = priced ? (price ?? 0) * quantity : total > 0 ? (value * quantity) / total : 0;
    return Math.max(-MAX_REVENUE, Math.min(MAX_REVENUE, Math.round(amount * 100)));
  });
}
