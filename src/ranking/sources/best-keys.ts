// The keys with the highest numbers, for sources that add up support.
import type { HashCounts } from "../../kernels/hash-counts.ts";
import { topK } from "../../kernels/top-k.ts";

/**
 * Writes them to `out`, best first.
 * @param rankOf puts equal ones in order, the lower first, all different but for chance; by default the key itself
 * @returns how many
 */
export function bestKeys(counts: HashCounts, out: Int32Array, rankOf?: (key: number) => number): number {
  const keys = new Int32Array(counts.size);
  const scores = new Float64Array(counts.size);
  counts.entriesTo(keys, scores);
  const ranks = rankOf === undefined ? keys : Int32Array.from(keys, rankOf);
  const best = topK(scores, out.length, scores.length, ranks);
  for (let i = 0; i < best.length; i++) out[i] = keys[best[i] as number] as number;
  return best.length;
}
