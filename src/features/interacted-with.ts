// Whether the visitor had to do with what shares a value with the candidate: its category, its brand, its tags, its price
// band. Each column is a share: the weight of the touches that have the value, over 1 and the weight of all touches, so that
// a single touch proves little. Half the weight is gone after a week; the long term comes from counters of months.
import { hash32 } from "../kernels/hash.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { factorAt } from "../profile/counters.ts";
import { priceBand } from "../profile/price-band.ts";
import type { FamilyView, ViewFamily } from "../profile/view.ts";
import type { Feature, FeatureInput } from "./feature.ts";
import {
  candidateNames,
  endOfNames,
  firstName,
  type ItemNames,
  itemNames,
  type NamesKind,
  nameHashAt,
  namesRequirement,
} from "./item-fields.ts";

const FAMILY_OF_FIELD: Readonly<Record<string, ViewFamily>> = { category: "categories", brand: "brands" };

/**
 * Of a candidate with several values, the mean over them.
 * @param kind how to read the field of an item; `list` for tags and the like
 */
export function interactedWith(field: string, kind: NamesKind = "name"): Feature {
  const name = `interacted_with.${field}`;
  const family = FAMILY_OF_FIELD[field];
  const columns = ["session", "lately", ...(family === undefined ? [] : ["long_term"])];
  return {
    name,
    version: 1,
    columns: columns.map((column) => `${name}.${column}`),
    parameters: { field, kind },
    stage: "first",
    cost: kind === "list" ? 100 : 50,
    requires: namesRequirement(field, kind),
    fill(input, out, offset, stride) {
      const { candidates, view, now } = input;
      const names = itemNames(input, field, kind);
      const shares = [touchShares(input, field, names, true), touchShares(input, field, names, false)];
      if (family !== undefined) shares.push(familyShares(view.families[family], factorAt(view.periods, 2, now)));
      // Those of the candidates in their order, so that they are looked up once.
      const single = kind === "list" ? null : candidateNames(input, field, names);
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        for (let i = 0; i < shares.length; i++) {
          const share = shares[i] as HashCounts;
          if (share.size === 0) out[at + i] = 0;
          else if (single !== null) out[at + i] = share.get(single[row] as number);
          else out[at + i] = item < 0 ? 0 : meanShare(share, names, item);
        }
      }
    },
  };
}

function meanShare(share: HashCounts, names: ItemNames, item: number): number {
  const first = firstName(names, item);
  const end = endOfNames(names, item);
  let sum = 0;
  for (let at = first; at < end; at++) sum += share.get(nameHashAt(names, at));
  return end === first ? 0 : sum / (end - first);
}

function touchShares({ evidence }: FeatureInput, field: string, names: ItemNames, recent: boolean): HashCounts {
  const { touched } = evidence;
  const weights = new HashCounts(64);
  let total = 1;
  for (let i = 0; i < touched.count; i++) {
    if (recent && touched.recent[i] === 0) continue;
    const weight = touched.weight[i] as number;
    total += Math.abs(weight);
    if (field === "category") {
      add(weights, touched.category[i] as number, weight);
      continue;
    }
    const item = touched.index[i] as number;
    if (item < 0) continue;
    for (let at = firstName(names, item); at < endOfNames(names, item); at++)
      add(weights, nameHashAt(names, at), weight);
  }
  weights.scale(1 / total);
  return weights;
}

function familyShares({ keys, month }: FamilyView, factor: number): HashCounts {
  const weights = new HashCounts(keys.length);
  let total = 1;
  keys.forEach((key, i) => {
    const count = (month[i] as number) * factor;
    if (!Number.isFinite(count)) return;
    add(weights, key, count);
    total += count;
  });
  weights.scale(1 / total);
  return weights;
}

/** 0 stands for "none": it is never shared. */
function add(weights: HashCounts, value: number, weight: number): void {
  if (value !== 0) weights.add(value, weight);
}

/** Bands from e^-7 to e^42 by the hash of their number, as the counters of a profile have it. */
const BAND_OF_HASH = new Map(Array.from({ length: 141 }, (_, i) => [hash32(String(i - 20)), i - 20]));

/** The same by price band: bands of half an octave, the neighbouring ones counting half. */
export const interactedWithPrice: Feature = {
  name: "interacted_with.price_band",
  version: 1,
  columns: ["session", "lately", "long_term"].map((column) => `interacted_with.price_band.${column}`),
  stage: "first",
  cost: 100,
  fill({ candidates, evidence: { touched }, view, now }, out, offset, stride) {
    const bands = Int32Array.from(touched.price, bandOf);
    const shares = [true, false].map((recent) => {
      const weights = new HashCounts(16);
      let total = 1;
      for (let i = 0; i < touched.count; i++) {
        if (recent && touched.recent[i] === 0) continue;
        const weight = touched.weight[i] as number;
        total += Math.abs(weight);
        if (bands[i] !== NO_BAND) weights.add(bands[i] as number, weight);
      }
      weights.scale(1 / total);
      return withNeighbours(weights);
    });
    const longTerm = new HashCounts(16);
    for (const [hash, share] of familyShares(view.families.prices, factorAt(view.periods, 2, now)).entries()) {
      const band = BAND_OF_HASH.get(hash);
      if (band !== undefined) longTerm.set(band, share);
    }
    shares.push(withNeighbours(longTerm));
    const known = shares.some(({ size }) => size > 0);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const band = known ? bandOfLog(candidates.logPrice[row] as number) : NO_BAND;
      for (let i = 0; i < shares.length; i++) {
        const share = shares[i] as HashCounts;
        out[at + i] = band === NO_BAND || share.size === 0 ? 0 : share.get(band);
      }
    }
  },
};

/** Each band with half of what its neighbours have. Bands below 0 come back unsigned: one more or less wraps round the same. */
function withNeighbours(bands: HashCounts): HashCounts {
  const sums = new HashCounts(bands.size * 3);
  for (const [band, share] of bands.entries()) {
    sums.add(band, share);
    sums.add(band - 1, share / 2);
    sums.add(band + 1, share / 2);
  }
  return sums;
}

const NO_BAND = -(2 ** 31);

/** As priceBand has it of the price, whose logarithm candidates come with. */
function bandOfLog(logPrice: number): number {
  return Number.isNaN(logPrice) ? NO_BAND : Math.floor(logPrice / (Math.LN2 / 2));
}

function bandOf(price: number): number {
  return price > 0 && Number.isFinite(price) ? priceBand(price) : NO_BAND;
}
