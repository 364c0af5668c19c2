// Boosts: what a merchant multiplies or adds to the scores of some items.
import { log } from "../../kernels/elementary.ts";
import { hash32 } from "../../kernels/hash.ts";
import { nameHash } from "../../snapshot/attributes.ts";
import type { ItemFacts } from "./item-facts.ts";
import type { Boost } from "./rule-schema.ts";

/** What the boosts that fit an item come to: the product of the factors and the sum of the rest. */
export interface BoostOfItem {
  readonly multiply: number;
  readonly add: number;
}

/** Of an item by the hash32 of its id, its index in the snapshot and its slot in the live table. */
export type BoostRule = (hash: number, index: number, slot: number) => BoostOfItem | null;

/** Null when there is none. The rule says null of an item that none fits. */
export function boostRule(boosts: readonly Boost[] | undefined, facts: ItemFacts): BoostRule | null {
  if (boosts === undefined || boosts.length === 0) return null;
  const compiled = boosts.map((boost) => ({
    fits: fitOf(boost, facts),
    multiply: boost.multiply ?? 1,
    add: boost.add ?? 0,
  }));
  return (hash, index, slot) => {
    let found = false;
    let [multiply, add] = [1, 0];
    for (const boost of compiled) {
      if (!boost.fits(hash, index, slot)) continue;
      found = true;
      multiply *= boost.multiply;
      add += boost.add;
    }
    return found ? { multiply, add } : null;
  };
}

function fitOf(
  { item, category, brand, tag }: Boost,
  facts: ItemFacts,
): (hash: number, index: number, slot: number) => boolean {
  if (item !== undefined) {
    const wanted = hash32(item);
    return (hash) => hash === wanted;
  }
  if (category !== undefined) {
    const wanted = nameHash(category);
    return (_, index, slot) => facts.category(index, slot) === wanted;
  }
  if (brand !== undefined) {
    const wanted = nameHash(brand);
    return (_, index, slot) => facts.brand(index, slot) === wanted;
  }
  const wanted = nameHash(tag as string);
  const isWanted = (name: number): boolean => name === wanted;
  return (_, index, slot) => facts.hasAnyTag(index, slot, isWanted);
}

/**
 * The score of a model is a logarithm of odds and may be below 0: to multiply the odds is to add the logarithm. A click rate is
 * multiplied as it is.
 */
export function boosted(score: number, { multiply, add }: BoostOfItem, scale: "odds" | "rate"): number {
  return scale === "odds" ? score + log(multiply) + add : score * multiply + add;
}
