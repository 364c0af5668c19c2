// The nearest items to a visitor's taste: an exact scan of one space of vectors with the mean of what was touched in this
// session (or what the page is about), and with that of months.
import { type Taste, tasteOf } from "../../features/evidence.ts";
import { longTermTaste } from "../../features/similarity.ts";
import { topK } from "../../kernels/top-k.ts";
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

/** Nothing while the session is all there is. */
export function nearestToLongTerm(space: Space): CandidateSource {
  return {
    name: `long_term_${space}`,
    share: 1,
    reads: [],
    find({ snapshot, view }, out) {
      return scan(snapshot, space, longTermTaste(view, snapshot)[space], out);
    },
  };
}

/** What the page is about, else what the session is, else what was touched last. */
function sessionQuery({ snapshot, evidence, codes, page }: SourceInput): Taste {
  const seeds = page.filter((code) => codes.indexOf(code) >= 0);
  if (seeds.length > 0) return tasteOf(seeds, new Array<number>(seeds.length).fill(1), snapshot);
  const { sessionTaste, behaviourTaste, contentTaste } = evidence;
  const empty = isZero(sessionTaste.behaviour) && isZero(sessionTaste.content);
  return empty ? { behaviour: behaviourTaste, content: contentTaste } : sessionTaste;
}

/** Similarities of all items; synchronous scans take turns in it. */
let similarities = new Float32Array(0);

function scan(snapshot: Snapshot, space: Space, query: Float32Array, out: Int32Array): number {
  if (isZero(query)) return 0;
  const vectors = snapshot[space];
  const items = vectors.rows;
  if (similarities.length < items) similarities = new Float32Array(items);
  const scores = similarities.subarray(0, items);
  for (let row = 0; row < items; row++) scores[row] = vectors.dot(query, row);
  const best = topK(scores, out.length);
  out.set(best);
  return best.length;
}

function isZero(vector: Float32Array): boolean {
  return dotAt(vector, 0, vector, 0, vector.length) === 0;
}
