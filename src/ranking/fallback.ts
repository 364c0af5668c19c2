// The lower rungs of the ladder: an answer without a model. By click rate when there are live counts, else as given.
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { topK } from "../kernels/top-k.ts";
import type { RankedItem } from "./decision.ts";
import type { PlacementRequest } from "./request.ts";
import { isAvailable, recommendRule } from "./rules.ts";

export interface FallbackResult {
  readonly strategy: "popular" | "default";
  readonly items: RankedItem[];
}

export function decideWithoutModel(
  request: PlacementRequest,
  items: ItemTable,
  taken: ReadonlySet<string>,
): FallbackResult {
  return request.type === "rank" ? rankGiven(request.items, items) : recommendPopular(request, items, taken);
}

function rankGiven(given: readonly { id: string }[], items: ItemTable): FallbackResult {
  const measured = given.some(({ id }) => (items.impressions[items.slotOf(id)] ?? 0) > 0);
  const scores = Float64Array.from(given, ({ id }, row) => {
    const score = measured ? clickRate(items, items.slotOf(id), 0, 0) : -row;
    return isAvailable(id, items) ? score : score - 1e9;
  });
  return {
    strategy: measured ? "popular" : "default",
    items: inOrder(scores, given.length, (row) => given[row]?.id ?? "", "given"),
  };
}

function recommendPopular(
  request: Extract<PlacementRequest, { type: "recommend" }>,
  items: ItemTable,
  taken: ReadonlySet<string>,
): FallbackResult {
  const allowed = recommendRule(request, null, items);
  const ids = items.ids.filter((id) => !taken.has(id) && allowed(id));
  const scores = Float64Array.from(ids, (id) => clickRate(items, items.slotOf(id), 0, 0));
  const ranked = inOrder(scores, request.count, (row) => ids[row] as string, "popular");
  return { strategy: ranked.length > 0 ? "popular" : "default", items: ranked };
}

function inOrder(scores: Float64Array, count: number, idOf: (row: number) => string, source: string): RankedItem[] {
  return Array.from(topK(scores, count), (row, position) => ({
    id: idOf(row),
    score: scores[row] as number,
    position,
    source,
  }));
}
