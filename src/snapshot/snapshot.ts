// The snapshot in memory: what the batch layer learned, as the ranking reads it. Decoding checks every length, so a
// truncated or foreign file is refused before it can rank anything.
import { sha256Hex } from "../kernels/digest.ts";
import { QuantizedRows, strideOf } from "../kernels/quantized-rows.ts";
import { type Attributes, decodeAttributes, NO_ATTRIBUTES, readNames } from "./attributes.ts";
import type { NameColumn } from "./coded-columns.ts";
import { ItemIds } from "./item-ids.ts";
import {
  featureHash,
  manifestSchema,
  type OptionalSection,
  type RequiredSection,
  type SectionName,
  SNAPSHOT_FORMAT,
  type SnapshotManifest,
  sectionsOf,
} from "./manifest.ts";
import { NeighbourTable } from "./neighbour-table.ts";
import { Section } from "./section.ts";
import { SnapshotError } from "./tensor-file.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";
import { decodeTrees } from "./trees.ts";

/** What is known of the items: all of a snapshot but the ranker. */
export interface ItemSections {
  readonly ids: ItemIds;
  /** Of each item; all names are kept. */
  readonly category: NameColumn;
  /** An item's price in training; NaN when unknown. n float64. */
  readonly price: Float64Array;
  /** Epoch ms; NaN when unknown. n float64. */
  readonly publishedAt: Float64Array;
  /** Share of all clicks in training. n float32. */
  readonly popularity: Float32Array;
  /** Item indices by falling popularity. n uint32. */
  readonly byPopularity: Uint32Array;
  /** From behaviour: vectorDimensions values an item, rows of length 1 (or 0 for an item without behaviour). */
  readonly behaviour: QuantizedRows;
  /** From title, category, tags and attributes: contentDimensions values an item, rows of length 1 (or 0). */
  readonly content: QuantizedRows;
  readonly neighbours: NeighbourTable;
  readonly attributes: Attributes;
}

export interface Snapshot extends ItemSections {
  readonly manifest: SnapshotManifest;
  /** The name under which it was published, e.g. `2026-11-22.3`; the manifest's id while it is not. */
  readonly version: string;
  /** The linear twin of the ranker: one value a column. */
  readonly linear: { readonly mean: Float32Array; readonly scale: Float32Array; readonly weight: Float32Array };
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** Those of the ranker; null when it has none, or none that this code can read. */
  readonly trees: TreeEnsemble | null;
}

export type SectionFiles = Readonly<Record<RequiredSection, Uint8Array<ArrayBuffer>>> &
  Readonly<Partial<Record<OptionalSection, Uint8Array<ArrayBuffer>>>>;

/** Reads a manifest. @throws SnapshotError `snapshot_version` or `snapshot_corrupt`, saying what does not fit */
export function readManifest(value: unknown): SnapshotManifest {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const format = (value as { format?: unknown } | null)?.format;
  const first = parsed.error.issues[0];
  if (first?.path[0] === "format") {
    const problem = `the manifest has format ${String(format)}, this code reads ${SNAPSHOT_FORMAT}: train again`;
    throw new SnapshotError("snapshot_version", problem);
  }
  throw new SnapshotError("snapshot_corrupt", `manifest: ${first?.path.join(".")}: ${first?.message}`);
}

/** Checks a section against the manifest. @throws SnapshotError `snapshot_corrupt` */
export async function verifySection(
  manifest: SnapshotManifest,
  name: SectionName,
  file: Uint8Array<ArrayBuffer> | undefined,
): Promise<void> {
  const expected = manifest.sections[name];
  if (file === undefined || expected === undefined) {
    const missing = file === undefined ? "the file is missing" : "the manifest does not name it";
    throw new SnapshotError("snapshot_corrupt", `${name}: ${missing}`);
  }
  if (file.length !== expected.bytes) {
    throw new SnapshotError("snapshot_corrupt", `${name}: ${file.length} bytes, the manifest says ${expected.bytes}`);
  }
  const actual = await sha256Hex(file);
  if (actual !== expected.sha256) {
    throw new SnapshotError("snapshot_corrupt", `${name}: sha256 ${actual}, the manifest says ${expected.sha256}`);
  }
}

/**
 * Verifies and decodes a snapshot. Arrays are views on the files.
 * @throws SnapshotError naming the section and tensor that does not fit
 */
export async function decodeSnapshot(
  manifest: SnapshotManifest,
  files: SectionFiles,
  version: string = manifest.id,
): Promise<Snapshot> {
  for (const [name] of sectionsOf(manifest)) await verifySection(manifest, name, files[name]);
  if (manifest.featureHash !== undefined && manifest.featureHash !== (await featureHash(manifest.features))) {
    throw new SnapshotError("snapshot_corrupt", "manifest: featureHash is not that of its features");
  }
  return { manifest, version, ...decodeItemSections(manifest, files), ...decodeRanker(manifest, files) };
}

type RankerFiles = Pick<SectionFiles, "linear" | "onnx" | "trees">;
export type ItemFiles = Omit<SectionFiles, keyof RankerFiles>;
type Sizes = Pick<SnapshotManifest, "items" | "vectorDimensions" | "contentDimensions" | "neighbours">;

/** @throws SnapshotError naming the section and tensor that does not fit */
export function decodeItemSections(sizes: Sizes, files: ItemFiles): ItemSections {
  return {
    ...decodeCatalogue(files.catalogue, sizes),
    ...decodePopularity(files.popularity, sizes),
    behaviour: decodeVectors("behaviour", files.behaviour, sizes.items, sizes.vectorDimensions),
    content: decodeVectors("content", files.content, sizes.items, sizes.contentDimensions),
    neighbours: decodeNeighbours(files.neighbours, sizes),
    attributes: files.attributes === undefined ? NO_ATTRIBUTES : decodeAttributes(files.attributes, sizes.items),
  };
}

function decodeCatalogue(file: Uint8Array<ArrayBuffer>, { items }: Sizes) {
  const section = new Section("catalogue", file);
  const { strings, hashes } = section.packed("ids", items);
  let ids: ItemIds;
  try {
    ids = new ItemIds(strings, hashes);
  } catch (cause) {
    throw section.error("ids", cause instanceof Error ? cause.message : String(cause), cause);
  }
  return {
    ids,
    category: readNames(section, "category", items),
    price: section.tensor("price", Float64Array, [items], { unknown: true }),
    publishedAt: section.tensor("publishedAt", Float64Array, [items], { unknown: true }),
  };
}

function decodePopularity(file: Uint8Array<ArrayBuffer>, { items }: Sizes) {
  const section = new Section("popularity", file);
  return {
    popularity: section.tensor("share", Float32Array, [items]),
    byPopularity: section.indices("order", Uint32Array, [items], items),
  };
}

function decodeVectors(
  name: "behaviour" | "content",
  file: Uint8Array<ArrayBuffer>,
  items: number,
  dimensions: number,
): QuantizedRows {
  const section = new Section(name, file);
  const codes = section.tensor("codes", Int8Array, [items, strideOf(dimensions)]);
  const scales = section.tensor("scales", Float32Array, [items]);
  if (scales.some((scale) => scale < 0)) throw section.error("scales", "holds a number below 0");
  return new QuantizedRows(codes, scales, dimensions);
}

function decodeNeighbours(file: Uint8Array<ArrayBuffer>, { items, neighbours: k }: Sizes): NeighbourTable {
  const section = new Section("neighbours", file);
  const table = new NeighbourTable(
    k,
    section.tensor("ids", Uint8Array, [items, k, 3]),
    section.tensor("codes", Uint8Array, [items, k]),
    section.tensor("scales", Float32Array, [items]),
  );
  if (table.scales.some((scale) => scale < 0)) throw section.error("scales", "holds a number below 0");
  for (let item = 0; item < items; item++) {
    for (let rank = 0; rank < k; rank++) {
      const id = table.idAt(item, rank);
      if (id >= items) throw section.error("ids", `index ${id} is out of bounds, -1 to ${items - 1}`);
    }
  }
  return table;
}

function decodeRanker(manifest: SnapshotManifest, files: RankerFiles) {
  const columns = manifest.features.reduce((sum, feature) => sum + feature.width, 0);
  const linear = new Section("linear", files.linear);
  return {
    linear: {
      mean: linear.tensor("mean", Float32Array, [columns]),
      scale: linear.tensor("scale", Float32Array, [columns]),
      weight: linear.tensor("weight", Float32Array, [columns]),
    },
    onnx: files.onnx,
    trees: treesOf(manifest, files, columns),
  };
}

function treesOf({ ranker = "linear", sections }: SnapshotManifest, files: RankerFiles, columns: number) {
  const needed = ranker === "trees" || ranker === "linear+trees";
  if (needed !== (sections.trees !== undefined)) {
    const problem = needed ? "there is no section trees" : "there is a section trees";
    throw new SnapshotError("snapshot_corrupt", `manifest: the ranker is ${ranker}, but ${problem}`);
  }
  return files.trees === undefined || !needed ? null : decodeTrees(files.trees, columns);
}
