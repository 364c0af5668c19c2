// A small snapshot for tests: n items in two categories whose vectors, neighbours and weights are known by hand.
import { features as registry } from "../../nowcast.config.ts";
import { FeatureSet } from "../../src/features/feature-set.ts";
import { sha256Hex } from "../../src/kernels/digest.ts";
import { hash32 } from "../../src/kernels/hash.ts";
import { SECTIONS, type SectionName, type SnapshotManifest } from "../../src/snapshot/manifest.ts";
import { decodeSnapshot, type SectionFiles, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { encodeTensors, stringsTensor, type Tensor } from "../../src/snapshot/tensor-file.ts";
import { exportLinearRanker } from "../../src/training/onnx-export.ts";

export interface SnapshotParts {
  readonly manifest: SnapshotManifest;
  readonly files: SectionFiles;
}

const D = 4;
const K = 2;

/** Weights by column name; every column not named weighs nothing. */
export async function snapshotParts(
  items = 10,
  weights: Readonly<Record<string, number>> = {},
): Promise<SnapshotParts> {
  const set = new FeatureSet(registry);
  const ids = Array.from({ length: items }, (_, i) => `sku-${i}`);
  // Even items are lamps, odd ones rugs: each kind has an axis of its own in both spaces.
  const axis = Float32Array.from({ length: items * D }, (_, at) => (at % D === Math.floor(at / D) % 2 ? 1 : 0));
  const f32 = (data: Float32Array, ...shape: number[]): Tensor => ({ shape, data });
  const linear = {
    mean: new Float32Array(set.width),
    scale: new Float32Array(set.width).fill(1),
    weight: Float32Array.from(set.columnNames, (name) => weights[name] ?? 0),
  };
  const files: SectionFiles = {
    catalogue: encodeTensors({
      ids: stringsTensor(ids),
      idHashes: { shape: [items], data: Uint32Array.from(ids, (id) => hash32(id)) },
      categories: stringsTensor(ids.map((_, i) => (i % 2 === 0 ? "lamps" : "rugs"))),
      price: { shape: [items], data: Float64Array.from(ids, (_, i) => 10 + i) },
      publishedAt: { shape: [items], data: new Float64Array(items).fill(Number.NaN) },
      popularity: f32(
        Float32Array.from(ids, (_, i) => 1 / (i + 1)),
        items,
      ),
      byPopularity: { shape: [items], data: Uint32Array.from(ids, (_, i) => i) },
    }),
    vectors: encodeTensors({ behaviour: f32(axis, items, D), content: f32(axis, items, D) }),
    neighbours: encodeTensors({
      ids: {
        shape: [items, K],
        data: Int32Array.from({ length: items * K }, (_, at) => (Math.floor(at / K) + 2 * (1 + (at % K))) % items),
      },
      weights: f32(
        Float32Array.from({ length: items * K }, (_, at) => (at % K === 0 ? 0.5 : 0.25)),
        items,
        K,
      ),
    }),
    linear: encodeTensors({
      mean: f32(linear.mean, set.width),
      scale: f32(linear.scale, set.width),
      weight: f32(linear.weight, set.width),
    }),
    onnx: exportLinearRanker(linear) as Uint8Array<ArrayBuffer>,
  };
  const sections = Object.fromEntries(
    await Promise.all(
      SECTIONS.map(
        async (name) => [name, { sha256: await sha256Hex(files[name]), bytes: files[name].length }] as const,
      ),
    ),
  ) as Record<SectionName, { sha256: string; bytes: number }>;
  const manifest: SnapshotManifest = {
    format: 1,
    id: "0123456789abcdef",
    items,
    vectorDimensions: D,
    contentDimensions: D,
    neighbours: K,
    features: set.entries(),
    sections,
    training: { until: 0, events: 0, queries: 0, seed: 1 },
  };
  return { manifest, files };
}

export async function testSnapshot(items = 10, weights: Readonly<Record<string, number>> = {}): Promise<Snapshot> {
  const { manifest, files } = await snapshotParts(items, weights);
  return decodeSnapshot(manifest, files, "2026-11-22.1");
}
