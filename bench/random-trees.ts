// Trees of random splits: for the speed of scoring, not for its quality.
import { createRandom } from "../src/kernels/random.ts";
import { checkTrees, type TreeEnsemble } from "../src/snapshot/tree-ensemble.ts";

/** Full trees: each has 2^depth leaves. */
export function randomTrees(columns: number, trees: number, depth: number, seed: number): TreeEnsemble {
  const random = createRandom(seed);
  const perTree = 2 ** (depth + 1) - 1;
  const inner = 2 ** depth - 1;
  const nodes = trees * perTree;
  const ensemble = {
    columns,
    baseScore: 0,
    roots: Uint32Array.from({ length: trees }, (_, tree) => tree * perTree),
    feature: new Int32Array(nodes).fill(-1),
    threshold: new Float32Array(nodes),
    left: Uint32Array.from({ length: nodes }, (_, node) => node),
    right: Uint32Array.from({ length: nodes }, (_, node) => node),
    missingLeft: new Uint8Array(nodes),
    value: Float32Array.from({ length: nodes }, () => random.normal() / 100),
  };
  for (let node = 0; node < nodes; node++) {
    const at = node % perTree;
    if (at >= inner) continue;
    const root = node - at;
    ensemble.feature[node] = random.integer(columns);
    ensemble.threshold[node] = random.next();
    ensemble.left[node] = root + 2 * at + 1;
    ensemble.right[node] = root + 2 * at + 2;
  }
  checkTrees(ensemble);
  return ensemble;
}
