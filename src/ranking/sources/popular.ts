// What most people click, by the snapshot. Asked last: it fills what no other source brings.
import type { CandidateSource } from "./source.ts";

export const popular: CandidateSource = {
  name: "popular",
  share: 1,
  reads: [],
  find({ snapshot }, out) {
    const best = snapshot.byPopularity.subarray(0, out.length);
    out.set(best);
    return best.length;
  },
};
