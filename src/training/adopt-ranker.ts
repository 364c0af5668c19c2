// Puts a ranker that was trained elsewhere into a snapshot: its ONNX serves, and its trees or weights, where we can read them, are
// the twin. Nothing is taken over that does not fit, is too much to serve or does not give the golden scores.
import { createOnnxScorer } from "../inference/onnx-scorer.ts";
import { modelScorer, type RankerKind, type RankerModel } from "../ranking/ranker-model.ts";
import type { Ranker } from "../snapshot/manifest.ts";
import { checkTrees, type TreeCounts } from "../snapshot/tree-ensemble.ts";
import { compareGolden, type Golden, GoldenError } from "./golden.ts";
import { runtimeWasm } from "./node-ranker.ts";
import { importRanker } from "./onnx-import.ts";
import { readOnnx } from "./onnx-reader.ts";
import { readLinear, type SnapshotFiles, withRanker } from "./snapshot-files.ts";

export interface Adopted extends SnapshotFiles {
  readonly report: {
    readonly snapshot: string;
    readonly producer: string;
    readonly ranker: Ranker;
    /** What serves while ONNX is cold: the same model, or the linear first pass and why. */
    readonly twin: { readonly kind: RankerKind; readonly exact: boolean; readonly reason: string | null };
    readonly trees: TreeCounts | null;
    readonly columns: number;
    readonly golden: {
      readonly rows: number;
      /** Largest differences from the golden scores. */
      readonly onnx: number;
      readonly typescript: number | null;
    };
  };
}

/**
 * @param snapshot as it lies in its folder; not changed
 * @throws OnnxImportError, OnnxModelError, TreeEnsembleError or GoldenError saying why the ranker is not taken
 */
export async function adoptRanker(snapshot: SnapshotFiles, onnx: Uint8Array, golden: Golden): Promise<Adopted> {
  const columns = snapshot.manifest.features.reduce((sum, { width }) => sum + width, 0);
  const read = readOnnx(onnx);
  const imported = importRanker(read, columns);
  if (golden.columns !== columns) {
    throw new GoldenError("golden_file", `golden: ${golden.columns} columns, the snapshot's features have ${columns}`);
  }
  const onnxDifference = await checkOnnx(onnx, columns, golden);
  const firstPass = readLinear(snapshot);
  const full = imported.twin === "full" ? imported.model : null;
  const model: RankerModel = full === null ? { kind: "linear", linear: firstPass } : { linear: firstPass, ...full };
  const exact = full !== null;
  const twin = modelScorer(model);
  const difference = exact
    ? compareGolden(golden, await twin.score(golden.matrix, golden.rows), "the TypeScript twin")
    : null;
  const files = await withRanker(snapshot, model, Uint8Array.from(onnx), exact ? model.kind : "onnx");
  return {
    ...files,
    report: {
      snapshot: files.manifest.id,
      producer: read.producer,
      ranker: exact ? model.kind : "onnx",
      twin: { kind: model.kind, exact, reason: imported.twin === "none" ? imported.reason : null },
      trees: model.kind === "linear" ? null : checkTrees(model.trees),
      columns,
      golden: { rows: golden.rows, onnx: onnxDifference, typescript: difference },
    },
  };
}

async function checkOnnx(model: Uint8Array, columns: number, golden: Golden): Promise<number> {
  const scorer = await createOnnxScorer({ model, wasm: runtimeWasm(), columns });
  try {
    return compareGolden(golden, await scorer.score(golden.matrix, golden.rows), "ONNX");
  } finally {
    await scorer.release();
  }
}
