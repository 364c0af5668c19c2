// What the visitor touched, newest first: people come back to what they looked at, and buy again.
import type { CandidateSource } from "./source.ts";

export const recentlySeen: CandidateSource = {
  name: "recently_seen",
  share: 1,
  reads: [],
  find({ view, codes }, out) {
    const seen = new Set<number>();
    for (const { itemId } of view.touches) {
      if (seen.size >= out.length) break;
      const code = codes.codeOf(itemId);
      if (code >= 0) seen.add(code);
    }
    let count = 0;
    for (const code of seen) out[count++] = code;
    return count;
  },
};
