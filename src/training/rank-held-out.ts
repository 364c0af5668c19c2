// How a snapshot ranks the lists that were held back: by the pipeline that serves, with the item statistics of the split.
import { ItemTable } from "../catalog/item-table.ts";
import type { Feature } from "../features/feature.ts";
import { decodeView } from "../profile/view-codec.ts";
import type { Workings } from "../ranking/decide.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { HeldOut, HeldOutList, Protocol } from "./held-out.ts";
import { hitAt, ndcgAt, reciprocalRankAt } from "./metrics.ts";
import { openRanker } from "./node-ranker.ts";
import { orderOf, rankOffline } from "./rank-offline.ts";

/** A metric of one ranking, as in metrics.ts: what is relevant by candidate, and candidate indices, best first. */
export interface Metric {
  readonly name: string;
  readonly of: (relevance: readonly number[], ranking: readonly number[]) => number;
}

/** By protocol; the first decides which of two snapshots is the better one. */
export const METRICS: Readonly<Record<Protocol, readonly [Metric, ...Metric[]]>> = {
  rerank: [
    { name: "ndcg@10", of: (relevance, ranking) => ndcgAt(relevance, ranking, 10) },
    { name: "mrr", of: (relevance, ranking) => reciprocalRankAt(relevance, ranking) },
  ],
  "next-item": [
    { name: "mrr@20", of: (relevance, ranking) => reciprocalRankAt(relevance, ranking, 20) },
    { name: "hr@20", of: (relevance, ranking) => hitAt(relevance, ranking, 20) },
  ],
};

/** Values of one ranking by metric, a value a list. */
export type Measured = Readonly<Record<string, Float64Array>>;

/** @param rankings ids, best first, of each list */
export function measureRankings(
  protocol: Protocol,
  lists: readonly HeldOutList[],
  rankings: readonly (readonly string[])[],
): Measured {
  const relevance = lists.map(({ request, relevant }, index) => {
    const ids = rankings[index] ?? [];
    // Of what was found in the whole catalogue, the candidates are what was returned.
    const candidates = request.type === "rank" ? request.items.map(({ id }) => id) : ids;
    const wanted = new Set(relevant);
    return { relevance: candidates.map((id) => (wanted.has(id) ? 1 : 0)), ranking: orderOf(candidates, ids) };
  });
  return Object.fromEntries(
    METRICS[protocol].map(({ name, of }) => [
      name,
      Float64Array.from(relevance, ({ relevance, ranking }) => of(relevance, ranking)),
    ]),
  );
}

/**
 * Ids as the snapshot ranks each list, best first.
 * @param observe is handed what the ranker was given for each list
 * @throws SnapshotError when this build cannot rank with the snapshot; Error when the pipeline stepped down
 */
export async function rankHeldOut(
  { items, lists }: Pick<HeldOut, "items" | "lists">,
  snapshot: Snapshot,
  features: readonly Feature[],
  options: {
    readonly observe?: (index: number, workings: Workings) => void;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<string[][]> {
  const { observe, onProgress } = options;
  const table = new ItemTable();
  table.apply(items);
  const ranker = await openRanker(snapshot, features);
  const rankings: string[][] = [];
  try {
    for (const [index, { ts, placement, request, context, view }] of lists.entries()) {
      const asked = { placement, request, context, view: decodeView(view), now: ts };
      rankings.push(
        await rankOffline(asked, ranker, table, observe ? (workings) => observe(index, workings) : undefined),
      );
      onProgress?.(index + 1, lists.length);
    }
  } finally {
    await ranker.onnx?.release();
  }
  return rankings;
}
