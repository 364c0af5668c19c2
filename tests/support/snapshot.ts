// A small snapshot for tests: n items in two categories whose vectors, neighbours and weights are known by hand.
import { features as registry } from "../../nowcast.config.ts";
import type { Feature } from "../../src/features/feature.ts";
import { FeatureSet } from "../../src/features/feature-set.ts";
import { RULE_REQUIREMENTS } from "../../src/ranking/rules/item-facts.ts";
import { decodeSnapshot, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { attributesOf } from "../../src/training/attributes.ts";
import { encodeSnapshot, type SnapshotFiles } from "../../src/training/snapshot-files.ts";

const D = 4;
const K = 2;

/** Even items are lamps, odd ones rugs; the neighbours of item i are i + 2 (0.5) and i + 4 (0.25). @param weights by column name; @param features that the snapshot is for */
export function snapshotParts(
  items = 10,
  weights: Readonly<Record<string, number>> = {},
  features: readonly Feature[] = registry,
): Promise<SnapshotFiles> {
  const set = new FeatureSet(features);
  const ids = Array.from({ length: items }, (_, i) => `sku-${i}`);
  // Each kind has an axis of its own in both spaces.
  const axis = Float32Array.from({ length: items * D }, (_, at) => (at % D === Math.floor(at / D) % 2 ? 1 : 0));
  const described = ids.map((_, i) => ({
    title: i % 2 === 0 ? `Brass lamp ${i}` : `Wool rug ${i}`,
    brand: `brand-${i % 3}`,
    tags: [i % 2 === 0 ? "brass" : "wool", i < items / 2 ? "new" : "classic"],
    attributes: { size: i === 9 ? undefined : 10 ** i, handmade: i % 2 === 0, restocked: "2024-11-01" },
  }));
  return encodeSnapshot(
    {
      catalogue: {
        ids,
        indexOf: new Map(ids.map((id, index) => [id, index])),
        described,
        categories: ids.map((_, i) => (i % 2 === 0 ? "lamps" : "rugs")),
        price: Float64Array.from(ids, (_, i) => 10 + i),
        publishedAt: new Float64Array(items).fill(Number.NaN),
      },
      behaviour: {
        vectors: axis,
        neighbours: {
          k: K,
          ids: Int32Array.from({ length: items * K }, (_, at) => (Math.floor(at / K) + 2 * (1 + (at % K))) % items),
          weights: Float32Array.from({ length: items * K }, (_, at) => (at % K === 0 ? 0.5 : 0.25)),
        },
        popularity: Float32Array.from(ids, (_, i) => 1 / (i + 1)),
      },
      content: axis,
      appeal: Float32Array.from(ids, (_, i) => i / 10 - 0.45),
      taste: { dimensions: D, vectors: axis, popularVariance: 1, activityVariance: 1 },
      attributes: attributesOf(described, [...set.requirements(), ...RULE_REQUIREMENTS]),
    },
    {
      kind: "linear",
      linear: {
        mean: new Float32Array(set.width),
        scale: new Float32Array(set.width).fill(1),
        weight: Float32Array.from(set.columnNames, (name) => weights[name] ?? 0),
      },
    },
    set.entries(),
    { until: 0, events: 0, queries: 0, seed: 1 },
  );
}

export async function testSnapshot(
  items = 10,
  weights: Readonly<Record<string, number>> = {},
  features: readonly Feature[] = registry,
): Promise<Snapshot> {
  const { manifest, files } = await snapshotParts(items, weights, features);
  return decodeSnapshot(manifest, files, "2026-11-22.1");
}
