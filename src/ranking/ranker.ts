// A snapshot made ready to rank: its features matched with this build's, and its scorers.
import type { Feature } from "../features/feature.ts";
import { checkRequirements, type FeatureSet, matchFeatures } from "../features/feature-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type FirstPass, firstPassOf } from "./first-pass.ts";
import { modelScorer, type RankerModel } from "./ranker-model.ts";
import type { Scorer } from "./scorer.ts";

export interface Ranker {
  readonly snapshot: Snapshot;
  readonly features: FeatureSet;
  /** What the twin computes: the ranker itself, or its linear first pass where only ONNX can run it. */
  readonly model: RankerModel;
  /** What the cascade prunes by. */
  readonly firstPass: FirstPass;
  /** Serves models that it computes whole, and others until ONNX is warm and whenever it fails. */
  readonly twin: Scorer;
  /** Whether the model is more than the twin computes: one from elsewhere that is neither linear nor trees. */
  readonly needsOnnx: boolean;
  /** A warm session; it scores where there is one. */
  onnx: Scorer | null;
  /** Whether ONNX was tried and did not start. */
  onnxFailed: boolean;
}

/** @throws SnapshotError when the snapshot was trained on features that this build does not have or cannot fill */
export function createRanker(snapshot: Snapshot, registry: readonly Feature[]): Ranker {
  const features = matchFeatures(snapshot.manifest.features, registry);
  checkRequirements(features, snapshot);
  const model = modelOf(snapshot);
  const firstPass = firstPassOf(snapshot.linear, features.firstColumns);
  const needsOnnx = model.kind !== (snapshot.manifest.ranker ?? "linear");
  return { snapshot, features, model, firstPass, twin: modelScorer(model), needsOnnx, onnx: null, onnxFailed: false };
}

function modelOf({ manifest, linear, trees }: Snapshot): RankerModel {
  const { ranker = "linear" } = manifest;
  if (trees === null || ranker === "linear" || ranker === "onnx") return { kind: "linear", linear };
  return { kind: ranker, linear, trees };
}
