// The nearest items to a visitor's taste: a scan of one space of vectors with the mean of what was touched in this
// session (or what the page is about), and with that of months.
import { type Taste, tasteOf } from "../../features/evidence.ts";
import { longTermTaste } from "../../features/similarity.ts";
import { dotAt } from "../../kernels/vectors.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import type { CandidateSource, SourceInput } from "./source.ts";

type Space = keyof Taste;

export function nearestToSession(space: Space): CandidateSource {
  return {
    name: `similar_${space}`,
    share: 2,
    reads: ["page"],
    find: (input, out) => scan(input.snapshot, space, sessionQuery(input)[space], out),
  };
}

/** By behaviour, where the items that the visitor met over months have any; else by content. A scan is dear, so it is one. */
export const nearestToLongTerm: CandidateSource = {
  name: "long_term",
  share: 2,
  reads: [],
  find({ snapshot, view }, out) {
    const taste = longTermTaste(view, snapshot);
    const space = isZero(taste.behaviour) ? "content" : "behaviour";
    return scan(snapshot, space, taste[space], out);
  },
};

/** What the page is about, else what the session is, else what was touched last. */
function sessionQuery({ snapshot, evidence, codes, page }: SourceInput): Taste {
  const seeds = page.filter((code) => codes.indexOf(code) >= 0);
  if (seeds.length > 0) return tasteOf(seeds, new Array<number>(seeds.length).fill(1), snapshot);
  const { sessionTaste, behaviourTaste, contentTaste } = evidence;
  const empty = isZero(sessionTaste.behaviour) && isZero(sessionTaste.content);
  return empty ? { behaviour: behaviourTaste, content: contentTaste } : sessionTaste;
}

function scan(snapshot: Snapshot, space: Space, query: Float32Array, out: Int32Array): number {
  return isZero(query) ? 0 : snapshot[space].nearest(query, out);
}

function isZero(vector: Float32Array): boolean {
  return dotAt(vector, 0, vector, 0, vector.length) === 0;
}
