// Items that go together with what was just touched, and with the page's own items first of all (item-to-item
// co-visitation; Linden, Smith and York 2003).
import { HashCounts } from "../../kernels/hash-counts.ts";
import { bestKeys } from "./best-keys.ts";
import type { CandidateSource } from "./source.ts";

/** The newest touch weighs one at most. */
const PAGE_WEIGHT = 4;

export const neighbours: CandidateSource = {
  name: "neighbours",
  share: 4,
  reads: ["page"],
  find({ snapshot, evidence, codes, page }, out) {
    const { neighbours } = snapshot;
    const { k } = neighbours;
    const { touchedIndex, touchedWeight } = evidence;
    const support = new HashCounts((page.length + touchedIndex.length) * k);
    const add = (seed: number, weight: number): void => {
      for (let rank = 0; rank < k; rank++) {
        const neighbour = neighbours.idAt(seed, rank);
        if (neighbour < 0) break;
        support.add(neighbour, neighbours.weightAt(seed, rank) * weight);
      }
    };
    for (const code of page) if (codes.indexOf(code) >= 0) add(code, PAGE_WEIGHT);
    for (let rank = 0; rank < touchedIndex.length; rank++) {
      const weight = touchedWeight[rank] as number;
      if (weight > 0) add(touchedIndex[rank] as number, weight / (1 + rank));
    }
    return bestKeys(support, out);
  },
};
