// The candidate's price against the prices that the visitor looks at: in this session, and over months. Distances are in
// powers of e; 0 when a price or a band is unknown.
import { log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Feature, FeatureInput } from "./feature.ts";

/** Mean logarithms of the prices of each band that a profile counts, by the hash of its number. */
const LOG_OF_BAND = new Map(
  Array.from({ length: 141 }, (_, i) => [hash32(String(i - 20)), (i - 19.5) * (Math.LN2 / 2)]),
);

export const priceBand: Feature = {
  name: "price_band",
  version: 1,
  columns: [
    "price_band.session_distance",
    "price_band.session_above",
    "price_band.long_term_distance",
    "price_band.long_term_above",
  ],
  stage: "first",
  cost: 10,
  fill(input, out, offset, stride) {
    const { candidates } = input;
    const session = sessionLogPrice(input);
    const longTerm = longTermLogPrice(input);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const logPrice = candidates.logPrice[row] as number;
      const inSession = orZero(logPrice - session);
      const ever = orZero(logPrice - longTerm);
      out[at] = Math.abs(inSession);
      out[at + 1] = Math.max(0, inSession);
      out[at + 2] = Math.abs(ever);
      out[at + 3] = Math.max(0, ever);
    }
  },
};

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** Mean logarithm of the prices touched in the session, by weight; NaN without any. */
function sessionLogPrice({ evidence: { touched } }: FeatureInput): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < touched.count; i++) {
    const price = touched.price[i] as number;
    const weight = touched.weight[i] as number;
    if (touched.recent[i] === 0 || !(price > 0) || price === Number.POSITIVE_INFINITY || weight <= 0) continue;
    sum += weight * log(price);
    total += weight;
  }
  return total > 0 ? sum / total : Number.NaN;
}

function longTermLogPrice({ view }: FeatureInput): number {
  const { keys, month } = view.families.prices;
  let sum = 0;
  let total = 0;
  keys.forEach((key, i) => {
    const middle = LOG_OF_BAND.get(key);
    if (middle === undefined || !((month[i] as number) > 0)) return;
    sum += (month[i] as number) * middle;
    total += month[i] as number;
  });
  const mean = sum / total;
  return Number.isFinite(mean) ? mean : Number.NaN;
}
