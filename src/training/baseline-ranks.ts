// Where the baselines of the protocol `next-item` rank what came next: they learn the sessions of the training side, and with
// `live` those of the test side too, each event before the next one is asked about.
import type { NextItemBaseline } from "./next-item-baseline.ts";
import type { NextItemQuery } from "./next-item-queries.ts";
import { NEXT_ITEM_CUTOFF } from "./next-item-report.ts";
import type { LogSession } from "./sessions.ts";

export interface BaselineRun {
  /** What is learned before anything is asked, and what is asked about. */
  readonly train: readonly LogSession[];
  readonly test: readonly LogSession[];
  /** Of `test`, in log order. */
  readonly queries: readonly NextItemQuery[];
  /** Id → index of the items of the training side. */
  readonly indexOf: ReadonlyMap<string, number>;
  readonly baselines: readonly NextItemBaseline[];
  readonly live: boolean;
}

/** By baseline: the rank of the best target of each query, from 1; 0 when it is not among the first 20. */
export function baselineRanks({
  train,
  test,
  queries,
  indexOf,
  baselines,
  live,
}: BaselineRun): Map<string, Uint8Array> {
  const indices = (items: readonly string[]): number[] => items.map((id) => indexOf.get(id) ?? -1);
  const popularity = new Float64Array(indexOf.size);
  const seen = new Map<number, number[]>();
  const learn = (session: number, items: readonly number[], at: number): void => {
    const before = seen.get(session) ?? [];
    seen.set(session, before);
    for (const item of items) {
      if (item >= 0) {
        popularity[item] = (popularity[item] as number) + 1;
        for (const baseline of baselines) baseline.observe(session, item, at, before);
      }
      before.push(item);
    }
  };
  for (const { session, items, at } of inOrder(train)) learn(session, indices(items), at);
  // Sessions of the test side are numbered behind the others.
  const following = inOrder(test);
  const ranks = new Map(baselines.map(({ name }) => [name, new Uint8Array(queries.length)]));
  const scores = new Float64Array(indexOf.size);
  const sofar = new Map<number, number[]>();
  let next = 0;
  queries.forEach((query, index) => {
    for (; next < following.length && (following[next]?.position ?? 0) <= query.position; next++) {
      const { session, items, at } = following[next] as Step;
      sofar.set(session, [...(sofar.get(session) ?? []), ...indices(items)]);
      if (live) learn(train.length + session, indices(items), at);
    }
    const targets = indices(query.targets);
    for (const baseline of baselines) {
      scores.fill(0);
      baseline.score(train.length + query.session, sofar.get(query.session) as number[], scores);
      (ranks.get(baseline.name) as Uint8Array)[index] = bestRank(scores, popularity, targets);
    }
  });
  return ranks;
}

interface Step {
  readonly session: number;
  readonly position: number;
  readonly at: number;
  readonly items: readonly string[];
}

/** All steps in log order. */
function inOrder(sessions: readonly LogSession[]): Step[] {
  return sessions
    .flatMap(({ steps }, session) => steps.map((step) => ({ session, ...step })))
    .sort((a, b) => a.position - b.position);
}

/** Equal scores rank by popularity, then by index. What a baseline gives no score it does not put forward. */
function bestRank(scores: Float64Array, popularity: Float64Array, targets: readonly number[]): number {
  let best = 0;
  for (const target of targets) {
    const score = scores[target] ?? 0;
    if (score <= 0) continue;
    const popular = popularity[target] as number;
    let rank = 1;
    for (let item = 0; item < scores.length && rank <= NEXT_ITEM_CUTOFF; item++) {
      const other = scores[item] as number;
      if (other < score) continue;
      if (other > score) rank++;
      else if ((popularity[item] as number) > popular || (popularity[item] === popular && item < target)) rank++;
    }
    if (rank <= NEXT_ITEM_CUTOFF && (best === 0 || rank < best)) best = rank;
  }
  return best;
}
