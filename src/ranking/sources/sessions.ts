// What past sessions say comes next: the items of sessions like this one (VS-kNN, src/features/session-votes.ts), and the items
// that follow what was touched. Both may bring back what the visit has had: people return to it.

import type { VoteColumn } from "../../features/session-votes.ts";
import { topK } from "../../kernels/top-k.ts";
import type { CandidateSource } from "./source.ts";

export const likeSessions: CandidateSource = votedBy("like_sessions", "votes", 6);
export const followers: CandidateSource = votedBy("followers", "rules", 3);

function votedBy(name: string, column: VoteColumn, share: number): CandidateSource {
  return {
    name,
    share,
    reads: [],
    find({ evidence: { votes } }, out) {
      const scores = votes.columns[column];
      let count = 0;
      for (const row of topK(scores, out.length)) {
        if ((scores[row] as number) > 0) out[count++] = votes.items[row] as number;
      }
      return count;
    },
  };
}
