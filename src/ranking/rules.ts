// Business rules on single items: what may be shown at all in a placement. They hold on every rung of the ladder.
import type { ItemTable } from "../catalog/item-table.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { RecommendRequest } from "./request.ts";

/** Whether the item with `id` may be recommended; live data decide, the snapshot where there are none. */
export type ItemRule = (id: string) => boolean;

export function recommendRule(request: RecommendRequest, snapshot: Snapshot | null, items: ItemTable): ItemRule {
  const excluded = new Set(request.exclude);
  for (const id of request.context ?? []) excluded.add(id);
  const wanted = request.filter?.category;
  const categories = wanted === undefined ? null : new Set(typeof wanted === "string" ? [wanted] : wanted);
  return (id) => {
    if (excluded.has(id) || !isAvailable(id, items)) return false;
    return categories === null || categories.has(categoryOf(id, snapshot, items));
  };
}

/** An item of which nothing is known live counts as available. */
export function isAvailable(id: string, items: ItemTable): boolean {
  const slot = items.slotOf(id);
  return slot < 0 || items.available[slot] === 1;
}

function categoryOf(id: string, snapshot: Snapshot | null, items: ItemTable): string {
  const slot = items.slotOf(id);
  const live = slot < 0 ? "" : (items.categories[slot] as string);
  if (live !== "" || snapshot === null) return live;
  const index = snapshot.ids.indexOf(id);
  return index < 0 ? "" : snapshot.category.nameAt(index);
}
