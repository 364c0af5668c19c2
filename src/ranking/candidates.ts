// The items to be scored, as parallel arrays over all placements of a request, so that one matrix and one run of the
// ranker serve them all.
import type { ItemTable } from "../catalog/item-table.ts";
import type { Candidates } from "../features/feature.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { RankRequest } from "./request.ts";

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
      relevance: typeof relevance === "number" && Number.isFinite(relevance) ? relevance : 0,
    };
  });
}

export function resolveCandidates(list: readonly Candidate[], snapshot: Snapshot, items: ItemTable): Candidates {
  const count = list.length;
  const resolved = {
    count,
    ids: list.map(({ id }) => id),
    index: new Int32Array(count),
    slot: new Int32Array(count),
    hash: new Uint32Array(count),
    position: new Int32Array(count),
    relevance: new Float32Array(count),
  };
  list.forEach(({ id, position, relevance }, row) => {
    resolved.index[row] = snapshot.indexOf.get(id) ?? -1;
    resolved.slot[row] = items.slotOf(id);
    resolved.hash[row] = hash32(id);
    resolved.position[row] = position;
    resolved.relevance[row] = relevance;
  });
  return resolved;
}
