// From what training learned to the sections of a snapshot, as src/snapshot reads them. The same models give the same
// bytes and with them the same id.
import { utf8 } from "../kernels/bytes.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { hash32 } from "../kernels/hash.ts";
import { topK } from "../kernels/top-k.ts";
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { type Attributes, encodeAttributes, nameHash } from "../snapshot/attributes.ts";
import {
  type FeatureEntry,
  featureHash,
  lineOf,
  SECTIONS,
  SNAPSHOT_FORMAT,
  type SnapshotManifest,
  sectionsOf,
} from "../snapshot/manifest.ts";
import type { SectionFiles, Snapshot } from "../snapshot/snapshot.ts";
import { encodeTensors, stringsTensor } from "../snapshot/tensor-file.ts";
import type { BehaviourModels } from "./behaviour.ts";
import type { Catalogue } from "./catalogue.ts";
import { exportLinearRanker } from "./onnx-export.ts";

export interface ItemModels {
  readonly catalogue: Catalogue;
  readonly behaviour: BehaviourModels;
  /** items × content dimensions, rows of length 1 or 0. */
  readonly content: Float32Array;
  /** What the features require. */
  readonly attributes: Attributes;
}

export interface SnapshotFiles {
  readonly manifest: SnapshotManifest;
  readonly files: SectionFiles;
}

/** The sections of a snapshot with their bytes, as they are uploaded. */
export function sectionFiles({ manifest, files }: SnapshotFiles) {
  return sectionsOf(manifest).map(([name, { sha256, bytes }]) => {
    const file = files[name];
    if (file === undefined) throw new RangeError(`the manifest names ${name}, but there is no file of it`);
    return { name, sha256, bytes, file };
  });
}

export async function encodeSnapshot(
  models: ItemModels,
  ranker: LinearModel,
  features: readonly FeatureEntry[],
  training: SnapshotManifest["training"],
): Promise<SnapshotFiles> {
  const { catalogue, behaviour, content, attributes } = models;
  const { sizes, byPopularity } = shapeOf(models);
  const { items, vectorDimensions, contentDimensions, neighbours } = sizes;
  const vector = (data: Float32Array | Float64Array | Uint32Array) => ({ shape: [data.length], data });
  const files: SectionFiles = {
    catalogue: encodeTensors({
      ids: stringsTensor(catalogue.ids),
      idHashes: vector(Uint32Array.from(catalogue.ids, (id) => hash32(id))),
      categories: stringsTensor(catalogue.categories),
      price: vector(catalogue.price),
      publishedAt: vector(catalogue.publishedAt),
      popularity: vector(behaviour.popularity),
      byPopularity: vector(byPopularity),
    }),
    vectors: encodeTensors({
      behaviour: { shape: [items, vectorDimensions], data: behaviour.vectors },
      content: { shape: [items, contentDimensions], data: content },
    }),
    neighbours: encodeTensors({
      ids: { shape: [items, neighbours], data: behaviour.neighbours.ids },
      weights: { shape: [items, neighbours], data: behaviour.neighbours.weights },
    }),
    linear: encodeTensors({
      mean: vector(ranker.mean),
      scale: vector(ranker.scale),
      weight: vector(ranker.weight),
    }),
    onnx: Uint8Array.from(exportLinearRanker(ranker)),
    ...(isEmpty(attributes) ? {} : { attributes: encodeAttributes(attributes) }),
  };
  const entries: (readonly [string, { sha256: string; bytes: number }])[] = [];
  for (const [name, file] of Object.entries(files)) {
    entries.push([name, { sha256: await sha256Hex(file), bytes: file.length }]);
  }
  const sections = Object.fromEntries(entries) as SnapshotManifest["sections"];
  const manifest: SnapshotManifest = {
    format: SNAPSHOT_FORMAT,
    id: await snapshotId(sections, features),
    ...sizes,
    features: [...features],
    featureHash: await featureHash(features),
    sections,
    training,
  };
  return { manifest, files };
}

/** A snapshot to fill features with while there is no ranker yet. */
export function draftSnapshot(models: ItemModels, features: readonly FeatureEntry[]): Snapshot {
  const { catalogue, behaviour, content, attributes } = models;
  const { sizes, byPopularity } = shapeOf(models);
  const none = new Float32Array(0);
  const noSection = { sha256: "", bytes: 0 };
  const indexOfHash = new Map<number, number>();
  catalogue.ids.forEach((id, index) => {
    const hash = hash32(id);
    if (!indexOfHash.has(hash)) indexOfHash.set(hash, index);
  });
  return {
    manifest: {
      format: SNAPSHOT_FORMAT,
      id: "",
      ...sizes,
      features: [...features],
      sections: {
        catalogue: noSection,
        vectors: noSection,
        neighbours: noSection,
        linear: noSection,
        onnx: noSection,
      },
      training: { until: 0, events: 0, queries: 0, seed: 0 },
    },
    version: "draft",
    ids: catalogue.ids,
    indexOf: catalogue.indexOf,
    indexOfHash,
    categories: catalogue.categories,
    categoryHash: Uint32Array.from(catalogue.categories, nameHash),
    price: catalogue.price,
    publishedAt: catalogue.publishedAt,
    popularity: behaviour.popularity,
    byPopularity,
    vectors: behaviour.vectors,
    content,
    neighbourIds: behaviour.neighbours.ids,
    neighbourWeights: behaviour.neighbours.weights,
    linear: { mean: none, scale: none, weight: none },
    onnx: new Uint8Array(0),
    attributes,
  };
}

function isEmpty(attributes: Attributes): boolean {
  return Object.values(attributes).every(({ size }) => size === 0);
}

function shapeOf({ catalogue, behaviour, content }: ItemModels) {
  const items = catalogue.ids.length;
  const sizes = {
    items,
    vectorDimensions: behaviour.vectors.length / items,
    contentDimensions: content.length / items,
    neighbours: behaviour.neighbours.k,
  };
  return { sizes, byPopularity: topK(behaviour.popularity, items) };
}

/** The first 16 hexadecimal digits of SHA-256 over the sections' hashes and the list of features. */
function snapshotId(sections: SnapshotManifest["sections"], features: readonly FeatureEntry[]): Promise<string> {
  const parts = [
    ...SECTIONS.map((name) => `${name} ${sections[name].sha256}`),
    ...(sections.attributes === undefined ? [] : [`attributes ${sections.attributes.sha256}`]),
    ...features.map(lineOf),
  ];
  return sha256Hex(utf8(parts.join("\n"))).then((digest) => digest.slice(0, 16));
}
