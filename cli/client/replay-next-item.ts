// Replay by the protocol `next-item`: after every event of a session but the last, what comes next is asked for, out of the
// whole catalogue, before it is told. The questions are those of `nowcast evaluate --protocol next-item`.
import type { History } from "../../src/training/history.ts";
import { nextItemQueries } from "../../src/training/next-item-queries.ts";
import { measureRanks, NEXT_ITEM_CUTOFF, type RankFigures, rankOfTarget } from "../../src/training/next-item-report.ts";
import { NEXT_ITEM_PLACEMENT } from "../../src/training/next-item-rows.ts";
import { type LogSession, sessionsOf } from "../../src/training/sessions.ts";
import { splitSessions } from "../../src/training/split.ts";
import { eventAt, type PlannedQuestion, type ReplayProtocol } from "./replay-protocol.ts";

export interface NextItemQuality extends RankFigures {
  /** Questions of the log: one without an answer is a miss. */
  readonly queries: number;
  readonly sessions: number;
  /** What may be recommended: everything, what the session has had included. */
  readonly repeats: "allowed";
}

export const nextItem: ReplayProtocol<NextItemQuality> = (history, trainShare) => {
  const { cut, sessions } = sidesOf(history, trainShare);
  const queries = nextItemQueries(sessions);
  const questions = queries.map(({ position, now }): [number, PlannedQuestion] => {
    const event = eventAt(history, position);
    return [
      position,
      {
        when: "after",
        list: event.id,
        visitor: event,
        ts: now,
        placement: NEXT_ITEM_PLACEMENT,
        request: { type: "recommend", count: NEXT_ITEM_CUTOFF },
      },
    ];
  });
  return {
    cut,
    questions: new Map(questions),
    measure(decisions) {
      if (queries.length === 0) return null;
      const ranks = queries.map(({ position, targets }) => rankOfTarget(decisions.get(position)?.items ?? [], targets));
      const clusters = queries.map(({ session }) => session);
      return {
        queries: queries.length,
        sessions: new Set(clusters).size,
        repeats: "allowed",
        ...measureRanks(ranks, clusters, 1),
      };
    },
  };
};

function sidesOf(history: History, trainShare: number | null): { cut: number; sessions: readonly LogSession[] } {
  if (trainShare !== null) {
    const { train, test } = splitSessions(history, trainShare);
    return { cut: train.length, sessions: test };
  }
  const sessions = sessionsOf(history);
  return { cut: sessions[0]?.steps[0]?.position ?? history.timeline.length, sessions };
}
