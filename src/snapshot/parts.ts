// A section of a snapshot, decoded: what a snapshot is put together from. Sections know nothing of one another, so that the
// ones that two versions share are decoded once.
import { QuantizedRows, strideOf } from "../kernels/quantized-rows.ts";
import { type Attributes, decodeAttributes, readNames } from "./attributes.ts";
import type { NameColumn } from "./coded-columns.ts";
import { ItemIds } from "./item-ids.ts";
import type { SectionName, SnapshotManifest } from "./manifest.ts";
import { entryBytes, NeighbourTable } from "./neighbour-table.ts";
import { Section } from "./section.ts";
import { decodeSessions, type Sessions } from "./sessions.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";
import { decodeTrees } from "./trees.ts";
import { type InvertedLists, VectorTable } from "./vector-table.ts";

/** What the manifest says of the shapes of tensors. */
export interface Sizes
  extends Pick<
    SnapshotManifest,
    "items" | "vectorDimensions" | "contentDimensions" | "tasteDimensions" | "neighbours"
  > {
  /** Of the ranker's matrix. */
  readonly columns: number;
  readonly index: NonNullable<SnapshotManifest["index"]>;
}

/** What a visitor's own taste model works with; see features/taste-model.ts. */
export interface TasteSpace {
  /** tasteDimensions values an item: a visitor's weights on them, standard normal, lift or lower the item's log-odds. */
  readonly vectors: QuantizedRows;
  /** Prior variance of a visitor's taste for the popular, and of how much a visitor clicks at all. */
  readonly popularVariance: number;
  readonly activityVariance: number;
}

export interface Parts {
  readonly catalogue: {
    readonly ids: ItemIds;
    readonly category: NameColumn;
    readonly price: Float32Array;
    readonly publishedAt: Float64Array;
  };
  readonly popularity: {
    readonly popularity: Float32Array;
    readonly byPopularity: Uint32Array;
    readonly appeal: Float32Array;
  };
  readonly behaviour: VectorTable;
  readonly content: VectorTable;
  readonly taste: TasteSpace;
  readonly neighbours: NeighbourTable;
  readonly linear: { readonly mean: Float32Array; readonly scale: Float32Array; readonly weight: Float32Array };
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly attributes?: Attributes;
  readonly sessions?: Sessions;
  readonly trees?: TreeEnsemble;
}

const DECODERS: { readonly [N in SectionName]: (file: Uint8Array<ArrayBuffer>, sizes: Sizes) => Parts[N] } = {
  catalogue: decodeCatalogue,
  popularity: decodePopularity,
  behaviour: (file, sizes) => decodeVectors("behaviour", file, sizes, sizes.vectorDimensions),
  content: (file, sizes) => decodeVectors("content", file, sizes, sizes.contentDimensions),
  taste: decodeTaste,
  neighbours: decodeNeighbours,
  linear: decodeLinear,
  onnx: (file) => file,
  attributes: (file, { items }) => decodeAttributes(file, items),
  sessions: (file, { items }) => decodeSessions(file, items),
  trees: (file, { columns }) => decodeTrees(file, columns),
};

/**
 * Arrays are views on the file, which must start at a multiple of 8 in its buffer.
 * @throws SnapshotError naming the section and tensor that does not fit
 */
export function decodePart<N extends SectionName>(name: N, file: Uint8Array<ArrayBuffer>, sizes: Sizes): Parts[N] {
  return DECODERS[name](file, sizes);
}

/** What a section's tensors are checked against. */
export function shapeOf(name: SectionName, sizes: Sizes): readonly unknown[] {
  const { items, vectorDimensions, contentDimensions, tasteDimensions, neighbours, columns, index } = sizes;
  if (name === "onnx") return [];
  if (name === "linear" || name === "trees") return [columns];
  if (name === "behaviour") return [items, vectorDimensions, index.behaviour];
  if (name === "content") return [items, contentDimensions, index.content];
  if (name === "taste") return [items, tasteDimensions];
  return name === "neighbours" ? [items, neighbours] : [items];
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
    price: section.tensor("price", Float32Array, [items], { unknown: true }),
    publishedAt: section.tensor("publishedAt", Float64Array, [items], { unknown: true }),
  };
}

function decodePopularity(file: Uint8Array<ArrayBuffer>, { items }: Sizes) {
  const section = new Section("popularity", file);
  return {
    popularity: section.tensor("share", Float32Array, [items]),
    byPopularity: section.indices("order", Uint32Array, [items], items),
    appeal: section.tensor("appeal", Float32Array, [items]),
  };
}

function decodeVectors(
  name: "behaviour" | "content",
  file: Uint8Array<ArrayBuffer>,
  { items, index }: Sizes,
  dimensions: number,
): VectorTable {
  const section = new Section(name, file);
  const rows = readRows(section, "", items, dimensions);
  const trained = index[name];
  return new VectorTable(rows, trained === undefined ? null : readLists(section, trained, items, dimensions));
}

function decodeTaste(file: Uint8Array<ArrayBuffer>, { items, tasteDimensions }: Sizes): TasteSpace {
  const section = new Section("taste", file);
  const variances = section.tensor("variances", Float64Array, [2]);
  if (!variances.every((variance) => variance > 0))
    throw section.error("variances", "holds a number that is not above 0");
  return {
    vectors: readRows(section, "", items, tasteDimensions),
    popularVariance: variances[0] as number,
    activityVariance: variances[1] as number,
  };
}

function readRows(section: Section, prefix: string, count: number, dimensions: number): QuantizedRows {
  const codes = section.tensor(`${prefix}codes`, Int8Array, [count, strideOf(dimensions)]);
  const scales = section.scales(`${prefix}scales`, count);
  return new QuantizedRows(codes, scales, dimensions);
}

function readLists(
  section: Section,
  { lists, probes }: { readonly lists: number; readonly probes: number },
  count: number,
  dimensions: number,
): InvertedLists {
  const items = section.indices("list items", Uint32Array, [count], count);
  const seen = new Uint8Array(count);
  for (const item of items) {
    if (seen[item] === 1) throw section.error("list items", `item ${item} stands twice`);
    seen[item] = 1;
  }
  const starts = section.starts("list starts", lists, count);
  return { centroids: readRows(section, "centroid ", lists, dimensions), starts, items, probes };
}

function decodeNeighbours(file: Uint8Array<ArrayBuffer>, { items, neighbours: k }: Sizes): NeighbourTable {
  const section = new Section("neighbours", file);
  const entries = section.tensor("entries", Uint8Array, [items, k, entryBytes(items)]);
  const table = new NeighbourTable(k, entries, section.scales("scales", items));
  for (let item = 0; item < items; item++) {
    for (let rank = 0; rank < k; rank++) {
      const id = table.idAt(item, rank);
      if (id >= items) throw section.error("entries", `index ${id} is out of bounds, -1 to ${items - 1}`);
    }
  }
  return table;
}

function decodeLinear(file: Uint8Array<ArrayBuffer>, { columns }: Sizes) {
  const section = new Section("linear", file);
  return {
    mean: section.tensor("mean", Float32Array, [columns]),
    scale: section.tensor("scale", Float32Array, [columns]),
    weight: section.tensor("weight", Float32Array, [columns]),
  };
}
