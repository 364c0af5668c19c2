// Lifetime value: what a visitor has brought, and what they are expected to bring within a year.
//
// Orders are taken to come at a constant rate of each visitor's own, and rates to be spread over visitors by a gamma
// distribution, so the expected rate is the visitor's own, shrunken towards everybody's (the NBD model: Ehrenberg 1959, "The
// pattern of consumer purchases"; Fader and Hardie 2009 in "Probability models for customer-base analysis"):
//   rate = (prior orders + own orders) / (prior years + years known)
// The value of an order is shrunken in the same way, as if everybody's mean had been ordered once. Nobody is taken to have
// left for good, but the rate of one who stays away falls with every year of it.
import { revenueOf, type VisitorSummary } from "./visitor-summary.ts";

const YEAR_MS = 365.25 * 86_400_000;
const DAY_MS = 86_400_000;
/** Weight of everybody's rate, as time of observation: after a year a visitor's own counts as much. */
const PRIOR_YEARS = 1;
/** Weight of everybody's order value, in orders. */
const PRIOR_ORDERS = 1;
export const HORIZON_YEARS = 1;

export interface Purchasing {
  /** Orders a visitor and year. */
  readonly rate: number;
  /** Mean value of an order. */
  readonly orderValue: number;
}

/** What holds for everybody together. @param asOf epoch ms: how far the log is known */
export function purchasingOf(visitors: Iterable<VisitorSummary>, asOf: number): Purchasing {
  let orders = 0;
  let value = 0;
  let years = 0;
  for (const visitor of visitors) {
    orders += visitor.orders.length;
    value += orderSum(visitor);
    years += yearsKnown(visitor, asOf);
  }
  return { rate: years === 0 ? 0 : orders / years, orderValue: orders === 0 ? 0 : value / orders };
}

/** In the currency of the events, which are not converted. */
export function lifetimeValue(visitor: VisitorSummary, everybody: Purchasing, asOf: number): number {
  const orders = visitor.orders.length;
  const rate = (PRIOR_YEARS * everybody.rate + orders) / (PRIOR_YEARS + yearsKnown(visitor, asOf));
  const orderValue = (PRIOR_ORDERS * everybody.orderValue + orderSum(visitor)) / (PRIOR_ORDERS + orders);
  return revenueOf(visitor) + HORIZON_YEARS * rate * orderValue;
}

const orderSum = ({ orders }: VisitorSummary): number => orders.reduce((sum, { value }) => sum + value, 0);

/** One who came a minute ago has been known for a day: no rate follows from less. */
const yearsKnown = ({ firstAt }: VisitorSummary, asOf: number): number => Math.max(asOf - firstAt, DAY_MS) / YEAR_MS;
