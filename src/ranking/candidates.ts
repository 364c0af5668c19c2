// The items to be scored, as parallel arrays over all placements of a request, so that one matrix and one run of the
// ranker serve them all.
import type { ItemTable } from "../catalog/item-table.ts";
import { placementHash } from "../catalog/outcomes.ts";
import { bounded } from "../features/bounded.ts";
import { contextQuery } from "../features/context.ts";
import type { CandidateSpan, Candidates } from "../features/feature.ts";
import { queryTerms } from "../features/query-terms.ts";
import { priceOf } from "../features/touched-items.ts";
import { log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";
import { nameHash } from "../snapshot/attributes.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { PlacementRequest, RankRequest } from "./request.ts";

/** An item that a source or the caller put forward. */
export interface Candidate {
  readonly id: string;
  /** Which source found it first. */
  readonly source: string;
  /** Position in the caller's order, −1 when a source found it. */
  readonly position: number;
  readonly relevance: number;
}

/** The items of a rank request with what the caller says of them. */
export function givenCandidates(request: RankRequest): Candidate[] {
  return request.items.map(({ id, fields }, position) => {
    const relevance = fields?.relevance;
    return {
      id,
      source: "given",
      position,
      // JSON has no −0: what is logged must read back as what was scored.
      relevance: typeof relevance === "number" && Number.isFinite(relevance) ? relevance + 0 : 0,
    };
  });
}

/**
 * The candidates from … to − 1 as those of a placement.
 * @param context of the request: its query holds for placements that name none
 */
export function spanOf(
  placement: string,
  request: Pick<PlacementRequest, "query">,
  context: unknown,
  from: number,
  to: number,
): CandidateSpan {
  return { from, to, placement: placementHash(placement), query: queryTerms(queryOf(request, context)) };
}

/** What the visitor searches for in a placement, "" for nothing. */
export function queryOf(request: Pick<PlacementRequest, "query">, context: unknown): string {
  return request.query ?? contextQuery(context);
}

/** @param spans that cover the list */
export function resolveCandidates(
  list: readonly Candidate[],
  snapshot: Snapshot,
  items: ItemTable,
  spans: readonly CandidateSpan[],
): Candidates {
  const count = list.length;
  const resolved = {
    count,
    ids: list.map(({ id }) => id),
    index: new Int32Array(count),
    slot: new Int32Array(count),
    hash: new Uint32Array(count),
    position: new Int32Array(count),
    relevance: new Float32Array(count),
    price: new Float64Array(count),
    logPrice: new Float64Array(count),
    category: new Uint32Array(count),
    spans,
  };
  list.forEach(({ id, position, relevance }, row) => {
    const index = snapshot.ids.indexOf(id);
    const slot = items.slotOf(id);
    const liveCategory = slot < 0 ? "" : (items.categories[slot] as string);
    resolved.index[row] = index;
    resolved.slot[row] = slot;
    const price = priceOf(items, slot, snapshot, index);
    resolved.price[row] = price;
    resolved.logPrice[row] = price > 0 && price < Number.POSITIVE_INFINITY ? log(price) : Number.NaN;
    resolved.category[row] = nameHash(liveCategory) || (index < 0 ? 0 : snapshot.category.hashAt(index));
    resolved.hash[row] = hash32(id);
    resolved.position[row] = position;
    // Beyond float32 there is only infinity, and a rank request may say 1e39.
    resolved.relevance[row] = bounded(relevance);
  });
  return resolved;
}
