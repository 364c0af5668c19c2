// A snapshot made ready to rank: its features matched with this build's, and its scorers.
import type { Feature } from "../features/feature.ts";
import { checkRequirements, type FeatureSet, matchFeatures } from "../features/feature-set.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { linearScorer } from "./linear-scorer.ts";
import type { Scorer } from "./scorer.ts";

export interface Ranker {
  readonly snapshot: Snapshot;
  readonly features: FeatureSet;
  /** Serves until ONNX is warm, and whenever it fails. */
  readonly twin: Scorer;
  /** Set when the ONNX session has been warmed up. */
  onnx: Scorer | null;
  /** Whether ONNX was tried and did not start. */
  onnxFailed: boolean;
}

/** @throws SnapshotError when the snapshot was trained on features that this build does not have or cannot fill */
export function createRanker(snapshot: Snapshot, registry: readonly Feature[]): Ranker {
  const features = matchFeatures(snapshot.manifest.features, registry);
  checkRequirements(features, snapshot);
  return { snapshot, features, twin: linearScorer(snapshot.linear), onnx: null, onnxFailed: false };
}
