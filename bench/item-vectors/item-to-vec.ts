// item2vec (Barkan and Koenigstein, MLSP 2016): skip-gram with negative sampling (Mikolov et al. 2013) over what visitors
// touched, one item after the other: an item's vector should tell those near it in the order of a visit from chance ones.
import { exp } from "../../src/kernels/elementary.ts";
import { createRandom } from "../../src/kernels/random.ts";

export interface ItemToVecOptions {
  readonly items: number;
  readonly dimensions: number;
  readonly seed: number;
  /** Passes over all sequences, 20 by default. */
  readonly epochs?: number;
  /** Places to either side, 5 by default; each time a random number of them up to this. */
  readonly window?: number;
  /** Chance items a pair, 5 by default, drawn by (times touched)^power, 0.75 by default. */
  readonly negatives?: number;
  readonly power?: number;
  /** Falls to 0 over all passes, 0.05 by default. */
  readonly learningRate?: number;
}

/** Entries of the table that chance items are drawn from. */
const TABLE = 1 << 20;

/** @param sequences indices of items, in order of time @returns items × dimensions; 0 for an item that no sequence has */
export function itemToVec(sequences: readonly (readonly number[])[], options: ItemToVecOptions): Float32Array {
  const {
    items,
    dimensions,
    seed,
    epochs = 20,
    window = 5,
    negatives = 5,
    power = 0.75,
    learningRate = 0.05,
  } = options;
  const random = createRandom(seed);
  const counts = new Float64Array(items);
  for (const sequence of sequences) for (const item of sequence) counts[item] = (counts[item] as number) + 1;
  const table = drawingTable(counts, power);
  const vectors = Float32Array.from({ length: items * dimensions }, () => (random.next() - 0.5) / dimensions);
  const contexts = new Float32Array(items * dimensions);
  const moved = new Float32Array(dimensions);
  const order = Uint32Array.from(sequences.keys());
  const touches = counts.reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    random.shuffle(order);
    for (const index of order) {
      const sequence = sequences[index] as readonly number[];
      for (let at = 0; at < sequence.length; at++) {
        const rate = learningRate * Math.max(1e-4, 1 - done++ / (touches * epochs));
        const reach = 1 + random.integer(window);
        const centre = (sequence[at] as number) * dimensions;
        for (let other = Math.max(0, at - reach); other <= Math.min(sequence.length - 1, at + reach); other++) {
          if (other === at || sequence[other] === sequence[at]) continue;
          moved.fill(0);
          for (let n = 0; n <= negatives; n++) {
            const item = n === 0 ? (sequence[other] as number) : (table[random.integer(TABLE)] as number);
            if (n > 0 && item === sequence[other]) continue;
            const context = item * dimensions;
            let product = 0;
            for (let d = 0; d < dimensions; d++)
              product += (vectors[centre + d] as number) * (contexts[context + d] as number);
            const pull = rate * ((n === 0 ? 1 : 0) - 1 / (1 + exp(-product)));
            for (let d = 0; d < dimensions; d++) {
              moved[d] = (moved[d] as number) + pull * (contexts[context + d] as number);
              contexts[context + d] = (contexts[context + d] as number) + pull * (vectors[centre + d] as number);
            }
          }
          for (let d = 0; d < dimensions; d++)
            vectors[centre + d] = (vectors[centre + d] as number) + (moved[d] as number);
        }
      }
    }
  }
  for (let item = 0; item < items; item++)
    if (counts[item] === 0) vectors.fill(0, item * dimensions, (item + 1) * dimensions);
  return vectors;
}

function drawingTable(counts: Float64Array, power: number): Uint32Array {
  const shares = counts.map((count) => (count === 0 ? 0 : count ** power));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const table = new Uint32Array(TABLE);
  let item = 0;
  let until = (shares[0] as number) / total;
  for (let at = 0; at < TABLE; at++) {
    while (at / TABLE >= until && item < shares.length - 1) until += (shares[++item] as number) / total;
    table[at] = item;
  }
  return table;
}
