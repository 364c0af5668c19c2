// Trees on a decision's rows: the walk in WebAssembly and in TypeScript, and the plain scorer, beside onnxruntime-web, in one run, turn by turn.
// node bench/tree-scorer.ts
import { createOnnxScorer } from "../src/inference/onnx-scorer.ts";
import { packTrees, scorePacked, walkWith } from "../src/ranking/packed-trees.ts";
import { scoreTrees } from "../src/ranking/tree-scorer.ts";
import { runtimeWasm } from "../src/training/node-ranker.ts";
import { scanModule } from "../src/training/node-scan.ts";
import { exportRanker } from "../src/training/onnx-trees.ts";
import { seededNumbers, seededRanker } from "../tests/fixtures/inference/ranker.ts";
import { seededTrees } from "../tests/fixtures/inference/trees.ts";

const COLUMNS = 70;
const TURNS = 400;

const trees = seededTrees({ columns: COLUMNS, trees: 100, depth: 5, seed: 1 });
const packed = packTrees(trees);
walkWith(scanModule());
const inWasm = packTrees(trees);
const linear = seededRanker(COLUMNS, 1);
const onnx = await createOnnxScorer({
  model: exportRanker({ kind: "trees", linear, trees }),
  wasm: runtimeWasm(),
  columns: COLUMNS,
});
const median = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1] as number;

console.log("rows    wasm  packed   plain    onnx  (ms, medians; 100 trees of depth 5 over 70 columns)");
for (const rows of [50, 200, 1000]) {
  const matrix = seededNumbers(rows * COLUMNS, 2, -2, 2);
  const out = new Float32Array(rows);
  const scorers = [
    async () => scorePacked(inWasm, matrix, rows, out),
    async () => scorePacked(packed, matrix, rows, out),
    async () => scoreTrees(trees, matrix, rows, out),
    () => onnx.score(matrix, rows),
  ];
  const times = scorers.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [index, score] of scorers.entries()) {
      const startedAt = performance.now();
      await score();
      times[index]?.push(performance.now() - startedAt);
    }
  }
  const cells = times.map((each) => median(each).toFixed(3).padStart(6));
  console.log([String(rows).padStart(4), ...cells].join("  "));
}
await onnx.release();
