// What past sessions say comes next in this one, an item at a time: session-based nearest neighbours and rules "after a comes
// b" (session-votes.ts). All 0 without a visit, and where the snapshot knows no sessions.
import { log1p } from "../kernels/elementary.ts";
import type { Feature } from "./feature.ts";
import type { SessionVotes, VoteColumn } from "./session-votes.ts";

/** Of the strongest item, so that sessions of any length compare. */
interface Share {
  readonly column: VoteColumn;
  readonly values: Float64Array;
  readonly factor: number;
}

function shareOf(votes: SessionVotes, column: VoteColumn): Share {
  const highest = votes.highest(column);
  return { column, values: votes.columns[column], factor: highest > 0 ? 1 / highest : 0 };
}

/** 1 for the first place, falling with the logarithm of the place; 0 for what has none. */
function placeOf(rank: number): number {
  return rank >= LAST_PLACE ? 0 : 1 - log1p(rank) / LOG_LAST_PLACE;
}
const LAST_PLACE = 200;
const LOG_LAST_PLACE = log1p(LAST_PLACE);

const KNN_SHARES = ["votes", "linear", "fresh", "near", "after"] as const;
const KNN_PLACES = ["votes", "linear", "near"] as const;

export const sessionKnn: Feature = {
  name: "session_knn",
  version: 1,
  columns: [
    ...KNN_SHARES.map((column) => `session_knn.${column}`),
    ...KNN_PLACES.map((column) => `session_knn.${column}_place`),
    "session_knn.strength",
    "session_knn.voters",
    "session_knn.last_voters",
  ],
  stage: "first",
  cost: 100,
  fill({ candidates, evidence: { votes } }, out, offset, stride) {
    const shares = KNN_SHARES.map((column) => shareOf(votes, column));
    const places = KNN_PLACES.map((column) => votes.ranks(column));
    const { votes: strength, voters, lastVoters } = votes.columns;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      const vote = index < 0 ? -1 : votes.rowOf(index);
      if (vote < 0) {
        out.fill(0, at, at + 11);
        continue;
      }
      let to = at;
      for (const { values, factor } of shares) out[to++] = (values[vote] as number) * factor;
      for (const ranks of places) out[to++] = placeOf(ranks[vote] as number);
      out[to] = strength[vote] as number;
      out[to + 1] = voters[vote] as number;
      out[to + 2] = lastVoters[vote] as number;
    }
  },
};

const RULES = ["next1", "next2", "next3", "rule1", "rule2"] as const;
const RULE_PLACES = ["rules", "next1"] as const;

export const sessionRules: Feature = {
  name: "session_rules",
  version: 1,
  columns: [
    "session_rules.all",
    ...RULES.map((column) => `session_rules.${column}`),
    ...RULE_PLACES.map((column) => `session_rules.${column}_place`),
    "session_rules.before",
    "session_rules.again",
  ],
  stage: "first",
  cost: 100,
  fill({ snapshot: { sessions }, candidates, evidence: { votes, trail } }, out, offset, stride) {
    const all = shareOf(votes, "rules");
    const rules = RULES.map((column) => votes.columns[column]);
    const places = RULE_PLACES.map((column) => votes.ranks(column));
    const [current] = trail.newest;
    const { ruleStarts, ruleItems, ruleNext } = sessions;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      out.fill(0, at, at + 10);
      if (index < 0) continue;
      const vote = votes.rowOf(index);
      if (vote >= 0) {
        let to = at;
        out[to++] = (all.values[vote] as number) * all.factor;
        for (const values of rules) out[to++] = values[vote] as number;
        for (const ranks of places) out[to++] = placeOf(ranks[vote] as number);
      }
      if (sessions.count === 0 || trail.length === 0) continue;
      // The other way round: how often the current item, and the item itself, came right after this one.
      for (let rule = ruleStarts[index] as number; rule < (ruleStarts[index + 1] as number); rule++) {
        const after = ruleItems[rule] as number;
        if (after === current) out[at + 8] = ruleNext[rule] as number;
        if (after === index) out[at + 9] = ruleNext[rule] as number;
      }
    }
  },
};
