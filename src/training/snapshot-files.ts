// From what training learned to the sections of a snapshot, as src/snapshot reads them. The same models give the same
// bytes and with them the same id.
import { utf8 } from "../kernels/bytes.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { PackedStrings } from "../kernels/packed-strings.ts";
import { QuantizedRows } from "../kernels/quantized-rows.ts";
import { topK } from "../kernels/top-k.ts";
import type { LinearModel } from "../ranking/linear-scorer.ts";
import type { RankerModel } from "../ranking/ranker-model.ts";
import { type Attributes, encodeAttributes, nameTensors } from "../snapshot/attributes.ts";
import {
  type FeatureEntry,
  featureHash,
  lineOf,
  type Ranker,
  SECTIONS,
  SNAPSHOT_FORMAT,
  type SnapshotManifest,
  sectionsOf,
} from "../snapshot/manifest.ts";
import { entryBytes, NeighbourTable } from "../snapshot/neighbour-table.ts";
import { decodePart } from "../snapshot/parts.ts";
import { encodeSessions, type SessionTables } from "../snapshot/sessions.ts";
import { decodeItemSections, type ItemFiles, type SectionFiles, type Snapshot, sizesOf } from "../snapshot/snapshot.ts";
import { encodeTensors, packedTensors, type Tensor, vectorTensor } from "../snapshot/tensor-file.ts";
import { encodeTrees } from "../snapshot/trees.ts";
import { nameColumn } from "./attributes.ts";
import type { BehaviourModels } from "./behaviour.ts";
import type { Catalogue } from "./catalogue.ts";
import { buildInvertedFile, type InvertedFileOptions } from "./inverted-file.ts";
import { exportRanker } from "./onnx-trees.ts";
import type { TasteVectors } from "./taste-vectors.ts";

/** Catalogues of so many items are scanned by lists: an exact scan of their vectors would take a millisecond or more. */
const INDEX_FROM = 250_001;

export interface ItemModels {
  readonly catalogue: Catalogue;
  readonly behaviour: BehaviourModels;
  /** items × content dimensions, rows of length 1 or 0. */
  readonly content: Float32Array;
  readonly taste: TasteVectors;
  /** As `fitItemAppeal` has it. */
  readonly appeal: Float32Array;
  /** What the features require. */
  readonly attributes: Attributes;
  /** Null for a log without sessions. */
  readonly sessions?: SessionTables | null;
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
  ranker: RankerModel,
  features: readonly FeatureEntry[],
  training: SnapshotManifest["training"],
  { indexFrom = INDEX_FROM }: { readonly indexFrom?: number } = {},
): Promise<SnapshotFiles> {
  const { sizes, index, files } = encodeItems(models, indexFrom, training.seed);
  const rankerFiles = encodeRanker(ranker, Uint8Array.from(exportRanker(ranker)));
  return assemble({ ...files, ...rankerFiles }, ranker.kind, { ...sizes, index, features, training });
}

/** The same snapshot with another ranker. @param kind what ranks, when `model` is not all that `onnx` computes */
export function withRanker(
  { manifest, files }: SnapshotFiles,
  model: RankerModel,
  onnx: Uint8Array<ArrayBuffer>,
  kind: Ranker,
): Promise<SnapshotFiles> {
  const { trees: _, ...rest } = files;
  return assemble({ ...rest, ...encodeRanker(model, onnx) }, kind, manifest);
}

/** The linear model of a snapshot's files. @throws SnapshotError when it does not fit the manifest */
export function readLinear({ manifest, files }: SnapshotFiles): LinearModel {
  return decodePart("linear", files.linear, sizesOf(manifest));
}

function encodeRanker(model: RankerModel, onnx: Uint8Array<ArrayBuffer>) {
  const { mean, scale, weight } = model.linear;
  return {
    linear: encodeTensors({ mean: vectorTensor(mean), scale: vectorTensor(scale), weight: vectorTensor(weight) }),
    onnx,
    ...(model.kind === "linear" ? {} : { trees: encodeTrees(model.trees) }),
  };
}

type Described = Pick<
  SnapshotManifest,
  "items" | "vectorDimensions" | "contentDimensions" | "tasteDimensions" | "neighbours" | "training"
> & { readonly features: readonly FeatureEntry[]; readonly index?: SnapshotManifest["index"] };

async function assemble(files: SectionFiles, ranker: Ranker, described: Described): Promise<SnapshotFiles> {
  const { items, vectorDimensions, contentDimensions, tasteDimensions, neighbours, index, features, training } =
    described;
  const entries: (readonly [string, { sha256: string; bytes: number }])[] = [];
  for (const [name, file] of Object.entries(files)) {
    entries.push([name, { sha256: await sha256Hex(file), bytes: file.length }]);
  }
  const sections = Object.fromEntries(entries) as SnapshotManifest["sections"];
  const manifest: SnapshotManifest = {
    format: SNAPSHOT_FORMAT,
    id: await snapshotId(sections, features, ranker),
    items,
    vectorDimensions,
    contentDimensions,
    tasteDimensions,
    neighbours,
    ...(index === undefined ? {} : { index }),
    ...(ranker === "linear" ? {} : { ranker }),
    features: [...features],
    featureHash: await featureHash(features),
    sections,
    training,
  };
  return { manifest, files };
}

/**
 * A snapshot to fill features with while there is no ranker yet: what the items' sections hold, read back, so that a row of
 * training sees the same rounded numbers as a decision.
 */
export function draftSnapshot(models: ItemModels, features: readonly FeatureEntry[]): Snapshot {
  const { sizes, files } = encodeItems(models, Number.POSITIVE_INFINITY, 0);
  const none = new Float32Array(0);
  const noSection = { sha256: "", bytes: 0 };
  const sections = Object.fromEntries(SECTIONS.map((name) => [name, noSection])) as SnapshotManifest["sections"];
  return {
    manifest: {
      format: SNAPSHOT_FORMAT,
      id: "",
      ...sizes,
      features: [...features],
      sections,
      training: { until: 0, events: 0, queries: 0, seed: 0 },
    },
    version: "draft",
    ...decodeItemSections({ ...sizes, columns: 0, index: {} }, files),
    linear: { mean: none, scale: none, weight: none },
    trees: null,
    onnx: new Uint8Array(0),
  };
}

/** The sections that tell of the items, with their sizes. */
function encodeItems(
  { catalogue, behaviour, content, taste, appeal, attributes, sessions }: ItemModels,
  indexFrom: number,
  seed: number,
) {
  const items = catalogue.ids.length;
  const { neighbours } = behaviour;
  const sizes = {
    items,
    vectorDimensions: behaviour.vectors.length / items,
    contentDimensions: content.length / items,
    tasteDimensions: taste.dimensions,
    neighbours: neighbours.k,
  };
  const table = NeighbourTable.of(items, neighbours.k, neighbours.ids, neighbours.weights);
  const lists = items < indexFrom ? null : { seed };
  const vectors = {
    behaviour: encodeVectors(behaviour.vectors, sizes.vectorDimensions, lists),
    content: encodeVectors(content, sizes.contentDimensions, lists),
  };
  const files: ItemFiles = {
    catalogue: encodeTensors({
      ...packedTensors("ids", PackedStrings.of(catalogue.ids)),
      ...nameTensors("category", nameColumn(catalogue.categories, 1)),
      price: vectorTensor(Float32Array.from(catalogue.price, withinFloat32)),
      publishedAt: vectorTensor(catalogue.publishedAt),
    }),
    popularity: encodeTensors({
      share: vectorTensor(behaviour.popularity),
      order: vectorTensor(topK(behaviour.popularity, items)),
      appeal: vectorTensor(appeal),
    }),
    behaviour: vectors.behaviour.file,
    content: vectors.content.file,
    taste: encodeTensors({
      ...rowTensors("", QuantizedRows.of(taste.vectors, taste.dimensions)),
      variances: vectorTensor(Float64Array.of(taste.popularVariance, taste.activityVariance)),
    }),
    neighbours: encodeTensors({
      entries: { shape: [items, table.k, entryBytes(items)], data: table.entries },
      scales: vectorTensor(table.scales),
    }),
    ...(isEmpty(attributes) ? {} : { attributes: encodeAttributes(attributes) }),
    ...(sessions ? { sessions: encodeSessions(sessions) } : {}),
  };
  const index =
    items < indexFrom ? undefined : { behaviour: vectors.behaviour.trained, content: vectors.content.trained };
  return { sizes, index, files };
}

/** @param lists how to make an inverted file of them; null for rows in the order of items */
function encodeVectors(matrix: Float32Array, dimensions: number, lists: InvertedFileOptions | null) {
  const rows = QuantizedRows.of(matrix, dimensions);
  if (lists === null) return { file: encodeTensors(rowTensors("", rows)) };
  const built = buildInvertedFile(rows, lists);
  const file = encodeTensors({
    ...rowTensors("", built.rows),
    ...rowTensors("centroid ", built.centroids),
    "list starts": vectorTensor(built.starts),
    "list items": vectorTensor(built.items),
  });
  return { file, trained: { lists: built.centroids.rows, probes: built.probes, recall: built.recall } };
}

function rowTensors(prefix: string, { codes, scales, stride, rows }: QuantizedRows): Record<string, Tensor> {
  return { [`${prefix}codes`]: { shape: [rows, stride], data: codes }, [`${prefix}scales`]: vectorTensor(scales) };
}

/** A price that float32 cannot hold counts as unknown. */
function withinFloat32(price: number): number {
  return Math.abs(price) <= 3.4e38 ? price : Number.NaN;
}

function isEmpty(attributes: Attributes): boolean {
  return Object.values(attributes).every(({ size }) => size === 0);
}

/** The first 16 hexadecimal digits of SHA-256 over the sections' hashes and the list of features. */
function snapshotId(
  sections: SnapshotManifest["sections"],
  features: readonly FeatureEntry[],
  ranker: Ranker,
): Promise<string> {
  const parts = [
    ...SECTIONS.map((name) => `${name} ${sections[name].sha256}`),
    ...(sections.attributes === undefined ? [] : [`attributes ${sections.attributes.sha256}`]),
    ...(sections.sessions === undefined ? [] : [`sessions ${sections.sessions.sha256}`]),
    ...(sections.trees === undefined ? [] : [`trees ${sections.trees.sha256}`]),
    ...(ranker === "linear" ? [] : [`ranker ${ranker}`]),
    ...features.map(lineOf),
  ];
  return sha256Hex(utf8(parts.join("\n"))).then((digest) => digest.slice(0, 16));
}
