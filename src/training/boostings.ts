// What boosting is tried with; what ranks the lists held back best makes the trees. Softmax with wide leaves suits few lists of
// many clicks, LambdaMART with finer trees many lists of which one row is wanted (docs/quality.md). Both cost a decision the same
// number of comparisons.
import type { BoostOptions } from "./gbdt/boost.ts";

export const BOOSTINGS: readonly Partial<BoostOptions>[] = [
  { objective: "softmax" },
  {
    objective: "lambdarank",
    truncation: 20,
    trees: 83,
    maxDepth: 6,
    maxLeaves: 31,
    learningRate: 0.1,
    minChildRows: 50,
    l2: 5,
    columnShare: 0.7,
  },
];

export interface TriedBoosting {
  readonly objective: BoostOptions["objective"];
  /** Of the trees alone, at their best number. */
  readonly measure: number;
  readonly trees: number;
}
