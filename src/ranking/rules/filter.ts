// The filter of a placement, made ready to ask item by item.
import { HashCounts } from "../../kernels/hash-counts.ts";
import { nameHash } from "../../snapshot/attributes.ts";
import type { ItemFacts } from "./item-facts.ts";
import type { Filter } from "./rule-schema.ts";

/** Of an item by its index in the snapshot and its slot in the live table. */
export type FilterRule = (index: number, slot: number) => boolean;

/** Null when the filter lets everything pass. What is not known of an item does not fit. */
export function filterRule(filter: Filter | undefined, facts: ItemFacts): FilterRule | null {
  if (filter === undefined) return null;
  const checks: FilterRule[] = [];
  const { category, brand, tags, price, publishedSince } = filter;
  if (publishedSince !== undefined) checks.push((index, slot) => facts.publishedAt(index, slot) >= publishedSince);
  if (brand !== undefined) {
    const isWanted = anyOf(brand);
    checks.push((index, slot) => isWanted(facts.brand(index, slot)));
  }
  if (category !== undefined) {
    const isWanted = anyOf(category);
    checks.push((index, slot) => isWanted(facts.category(index, slot)));
  }
  if (tags !== undefined) {
    const isWanted = anyOf(tags);
    checks.push((index, slot) => facts.hasAnyTag(index, slot, isWanted));
  }
  if (price !== undefined) {
    const { min = 0, max = Number.POSITIVE_INFINITY } = price;
    checks.push((index, slot) => {
      const value = facts.price(index, slot);
      return value >= min && value <= max;
    });
  }
  return checks.length === 0 ? null : (index, slot) => checks.every((check) => check(index, slot));
}

/** Of more names a table is asked faster than a list. */
const FEW_NAMES = 4;

function anyOf(names: string | readonly string[]): (hash: number) => boolean {
  const hashes = hashesOf(names);
  if (hashes.length <= FEW_NAMES) return (hash) => hashes.includes(hash);
  const wanted = new HashCounts(hashes.length);
  for (const hash of hashes) wanted.set(hash, 1);
  return (hash) => wanted.has(hash);
}

/** nameHash of one or more names. */
export function hashesOf(names: string | readonly string[]): number[] {
  return (typeof names === "string" ? [names] : names).map(nameHash);
}
