// A small snapshot for tests: n items in two categories whose vectors, neighbours and weights are known by hand.

import { features as registry } from "../../nowcast.config.ts";
import type { Feature } from "../../src/features/feature.ts";
import { FeatureSet } from "../../src/features/feature-set.ts";
import { RULE_REQUIREMENTS } from "../../src/ranking/rules/item-facts.ts";
import type { SessionTables } from "../../src/snapshot/sessions.ts";
import { decodeSnapshot, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { oneLeaf } from "../../src/snapshot/tree-ensemble.ts";
import { DEFAULT_VOTES } from "../../src/snapshot/vote-settings.ts";
import { attributesOf } from "../../src/training/attributes.ts";
import { exportRanker } from "../../src/training/onnx-trees.ts";
import { encodeSnapshot, readLinear, type SnapshotFiles, withRanker } from "../../src/training/snapshot-files.ts";

const D = 4;
const K = 2;

/** Even items are lamps, odd ones rugs; the neighbours of item i are i + 2 (0.5) and i + 4 (0.25). @param weights by column name; @param features that the snapshot is for */
export function snapshotParts(
  items = 10,
  weights: Readonly<Record<string, number>> = {},
  features: readonly Feature[] = registry,
  { sessions, indexFrom }: { readonly sessions?: SessionTables; readonly indexFrom?: number } = {},
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
      ...(sessions === undefined ? {} : { sessions }),
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
    indexFrom === undefined ? {} : { indexFrom },
  );
}

/** One with every section that there is: sessions, trees, vectors by the lists of an inverted file. */
export async function wholeSnapshotParts(items = 10): Promise<SnapshotFiles> {
  const sessions: SessionTables = {
    endedAt: Uint32Array.of(1_732_270_000, 1_732_260_000),
    starts: Uint32Array.of(0, 3, 5),
    items: Uint32Array.of(0, 1, 2, 2, 4),
    ruleStarts: Uint32Array.from({ length: items + 1 }, (_, item) => Math.min(item, 3)),
    ruleItems: Uint32Array.of(1, 2, 3),
    ruleWeights: Float32Array.of(0.5, 0.25, 0.125),
    ruleNext: Float32Array.of(0.5, 0.25, 0),
    lately: new Float32Array(items).fill(1 / items),
    votes: { ...DEFAULT_VOTES, neighbours: 200 },
  };
  const parts = await snapshotParts(items, {}, registry, { sessions, indexFrom: 1 });
  const linear = readLinear(parts);
  const model = { kind: "linear+trees", linear, trees: oneLeaf(linear.weight.length, 0.5) } as const;
  return withRanker(parts, model, Uint8Array.from(exportRanker(model)), model.kind);
}

export async function testSnapshot(
  items = 10,
  weights: Readonly<Record<string, number>> = {},
  features: readonly Feature[] = registry,
): Promise<Snapshot> {
  const { manifest, files } = await snapshotParts(items, weights, features);
  return decodeSnapshot(manifest, files, "2026-11-22.1");
}
