// Whether the visitor had to do with what shares a value with the candidate: its category, its brand, its tags, its price
// band. Each column is a share: the weight of the touches that have the value, over 1 and the weight of all touches, so that
// a single touch proves little. Half the weight is gone after a week; the long term comes from counters of months.
import { hash32 } from "../kernels/hash.ts";
import { factorAt } from "../profile/counters.ts";
import { priceBand } from "../profile/price-band.ts";
import type { FamilyView, ViewFamily } from "../profile/view.ts";
import type { Feature, FeatureInput } from "./feature.ts";
import { type ItemNames, itemNames, type NamesKind, namesRequirement } from "./item-fields.ts";

/** Value → share of the weight. */
type Shares = ReadonlyMap<number, number>;

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
    stage: "first",
    cost: kind === "list" ? 200 : 60,
    requires: namesRequirement(field, kind),
    fill(input, out, offset, stride) {
      const { candidates, view, now } = input;
      const names = itemNames(input, field, kind);
      const shares = [touchShares(input, field, names, true), touchShares(input, field, names, false)];
      if (family !== undefined) shares.push(familyShares(view.families[family], factorAt(view.periods, 2, now)));
      const live = field === "category";
      for (let i = 0; i < shares.length; i++) {
        const share = shares[i] as Shares;
        for (let row = 0, at = offset + i; row < candidates.count; row++, at += stride) {
          if (live) {
            out[at] = share.get(candidates.category[row] as number) ?? 0;
            continue;
          }
          const item = candidates.index[row] as number;
          out[at] = item < 0 || share.size === 0 ? 0 : meanShare(share, names, item);
        }
      }
    },
  };
}

function meanShare(share: Shares, { hashes, from, to }: ItemNames, item: number): number {
  const first = from(item);
  const end = to(item);
  let sum = 0;
  for (let at = first; at < end; at++) sum += share.get(hashes[at] as number) ?? 0;
  return end === first ? 0 : sum / (end - first);
}

function touchShares({ evidence }: FeatureInput, field: string, names: ItemNames, recent: boolean): Shares {
  const { touched } = evidence;
  const weights = new Map<number, number>();
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
    for (let at = names.from(item); at < names.to(item); at++) add(weights, names.hashes[at] as number, weight);
  }
  return scaled(weights, total);
}

function familyShares({ keys, month }: FamilyView, factor: number): Shares {
  const weights = new Map<number, number>();
  let total = 1;
  keys.forEach((key, i) => {
    const count = (month[i] as number) * factor;
    if (!Number.isFinite(count)) return;
    add(weights, key, count);
    total += count;
  });
  return scaled(weights, total);
}

/** 0 stands for "none": it is never shared. */
function add(weights: Map<number, number>, value: number, weight: number): void {
  if (value !== 0) weights.set(value, (weights.get(value) ?? 0) + weight);
}

function scaled(weights: Map<number, number>, total: number): Shares {
  for (const [value, weight] of weights) weights.set(value, weight / total);
  return weights;
}

/** Bands from e^-7 to e^42 by the hash of their number, as the counters of a profile have it. */
const BAND_OF_HASH = new Map(Array.from({ length: 141 }, (_, i) => [hash32(String(i - 20)), i - 20]));

/** The same by price band: bands of half an octave, the neighbouring ones counting half. */
export const interactedWithPrice: Feature = {
  name: "interacted_with.price_band",
  version: 1,
  columns: ["session", "lately", "long_term"].map((column) => `interacted_with.price_band.${column}`),
  stage: "first",
  cost: 150,
  fill({ candidates, evidence: { touched }, view, now }, out, offset, stride) {
    const bands = Int32Array.from(touched.price, bandOf);
    const shares = [true, false].map((recent) => {
      const weights = new Map<number, number>();
      let total = 1;
      for (let i = 0; i < touched.count; i++) {
        if (recent && touched.recent[i] === 0) continue;
        const weight = touched.weight[i] as number;
        total += Math.abs(weight);
        if (bands[i] !== NO_BAND) weights.set(bands[i] as number, (weights.get(bands[i] as number) ?? 0) + weight);
      }
      return scaled(weights, total);
    });
    const longTerm = new Map<number, number>();
    for (const [hash, share] of familyShares(view.families.prices, factorAt(view.periods, 2, now))) {
      const band = BAND_OF_HASH.get(hash);
      if (band !== undefined) longTerm.set(band, share);
    }
    shares.push(longTerm);
    const known = shares.some(({ size }) => size > 0);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const band = known ? bandOf(candidates.price[row] as number) : NO_BAND;
      for (let i = 0; i < shares.length; i++) {
        const share = shares[i] as Shares;
        out[at + i] =
          band === NO_BAND ? 0 : (share.get(band) ?? 0) + ((share.get(band - 1) ?? 0) + (share.get(band + 1) ?? 0)) / 2;
      }
    }
  },
};

const NO_BAND = -(2 ** 31);

function bandOf(price: number): number {
  return price > 0 && Number.isFinite(price) ? priceBand(price) : NO_BAND;
}
