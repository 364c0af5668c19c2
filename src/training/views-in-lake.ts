// The decision views of a lake's visitors, as training comes to them: events as the lake has them, accepted and folded.

import { fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { emptyState } from "../profile/state.ts";
import { encodeViewOf } from "../profile/view-codec.ts";
import { type NumberedVisitor, readLakeVisitors } from "./lake-log.ts";
import type { ReadLakeOptions } from "./lake-tables.ts";
import type { DecisionHead } from "./logged-decisions.ts";
import { Visitors } from "./visitors.ts";

/** Why a view cannot be made: the lake does not have everything that the visitor's object folded before. */
export type MissingView = "history_incomplete";

/** @returns by key of the decision the bytes of its view, for decisions that name a visitor */
export async function viewsInLake(
  dir: string,
  options: ReadLakeOptions,
  heads: Iterable<DecisionHead>,
  config: ProfileConfig,
): Promise<Map<string, Uint8Array | MissingView>> {
  const wanted = new Map<string, DecisionHead[]>();
  const views = new Map<string, Uint8Array | MissingView>();
  for (const head of heads) {
    if (head.visitor === null) continue;
    const own = wanted.get(head.visitor) ?? [];
    own.push(head);
    wanted.set(head.visitor, own);
    // Until events of the visitor turn up, there are none.
    const unknown = head.seq === 0 ? encodeViewOf(emptyState(), head.ts, config) : "history_incomplete";
    views.set(head.key, unknown);
  }
  for await (const visitor of readLakeVisitors(dir, options)) {
    const own = wanted.get(visitor.visitor);
    if (own !== undefined) foldThrough(visitor, own, views, config);
  }
  return views;
}

function foldThrough(
  { events, seqs }: NumberedVisitor,
  heads: readonly DecisionHead[],
  views: Map<string, Uint8Array | MissingView>,
  config: ProfileConfig,
): void {
  const bySeq = heads.toSorted((a, b) => a.seq - b.seq);
  const accepted = new Visitors(config);
  let state = emptyState();
  let next = 0;
  const answer = (): void => {
    for (; bySeq[next]?.seq === state.seq; next++) {
      const { key, ts } = bySeq[next] as DecisionHead;
      views.set(key, encodeViewOf(state, ts, config));
    }
  };
  answer();
  for (const [index, record] of events.entries()) {
    // A gap is what had no consent to be recorded; a repetition is another life of the visitor, after an erasure.
    if (seqs[index] !== state.seq + 1 || (seqs[index + 1] ?? Number.POSITIVE_INFINITY) === seqs[index]) return;
    const event = accepted.accept(
      accepted.of(record, () => {}),
      record,
    );
    if (event === null) return;
    state = fold(state, event, config);
    answer();
  }
}
