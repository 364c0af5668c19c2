// The snapshot in memory: what the batch layer learned, as the ranking reads it. Decoding checks every tensor, so a
// truncated or foreign file is refused before it can rank anything.
import { sha256Hex } from "../kernels/digest.ts";
import { type Attributes, NO_ATTRIBUTES } from "./attributes.ts";
import type { NameColumn } from "./coded-columns.ts";
import type { ItemIds } from "./item-ids.ts";
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
import type { NeighbourTable } from "./neighbour-table.ts";
import { decodePart, type Parts, type Sizes, type TasteSpace } from "./parts.ts";
import { NO_SESSIONS, type Sessions } from "./sessions.ts";
import { SnapshotError } from "./tensor-file.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";
import type { VectorTable } from "./vector-table.ts";

/** What is known of the items: all of a snapshot but the ranker. */
export interface ItemSections {
  readonly ids: ItemIds;
  /** Of each item; all names are kept. */
  readonly category: NameColumn;
  /** An item's price in training; NaN when unknown. n float32. */
  readonly price: Float32Array;
  /** Epoch ms; NaN when unknown. n float64. */
  readonly publishedAt: Float64Array;
  /** Share of all clicks in training. n float32. */
  readonly popularity: Float32Array;
  /** Item indices by falling popularity. n uint32. */
  readonly byPopularity: Uint32Array;
  /** How strongly an item draws clicks among others, in log-odds against an average one. n float32. */
  readonly appeal: Float32Array;
  /** From behaviour: vectorDimensions values an item, rows of length 1 (or 0 for an item without behaviour). */
  readonly behaviour: VectorTable;
  /** From title, category, tags and attributes: contentDimensions values an item, rows of length 1 (or 0). */
  readonly content: VectorTable;
  readonly taste: TasteSpace;
  readonly neighbours: NeighbourTable;
  readonly attributes: Attributes;
  readonly sessions: Sessions;
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
  await checkManifest(manifest);
  const parts: Partial<Record<SectionName, unknown>> = {};
  for (const [name] of sectionsOf(manifest)) {
    parts[name] = decodePart(name, files[name] as Uint8Array<ArrayBuffer>, sizesOf(manifest));
  }
  return assembleSnapshot(manifest, parts as Parts, version);
}

export function assembleSnapshot(manifest: SnapshotManifest, parts: Parts, version: string): Snapshot {
  const { linear, onnx, trees = null } = parts;
  return { manifest, version, ...itemSections(parts), linear, onnx, trees };
}

/** @throws SnapshotError when the hash of its features is another, or its ranker and its sections do not go together */
export async function checkManifest(manifest: SnapshotManifest): Promise<void> {
  const { ranker = "linear", sections } = manifest;
  const needed = ranker === "trees" || ranker === "linear+trees";
  if (needed !== (sections.trees !== undefined)) {
    const problem = needed ? "there is no section trees" : "there is a section trees";
    throw new SnapshotError("snapshot_corrupt", `manifest: the ranker is ${ranker}, but ${problem}`);
  }
  if (manifest.featureHash !== undefined && manifest.featureHash !== (await featureHash(manifest.features))) {
    throw new SnapshotError("snapshot_corrupt", "manifest: featureHash is not that of its features");
  }
}

/** What sections are checked against. */
export function sizesOf({
  items,
  vectorDimensions,
  contentDimensions,
  tasteDimensions,
  neighbours,
  ...manifest
}: SnapshotManifest): Sizes {
  const columns = manifest.features.reduce((sum, feature) => sum + feature.width, 0);
  const index = manifest.index ?? {};
  return { items, vectorDimensions, contentDimensions, tasteDimensions, neighbours, columns, index };
}

export type ItemFiles = Omit<SectionFiles, "linear" | "onnx" | "trees">;

/** Decodes what is known of the items, without hashes. @throws SnapshotError naming the section and tensor that does not fit */
export function decodeItemSections(sizes: Sizes, files: ItemFiles): ItemSections {
  const part = <N extends keyof ItemFiles>(name: N) =>
    decodePart(name, files[name] as Uint8Array<ArrayBuffer>, sizes) as Parts[N];
  return itemSections({
    catalogue: part("catalogue"),
    popularity: part("popularity"),
    behaviour: part("behaviour"),
    content: part("content"),
    taste: part("taste"),
    neighbours: part("neighbours"),
    ...(files.attributes ? { attributes: part("attributes") as Attributes } : {}),
    ...(files.sessions ? { sessions: part("sessions") as Sessions } : {}),
  });
}

function itemSections({
  catalogue,
  popularity,
  behaviour,
  content,
  taste,
  neighbours,
  attributes = NO_ATTRIBUTES,
  sessions = NO_SESSIONS,
}: Omit<Parts, "linear" | "onnx" | "trees">): ItemSections {
  return { ...catalogue, ...popularity, behaviour, content, taste, neighbours, attributes, sessions };
}
