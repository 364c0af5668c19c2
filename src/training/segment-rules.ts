// Which segments a visitor belongs to, by recency, frequency and money (RFM) and by what prices they look at. The rules are
// described for people in docs/segments.md.
import { SEGMENTS, type Segment } from "../profile/segments.ts";
import { revenueOf, type VisitorSummary } from "./visitor-summary.ts";

const DAY_MS = 86_400_000;

/** Generic: a shop of consumables and one of furniture would choose other times. */
export const SEGMENT_RULES = {
  /** One session, of so many days ago at most. */
  newDays: 30,
  /** Looked around in so many sessions and at so many items without ever ordering. */
  browserSessions: 3,
  browserItems: 10,
  /** Orders within so many days. */
  frequentOrders: 3,
  frequentDays: 365,
  /** Revenue above this quantile of the buyers', when there are enough to speak of one. */
  bigSpenderQuantile: 0.8,
  bigSpenderBuyers: 10,
  /** Has ordered, but not for so long. */
  lapsedDays: 180,
  /** Mean place of the prices looked at, over at least so many items; or so many queries that ask for a low price. */
  dealLevel: 0.3,
  dealItems: 5,
  dealQueries: 2,
} as const;

/** Revenue that a big spender is above; infinite when there are too few buyers. */
export function bigSpenderRevenue(visitors: Iterable<VisitorSummary>): number {
  const revenues: number[] = [];
  for (const visitor of visitors) if (visitor.orders.length > 0) revenues.push(revenueOf(visitor));
  if (revenues.length < SEGMENT_RULES.bigSpenderBuyers) return Number.POSITIVE_INFINITY;
  revenues.sort((a, b) => a - b);
  return revenues[Math.floor(SEGMENT_RULES.bigSpenderQuantile * (revenues.length - 1))] as number;
}

/** In the order of SEGMENTS. @param asOf epoch ms @param bigSpender revenue that a big spender is above */
export function segmentsOf(visitor: VisitorSummary, asOf: number, bigSpender: number): Segment[] {
  const { sessions, orders, itemEvents, pricedItems, priceLevels, dealQueries, firstAt } = visitor;
  const rules = SEGMENT_RULES;
  const isWithin = (at: number, days: number): boolean => asOf - at <= days * DAY_MS;
  const holds: Readonly<Record<Segment, boolean>> = {
    new: sessions === 1 && isWithin(firstAt, rules.newDays),
    returning: sessions > 1,
    browser: orders.length === 0 && sessions >= rules.browserSessions && itemEvents >= rules.browserItems,
    one_time_buyer: orders.length === 1,
    frequent_buyer: orders.filter(({ at }) => isWithin(at, rules.frequentDays)).length >= rules.frequentOrders,
    big_spender: orders.length > 0 && revenueOf(visitor) > bigSpender,
    lapsed: orders.length > 0 && !orders.some(({ at }) => isWithin(at, rules.lapsedDays)),
    deal_seeker:
      dealQueries >= rules.dealQueries ||
      (pricedItems >= rules.dealItems && priceLevels / pricedItems <= rules.dealLevel),
  };
  return SEGMENTS.filter((segment) => holds[segment]);
}
