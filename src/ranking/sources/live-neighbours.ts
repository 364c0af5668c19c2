// What others touched next, after what the visitor touched last and after the page's own items: pairs of the last days, which the
// live table holds up to the second. An item that came after the training, and a sudden hit, are found by these.
import { eachSuccessor, liveSeeds } from "../../features/live-pairs.ts";
import { HashCounts } from "../../kernels/hash-counts.ts";
import { bestKeys } from "./best-keys.ts";
import type { CandidateSource } from "./source.ts";

/** As with the snapshot's neighbours: the newest touch weighs one. */
const PAGE_WEIGHT = 4;

export const liveNeighbours: CandidateSource = {
  name: "live_neighbours",
  share: 2,
  reads: ["page"],
  find({ snapshot, items, evidence, codes, page, now }, out) {
    const support = new HashCounts(128);
    const add = (slot: number, weight: number): void =>
      eachSuccessor(items, slot, now, (hash, share) => {
        const next = items.slotOfHash(hash);
        const code = next < 0 ? snapshot.ids.indexOfHash(hash) : codes.codeOfSlot(next);
        if (code >= 0) support.add(code, share * weight);
      });
    for (const code of page) add(codes.slotOf(code), PAGE_WEIGHT);
    for (const [rank, seed] of liveSeeds(evidence).entries()) add(items.slotOfHash(seed), 1 / (1 + rank));
    // Codes of items that the snapshot does not know are places in a table, which are not the same in every isolate.
    return bestKeys(support, 0, out, (code) => codes.hashOf(code));
  },
};
