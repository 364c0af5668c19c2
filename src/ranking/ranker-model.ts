// What training chose to rank with, as data, and the TypeScript scorer of it. Whatever ranks, a linear model is there too: it
// makes the first pass over many candidates.

import { checkTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { type LinearModel, linearScorer, scoreLinear } from "./linear-scorer.ts";
import { packTrees, scorePacked } from "./packed-trees.ts";
import type { Scorer } from "./scorer.ts";

/** The linear model alone, trees alone, or the sum of both. */
export type RankerModel =
  | { readonly kind: "linear"; readonly linear: LinearModel }
  | { readonly kind: "trees" | "linear+trees"; readonly linear: LinearModel; readonly trees: TreeEnsemble };

export type RankerKind = RankerModel["kind"];

/** @throws RangeError when the linear model or the trees are not sound, or do not fit each other */
export function modelScorer(model: RankerModel): Scorer {
  const linear = linearScorer(model.linear);
  if (model.kind === "linear") return linear;
  checkTrees(model.trees);
  const { columns } = model.trees;
  if (columns !== linear.columns) {
    throw new RangeError(`ranker: trees over ${columns} columns, a linear model over ${linear.columns}`);
  }
  const packed = packTrees(model.trees);
  return {
    kind: "typescript",
    columns,
    async score(matrix, rows) {
      const scores = new Float32Array(rows);
      scorePacked(packed, matrix, rows, scores);
      if (model.kind === "linear+trees") addLinear(model.linear, matrix, rows, scores);
      return scores;
    },
  };
}

/** Scores `rows` rows of a row-major matrix into `out`, as ONNX adds up: in float32, the linear part last. */
export function scoreModel(model: RankerModel, matrix: Float32Array, rows: number, out: Float32Array): void {
  if (model.kind === "linear") {
    scoreLinear(model.linear, matrix, rows, out);
    return;
  }
  scorePacked(packTrees(model.trees), matrix, rows, out);
  if (model.kind === "linear+trees") addLinear(model.linear, matrix, rows, out);
}

function addLinear(model: LinearModel, matrix: Float32Array, rows: number, out: Float32Array): void {
  const linear = new Float32Array(rows);
  scoreLinear(model, matrix, rows, linear);
  for (let row = 0; row < rows; row++) out[row] = (out[row] as number) + (linear[row] as number);
}
