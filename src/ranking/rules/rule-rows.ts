// What rules know of the rows of a pool, as numbers a row. Gathered before the scorer is waited for: the item table goes on
// changing meanwhile, and a decision is of one epoch.

import { hash32 } from "../../kernels/hash.ts";
import type { VisitorView } from "../../profile/view.ts";
import type { PoolSpan } from "../gather.ts";
import type { Page } from "../page.ts";
import type { Pool } from "../pool.ts";
import { STANDING } from "./arrange.ts";
import { type BoostOfItem, boostRule } from "./boosts.ts";
import { frequencyRule } from "./frequency.ts";
import type { ItemFacts } from "./item-facts.ts";

export interface RuleRows {
  /** Of STANDING, before anything is pruned. */
  readonly standing: Uint8Array;
  /** nameHash; 0 when unknown. */
  readonly brand: Uint32Array;
  /** Row → its boost, of those that have one. */
  readonly boosts: ReadonlyMap<number, BoostOfItem>;
  /** Rows that have a fixed place. */
  readonly pinned: ReadonlyMap<number, number>;
}

export function ruleRows(
  pool: Pool,
  spans: readonly PoolSpan[],
  page: Page,
  facts: ItemFacts,
  { view, now }: { readonly view: VisitorView; readonly now: number },
): RuleRows {
  const standing = new Uint8Array(pool.count);
  const brand = new Uint32Array(pool.count);
  const boosts = new Map<number, BoostOfItem>();
  const pinned = new Map<number, number>();
  for (const { name, request, from, to } of spans) {
    const rules = page.rulesOf(name);
    const boostOf = boostRule(rules.boosts, facts);
    const isTired = request.type === "rank" ? frequencyRule(rules.frequencyCap, view, now) : null;
    const places = new Map(page.pinsOf(name).map(({ id, position }) => [hash32(id), position]));
    for (let row = from; row < to; row++) {
      const hash = pool.hash[row] as number;
      const [index, slot] = [pool.index[row] as number, pool.slot[row] as number];
      if (!facts.isAvailable(slot)) standing[row] = STANDING.unavailable;
      else if (isTired?.(hash)) standing[row] = STANDING.frequency;
      if (rules.caps?.brand !== undefined) brand[row] = facts.brand(index, slot);
      const boost = boostOf?.(hash, index, slot);
      if (boost) boosts.set(row, boost);
      if (places.size === 0) continue;
      const place = places.get(hash);
      if (place === undefined || standing[row] === STANDING.unavailable) continue;
      pinned.set(row, place);
      // A caller may have an item ranked twice: its first row has the place.
      places.delete(hash);
    }
  }
  return { standing, brand, boosts, pinned };
}
