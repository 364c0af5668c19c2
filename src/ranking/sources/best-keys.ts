// The keys with the highest numbers, for sources that add up support.
import type { HashCounts } from "../../kernels/hash-counts.ts";
import { topK } from "../../kernels/top-k.ts";

/** Writes them to `out`, best first, of equal ones the lower key first. @returns how many */
export function bestKeys(counts: HashCounts, out: Int32Array): number {
  const keys = new Int32Array(counts.size);
  counts.keysTo(keys);
  // In ascending order ties are broken by key, whatever order the table has.
  keys.sort();
  const scores = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) scores[i] = counts.get(keys[i] as number);
  const best = topK(scores, out.length);
  for (let i = 0; i < best.length; i++) out[i] = keys[best[i] as number] as number;
  return best.length;
}
