// What is in fashion, day by day: every product drifts (an AR(1) process, the discrete Ornstein-Uhlenbeck), and now and then
// one becomes a hit for some days. What sold last week is a weak guess of what sells today.
import { hash32 } from "../../../src/kernels/hash.ts";
import { createRandom } from "../../../src/kernels/random.ts";
import { PRODUCTS } from "../catalogue/products.ts";

/** How much of yesterday is left today. */
const MEMORY = 0.93;
const HIT_CHANCE = 0.004;
const HIT = 2.2;
const HIT_MEMORY = 0.75;

/** @param day from 0 @returns about -2 to 3, 0 in the middle; the same for the same seed whatever is asked first */
export type Popularity = (id: string, day: number) => number;

export function createPopularity(seed: number, days: number): Popularity {
  const paths = new Map(PRODUCTS.map(({ id }) => [id, pathOf(seed, id, days)]));
  return (id, day) => paths.get(id)?.[Math.min(days, Math.max(0, Math.floor(day)))] ?? 0;
}

function pathOf(seed: number, id: string, days: number): Float64Array {
  const random = createRandom(hash32(id, seed));
  const path = new Float64Array(days + 1);
  let drift = random.normal();
  let hit = 0;
  for (let day = 0; day <= days; day++) {
    path[day] = drift + hit;
    drift = MEMORY * drift + Math.sqrt(1 - MEMORY ** 2) * random.normal();
    hit = random.next() < HIT_CHANCE ? HIT : hit * HIT_MEMORY;
  }
  return path;
}
