// The keys with the highest numbers, for sources that add up support.
import type { HashRows } from "../../kernels/hash-rows.ts";
import { topK } from "../../kernels/top-k.ts";

/**
 * Writes those above 0 to `out`, best first.
 * @param column of `rows`
 * @param rankOf puts equal ones in order, the lower first, all different but for chance; by default the key itself
 * @returns how many
 */
export function bestKeys(rows: HashRows, column: number, out: Int32Array, rankOf?: (key: number) => number): number {
  const keys = new Int32Array(rows.size);
  const scores = new Float64Array(rows.size);
  rows.columnTo(column, keys, scores);
  const ranks = rankOf === undefined ? keys : Int32Array.from(keys, rankOf);
  const best = topK(scores, out.length, scores.length, ranks);
  let count = 0;
  for (; count < best.length; count++) {
    const at = best[count] as number;
    if (!((scores[at] as number) > 0)) break;
    out[count] = keys[at] as number;
  }
  return count;
}
