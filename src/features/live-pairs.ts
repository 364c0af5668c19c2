// How often others touched an item after what the visitor touched last, by the pairs that the live table holds: co-visitation of
// this minute, where the snapshot's neighbours are of the last training. A share of what follows an item, smoothed: one who
// went on to it is little evidence.
import type { ItemTable } from "../catalog/item-table.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import type { Evidence } from "./evidence.ts";
import type { Feature } from "./feature.ts";

/** Different items that count, the newest ones. */
export const LIVE_SEEDS = 8;
/** Weight of pairs that no item is seen with: below it shares are close to nothing. */
const PRIOR = 5;

/** Items to start from: the newest touch of each that was touched last, without what was taken out of the cart. */
export function liveSeeds({ touched }: Pick<Evidence, "touched">): number[] {
  const seeds: number[] = [];
  for (let i = 0; i < touched.count && seeds.length < LIVE_SEEDS; i++) {
    const hash = touched.hash[i] as number;
    if ((touched.weight[i] as number) > 0 && !seeds.includes(hash)) seeds.push(hash);
  }
  return seeds;
}

/** Hands `take` the items touched after the item of `slot`, as hash32 of the id and a share below 1; nothing for slot −1. */
export function eachSuccessor(
  items: ItemTable,
  slot: number,
  now: number,
  take: (hash: number, share: number) => void,
): void {
  const { successors } = items;
  const size = successors.sizeOf(slot);
  if (size === 0) return;
  const factor = successors.factorAt(slot, now);
  const scale = factor / (successors.totalOf(slot) * factor + PRIOR);
  const first = successors.firstOf(slot);
  for (let at = first; at < first + size; at++) {
    take(successors.next[at] as number, (successors.weight[at] as number) * scale);
  }
}

/** Sum and maximum over the items touched last, the n-th newest counting 1 / n; and what follows the very last one. */
export const livePairs: Feature = {
  name: "live_pairs",
  version: 1,
  columns: ["live_pairs.sum", "live_pairs.max", "live_pairs.last"],
  stage: "first",
  cost: 20,
  fill({ items, candidates, evidence, now }, out, offset, stride) {
    const seeds = liveSeeds(evidence);
    const sum = new HashCounts(64);
    const max = new HashCounts(64);
    const last = new HashCounts(16);
    seeds.forEach((seed, rank) => {
      eachSuccessor(items, items.slotOfHash(seed), now, (hash, share) => {
        const support = share / (1 + rank);
        sum.add(hash, support);
        if (support > max.get(hash)) max.set(hash, support);
        if (rank === 0) last.set(hash, share);
      });
    });
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const hash = candidates.hash[row] as number;
      out[at] = sum.get(hash);
      out[at + 1] = max.get(hash);
      out[at + 2] = last.get(hash);
    }
  },
};
