// Items that go together with what was just touched, and with the page's own items first of all (item-to-item
// co-visitation; Linden, Smith and York 2003).
import { SUPPORT } from "../../features/evidence.ts";
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
    const { support } = evidence;
    const seeds = page.filter((code) => codes.indexOf(code) >= 0);
    if (seeds.length === 0) return bestKeys(support, SUPPORT.near, out);
    const keys = new Uint32Array(support.size);
    const near = new Float64Array(support.size);
    support.columnTo(SUPPORT.near, keys, near);
    const withPage = new HashCounts(support.size + seeds.length * k);
    for (const seed of seeds) {
      for (let rank = 0; rank < k; rank++) {
        const neighbour = neighbours.idAt(seed, rank);
        if (neighbour < 0) break;
        withPage.add(neighbour, neighbours.weightAt(seed, rank) * PAGE_WEIGHT);
      }
    }
    for (let i = 0; i < keys.length; i++) withPage.add(keys[i] as number, near[i] as number);
    return bestKeys(withPage, 0, out);
  },
};
