// Evaluation by replay, protocol `next-item`: for every event after the first of a session the pipeline that serves recommends
// 20 items out of the whole catalogue, given the session so far, and is measured by what came next. Repeats are allowed: what
// the session has had may come again. Of items that the training side does not know none can be hit.
import * as config from "../../nowcast.config.ts";
import type { Feature } from "../features/feature.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { decodeView } from "../profile/view-codec.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { baselineRanks } from "./baseline-ranks.ts";
import type { History } from "./history.ts";
import type { ItemHistory } from "./item-history.ts";
import { nextItemBaselines } from "./next-item-baselines.ts";
import { type NextItemQuery, nextItemQueries, viewsAt } from "./next-item-queries.ts";
import {
  NEXT_ITEM_CUTOFF,
  type NextItemEvaluation,
  type NextItemResult,
  rankOfTarget,
  summarizeNextItem,
} from "./next-item-report.ts";
import { NEXT_ITEM_PLACEMENT } from "./next-item-rows.ts";
import { openRanker } from "./node-ranker.ts";
import { rankOffline } from "./rank-offline.ts";
import { decisionAfter, type RecordedDecision } from "./recorded-decisions.ts";
import { type LogSession, sessionsOf } from "./sessions.ts";

export interface NextItemOptions {
  readonly snapshot: Snapshot;
  /** What the snapshot and the baselines learn from. */
  readonly trainSide: History;
  /** Sessions of `history` whose events are asked about. */
  readonly test: readonly LogSession[];
  readonly itemHistory: ItemHistory<NextItemQuery>;
  /** Whether baselines too learn from the test sessions as they come. */
  readonly live: boolean;
  /** What a running system answered, to be measured too. Queries without an answer are left out of everything. */
  readonly decisions?: ReadonlyMap<string, RecordedDecision>;
  /** Of the bootstrap, 1 by default. */
  readonly seed?: number;
  /** Those of nowcast.config.ts by default. */
  readonly features?: readonly Feature[];
  readonly profile?: ProfileConfig;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * @param history the training and the test side together, in time order
 * @throws RangeError without a query; SnapshotError when this build cannot rank with the snapshot
 */
export async function evaluateNextItem(history: History, options: NextItemOptions): Promise<NextItemEvaluation> {
  const { snapshot, trainSide, test, itemHistory, live, decisions, seed = 1, onProgress } = options;
  const { features = config.features, profile = history.config } = options;
  const asked = nextItemQueries(test);
  if (asked.length === 0) throw new RangeError("no test session has a second event: there is nothing to predict");
  const recorded = (query: NextItemQuery): RecordedDecision | undefined => decisionAfter(history, query, decisions);
  const queries = decisions ? asked.filter((query) => recorded(query) !== undefined) : asked;
  if (queries.length === 0) throw new RangeError("no recorded decision belongs to a query of the test sessions");
  const train = sessionsOf(trainSide);
  const indexOf = indexOfItems(train);
  const ofBaselines = baselineRanks({
    ...{ train, test, queries, indexOf, live },
    baselines: nextItemBaselines(indexOf.size),
  });
  const views = viewsAt(history, queries, profile);
  const ranker = await openRanker(snapshot, features);
  const results = new Array<NextItemResult>(queries.length);
  try {
    let done = 0;
    for (const [index, items] of itemHistory(queries)) {
      const query = queries[index] as NextItemQuery;
      const { now, targets } = query;
      const ids = await rankOffline(
        {
          placement: NEXT_ITEM_PLACEMENT,
          request: { type: "recommend", count: NEXT_ITEM_CUTOFF },
          view: decodeView(views[index] as Uint8Array),
          context: undefined,
          now,
        },
        ranker,
        items,
      );
      const answered = recorded(query)?.items;
      const current = test[query.session]?.steps[query.step - 1]?.items ?? [];
      const of = Object.fromEntries([...ofBaselines].map(([name, ranks]) => [name, ranks[index] as number]));
      results[index] = {
        session: query.session,
        first: query.step === 1,
        repeat: targets.some((id) => current.includes(id)),
        ranks: { ...of, model: rankOfTarget(ids, targets) } as NextItemResult["ranks"],
        ...(answered
          ? { recorded: { rank: rankOfTarget(answered, targets), differs: answered.join("\n") !== ids.join("\n") } }
          : {}),
      };
      onProgress?.(++done, queries.length);
    }
  } finally {
    await ranker.onnx?.release();
  }
  const snapshots = [...new Set(queries.flatMap((query) => recorded(query)?.snapshot ?? []))].sort();
  return summarizeNextItem(results, {
    snapshot: snapshot.manifest.id,
    seed,
    ...(decisions ? { recorded: { snapshots, missing: asked.length - queries.length } } : {}),
  });
}

/** Items that sessions touched, by id in code-unit order. */
export function indexOfItems(sessions: readonly LogSession[]): Map<string, number> {
  const ids = new Set(sessions.flatMap(({ steps }) => steps.flatMap(({ items }) => items)));
  return new Map([...ids].sort().map((id, index) => [id, index]));
}
