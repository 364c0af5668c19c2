// The snapshot in memory: what the batch layer learned, as the ranking reads it. Decoding checks every length, so a
// truncated or foreign file is refused before it can rank anything.
import { sha256Hex } from "../kernels/digest.ts";
import { type Attributes, decodeAttributes, NO_ATTRIBUTES, nameHash } from "./attributes.ts";
import {
  featureHash,
  manifestSchema,
  type RequiredSection,
  type SectionName,
  type SnapshotManifest,
  sectionsOf,
} from "./manifest.ts";
import { Section } from "./section.ts";
import { SnapshotError } from "./tensor-file.ts";

export interface Snapshot {
  readonly manifest: SnapshotManifest;
  /** The name under which it was published, e.g. `2026-11-22.3`; the manifest's id while it is not. */
  readonly version: string;
  readonly ids: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Item index of a hash32 of the id; of colliding ids the first. */
  readonly indexOfHash: ReadonlyMap<number, number>;
  readonly categories: readonly string[];
  /** nameHash of each category; 0 for none. n uint32. */
  readonly categoryHash: Uint32Array;
  /** An item's price in training; NaN when unknown. n float64. */
  readonly price: Float64Array;
  /** Epoch ms; NaN when unknown. n float64. */
  readonly publishedAt: Float64Array;
  /** Share of all clicks in training. n float32. */
  readonly popularity: Float32Array;
  /** Item indices by falling popularity. n uint32. */
  readonly byPopularity: Uint32Array;
  /** From behaviour: n × vectorDimensions float32, rows of length 1 (or 0 for an item without behaviour). */
  readonly vectors: Float32Array;
  /** From title, category, tags and attributes: n × contentDimensions float32, rows of length 1 (or 0). */
  readonly content: Float32Array;
  /** n × neighbours: item indices, −1 where there are no more, and their weights, falling. */
  readonly neighbourIds: Int32Array;
  readonly neighbourWeights: Float32Array;
  /** The linear twin of the ranker: one value a column. */
  readonly linear: { readonly mean: Float32Array; readonly scale: Float32Array; readonly weight: Float32Array };
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly attributes: Attributes;
}

export type SectionFiles = Readonly<Record<RequiredSection, Uint8Array<ArrayBuffer>>> & {
  readonly attributes?: Uint8Array<ArrayBuffer>;
};

/** Reads a manifest. @throws SnapshotError `snapshot_version` or `snapshot_corrupt`, saying what does not fit */
export function readManifest(value: unknown): SnapshotManifest {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const format = (value as { format?: unknown } | null)?.format;
  const first = parsed.error.issues[0];
  if (first?.path[0] === "format") {
    throw new SnapshotError("snapshot_version", `the manifest has format ${String(format)}, this code reads 1`);
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
  const { items, vectorDimensions, contentDimensions, neighbours } = manifest;
  const columns = manifest.features.reduce((sum, feature) => sum + feature.width, 0);
  const catalogue = new Section("catalogue", files.catalogue);
  const vectors = new Section("vectors", files.vectors);
  const neighbourhood = new Section("neighbours", files.neighbours);
  const linear = new Section("linear", files.linear);
  const ids = catalogue.strings("ids", items);
  const categories = catalogue.strings("categories", items);
  return {
    manifest,
    version,
    ids,
    indexOf: new Map(ids.map((id, index) => [id, index])),
    indexOfHash: hashIndex(catalogue.tensor("idHashes", Uint32Array, [items])),
    categories,
    categoryHash: Uint32Array.from(categories, nameHash),
    price: catalogue.tensor("price", Float64Array, [items], { unknown: true }),
    publishedAt: catalogue.tensor("publishedAt", Float64Array, [items], { unknown: true }),
    popularity: catalogue.tensor("popularity", Float32Array, [items]),
    byPopularity: catalogue.indices("byPopularity", Uint32Array, [items], items),
    vectors: vectors.tensor("behaviour", Float32Array, [items, vectorDimensions]),
    content: vectors.tensor("content", Float32Array, [items, contentDimensions]),
    neighbourIds: neighbourhood.indices("ids", Int32Array, [items, neighbours], items, { none: true }),
    neighbourWeights: neighbourhood.tensor("weights", Float32Array, [items, neighbours]),
    linear: {
      mean: linear.tensor("mean", Float32Array, [columns]),
      scale: linear.tensor("scale", Float32Array, [columns]),
      weight: linear.tensor("weight", Float32Array, [columns]),
    },
    onnx: files.onnx,
    attributes:
      manifest.sections.attributes === undefined || files.attributes === undefined
        ? NO_ATTRIBUTES
        : decodeAttributes(files.attributes, items),
  };
}

function hashIndex(hashes: Uint32Array): Map<number, number> {
  const index = new Map<number, number>();
  for (let i = hashes.length - 1; i >= 0; i--) index.set(hashes[i] as number, i);
  return index;
}
