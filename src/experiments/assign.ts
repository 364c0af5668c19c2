// Which variant of an experiment a visitor sees: a draw that is made anew at every request and comes out the same, so that nothing
// needs to be stored. Weighted rendezvous hashing (Thaler and Ravishankar 1998; the logarithmic method of Schindelhauer and Schomaker
// 2005): every variant draws a number for the visitor, the least one wins. When a weight grows, visitors move to that variant and
// nobody moves between the others.
import { log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";

export interface Split {
  /** Weights by variant, at least 0; their sum does not matter. */
  readonly variants: Readonly<Record<string, number>>;
  /** Share of the visitors that takes part, 1 by default; whoever takes part stays in when it grows. */
  readonly share?: number | undefined;
  /** Another seed shuffles the visitors anew. */
  readonly seed?: string | undefined;
}

/**
 * The variant of `visitor`, null for one who does not take part.
 * @param experiment its key: experiments are drawn independently of each other
 * @param visitor an id that stays
 */
export function assignVariant(
  experiment: string,
  visitor: string,
  { variants, share = 1, seed = "" }: Split,
): string | null {
  const drawn = hash32(`${experiment}\n${seed}`);
  if (share < 1 && uniform(visitor, hash32("share", drawn)) >= share) return null;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [name, weight] of Object.entries(variants)) {
    if (!(weight > 0)) continue;
    // Exponential with rate `weight`: the smallest of them is each variant's with a probability in proportion to its weight.
    const score = -log(uniform(visitor, hash32(name, drawn))) / weight;
    if (score < least) {
      least = score;
      best = name;
    }
  }
  return best;
}

/** In (0, 1). */
function uniform(visitor: string, seed: number): number {
  return (hash32(visitor, seed) + 0.5) / 2 ** 32;
}
