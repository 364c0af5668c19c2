// Ranks outside the running system by the pipeline that serves: one request, with what was known at its moment.
import { candidates } from "../../nowcast.config.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import type { VisitorView } from "../profile/view.ts";
import { decide, type Workings } from "../ranking/decide.ts";
import type { Ranker } from "../ranking/ranker.ts";
import type { PlacementRequest } from "../ranking/request.ts";

export interface OfflineRequest {
  readonly placement: string;
  readonly request: PlacementRequest;
  readonly view: VisitorView;
  readonly context: unknown;
  /** Epoch ms of the decision. */
  readonly now: number;
}

/** Ids, best first. @throws Error when the ranking stepped down: what it returns then is not the model's */
export async function rankOffline(
  { placement, request, view, context, now }: OfflineRequest,
  ranker: Ranker,
  items: ItemTable,
  observe?: (workings: Workings) => void,
): Promise<string[]> {
  const { placements, degraded } = await decide({
    placements: { [placement]: request },
    view,
    context,
    knowledge: "profile",
    ranker,
    items,
    now,
    explain: false,
    limits: candidates,
    clock: () => now,
    ...(observe ? { observe } : {}),
  });
  if (degraded.length > 0) throw new Error(`the ranking stepped down: ${degraded.join(", ")}`);
  return placements[placement]?.items.map(({ id }) => id) ?? [];
}

/** Ids as indices of `candidates`; what is not a candidate is dropped, an id that stands there twice is found twice. */
export function orderOf(candidates: readonly string[], ids: readonly string[]): number[] {
  const rows = new Map<string, number[]>();
  candidates.forEach((id, row) => {
    const known = rows.get(id);
    if (known === undefined) rows.set(id, [row]);
    else known.push(row);
  });
  return ids.flatMap((id) => rows.get(id)?.shift() ?? []);
}
