// Item-to-item neighbours: what the same visitors took an interest in, close together in time. Two interactions of a
// visitor, Δt apart, count w·w′·2^(−Δt / half-life). That kernel is positive definite, so the similarity below is a true
// cosine between items, in [0, 1]. Item-to-item lists as such: Linden, Smith and York, IEEE Internet Computing 7 (2003).
import { decayed } from "../kernels/decay.ts";

export interface Interaction {
  /** Index of the item, 0 … items − 1. */
  readonly item: number;
  /** Epoch ms. */
  readonly atMs: number;
  /** How much the interaction says, above 0: 1 for a view, more for a purchase. */
  readonly weight: number;
}

export interface CovisitationOptions {
  /** Number of items. */
  readonly items: number;
  /** Neighbours kept an item, 20 by default. */
  readonly k?: number;
  /** One day by default. */
  readonly halfLifeMs?: number;
  /** Added to the denominator of the cosine: pairs seen together a few times only are believed less. 5 by default. */
  readonly shrinkage?: number;
  /** Only the last so many interactions of a visitor count, which bounds the pairs. 50 by default. */
  readonly lastInteractions?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Neighbours {
  readonly k: number;
  /** items × k: neighbours, best first, equal weights by lower index; −1 where there are no more. */
  readonly ids: Int32Array;
  /** items × k, in (0, 1]; 0 where the id is −1. */
  readonly weights: Float32Array;
}

/**
 * similarity(i, j) = c_ij / (√(c_ii c_jj) + shrinkage), where c_ij sums the decayed weights of all pairs of an interaction
 * with i and one with j by the same visitor (an interaction pairs with itself too, in c_ii). Symmetric; an item is never
 * its own neighbour.
 * @param visitors the interactions of each visitor, in any order; they are not changed
 * @throws RangeError at an item index outside 0 … items − 1 or a weight that is not above 0
 */
export function covisitation(visitors: readonly (readonly Interaction[])[], options: CovisitationOptions): Neighbours {
  const { items, k = 20, shrinkage = 5, onProgress } = options;
  const pairs = sumPairs(visitors, options, onProgress);
  const ids = new Int32Array(items * k).fill(-1);
  const weights = new Float32Array(items * k);
  for (let item = 0; item < items; item++) {
    const row = pairs.together[item];
    if (row === undefined) continue;
    const own = pairs.own[item] as number;
    const scored = [...row].map(([other, together]): [number, number] => {
      return [other, together / (Math.sqrt(own * (pairs.own[other] as number)) + shrinkage)];
    });
    scored.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    scored.slice(0, k).forEach(([other, similarity], rank) => {
      ids[item * k + rank] = other;
      weights[item * k + rank] = similarity;
    });
  }
  return { k, ids, weights };
}

/** c_ij: `own` holds the diagonal, `together[i]` the others by j, in both directions. */
function sumPairs(
  visitors: readonly (readonly Interaction[])[],
  options: CovisitationOptions,
  onProgress: CovisitationOptions["onProgress"],
): { own: Float64Array; together: Map<number, number>[] } {
  const { items, halfLifeMs = 86_400_000, lastInteractions = 50 } = options;
  const own = new Float64Array(items);
  const together: Map<number, number>[] = Array.from({ length: items }, () => new Map());
  visitors.forEach((interactions, visitor) => {
    for (const { item, weight } of interactions) check(item, weight, items);
    const last = [...interactions].sort((a, b) => a.atMs - b.atMs).slice(-lastInteractions);
    last.forEach((later, at) => {
      own[later.item] = (own[later.item] as number) + later.weight ** 2;
      for (let before = 0; before < at; before++) {
        const earlier = last[before] as Interaction;
        const strength = later.weight * earlier.weight * decayed(later.atMs - earlier.atMs, halfLifeMs);
        if (earlier.item === later.item) {
          own[later.item] = (own[later.item] as number) + 2 * strength;
        } else {
          addTo(together[later.item] as Map<number, number>, earlier.item, strength);
          addTo(together[earlier.item] as Map<number, number>, later.item, strength);
        }
      }
    });
    onProgress?.(visitor + 1, visitors.length);
  });
  return { own, together };
}

function check(item: number, weight: number, items: number): void {
  if (!Number.isInteger(item) || item < 0 || item >= items)
    throw new RangeError(`item ${item} is not in 0..${items - 1}`);
  if (!(weight > 0 && Number.isFinite(weight))) throw new RangeError(`interaction weight ${weight} is not above 0`);
}

function addTo(sums: Map<number, number>, key: number, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
