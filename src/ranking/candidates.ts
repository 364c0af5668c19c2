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
    return { id, source: "given", position, relevance: relevanceOf(fields) };
  });
}

/** The caller's relevance of an item, 0 where there is none. */
export function relevanceOf(fields: Readonly<Record<string, unknown>> | undefined): number {
  const relevance = fields?.relevance;
  // JSON has no −0: what is logged must read back as what was scored.
  return typeof relevance === "number" && Number.isFinite(relevance) ? relevance + 0 : 0;
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
  const rows = {
    count: list.length,
    hash: Uint32Array.from(list, ({ id }) => hash32(id)),
    index: Int32Array.from(list, ({ id }) => snapshot.ids.indexOf(id)),
    slot: Int32Array.from(list, ({ id }) => items.slotOf(id)),
    position: Int32Array.from(list, ({ position }) => position),
    relevance: Float64Array.from(list, ({ relevance }) => relevance),
  };
  return resolveRows(rows, snapshot, items, spans);
}

/** Items as they were looked up: parallel arrays, at least `count` long. */
export interface CandidateRows {
  readonly count: number;
  /** hash32 of each id. */
  readonly hash: Uint32Array;
  readonly index: Int32Array;
  readonly slot: Int32Array;
  readonly position: Int32Array;
  readonly relevance: Float64Array;
}

/** @param spans that cover the rows */
export function resolveRows(
  { count, hash, index, slot, position, relevance }: CandidateRows,
  snapshot: Snapshot,
  items: ItemTable,
  spans: readonly CandidateSpan[],
): Candidates {
  const resolved = {
    count,
    index: index.subarray(0, count),
    slot: slot.subarray(0, count),
    hash: hash.subarray(0, count),
    position: position.subarray(0, count),
    relevance: new Float32Array(count),
    price: new Float64Array(count),
    logPrice: new Float64Array(count),
    category: new Uint32Array(count),
    spans,
  };
  for (let row = 0; row < count; row++) {
    const at = index[row] as number;
    const live = slot[row] as number;
    const price = priceOf(items, live, snapshot, at);
    resolved.price[row] = price;
    resolved.logPrice[row] = price > 0 && price < Number.POSITIVE_INFINITY ? log(price) : Number.NaN;
    const liveCategory = live < 0 ? 0 : (items.categoryHash[live] as number);
    resolved.category[row] = liveCategory || (at < 0 ? 0 : snapshot.category.hashAt(at));
    // Beyond float32 there is only infinity, and a rank request may say 1e39.
    resolved.relevance[row] = bounded(relevance[row] as number);
  }
  return resolved;
}

/** The candidates at `rows`, in that order. @param spans that cover them */
export function selectCandidates(
  candidates: Candidates,
  rows: Int32Array,
  spans: readonly CandidateSpan[],
): Candidates {
  const selected = {
    count: rows.length,
    index: new Int32Array(rows.length),
    slot: new Int32Array(rows.length),
    hash: new Uint32Array(rows.length),
    position: new Int32Array(rows.length),
    relevance: new Float32Array(rows.length),
    price: new Float64Array(rows.length),
    logPrice: new Float64Array(rows.length),
    category: new Uint32Array(rows.length),
    spans,
  };
  for (let to = 0; to < rows.length; to++) {
    const from = rows[to] as number;
    selected.index[to] = candidates.index[from] as number;
    selected.slot[to] = candidates.slot[from] as number;
    selected.hash[to] = candidates.hash[from] as number;
    selected.position[to] = candidates.position[from] as number;
    selected.relevance[to] = candidates.relevance[from] as number;
    selected.price[to] = candidates.price[from] as number;
    selected.logPrice[to] = candidates.logPrice[from] as number;
    selected.category[to] = candidates.category[from] as number;
  }
  return selected;
}
