// What features need to know of items beyond the catalogue: numbers, names, lists of names, words of a text. A snapshot
// carries the fields that its features require and no others. Names and words are kept as hash32: a feature only ever asks
// whether two are the same.
import { hash32 } from "../kernels/hash.ts";
import { Section } from "./section.ts";
import { encodeTensors, stringsTensor, type Tensor } from "./tensor-file.ts";

/**
 * number: also true and false, as 1 and 0 · time: epoch ms · name: a string · list: strings · text: the words of a string,
 * in order · grams: its different character trigrams.
 */
export const ATTRIBUTE_KINDS = ["number", "time", "name", "list", "text", "grams"] as const;
export type AttributeKind = (typeof ATTRIBUTE_KINDS)[number];

/** A field of an item, `brand` or `attributes.colour`, read as one of the kinds. */
export interface Requirement {
  readonly kind: AttributeKind;
  readonly field: string;
}

export interface NameColumn {
  /** hash32 of an item's name; 0 for none. */
  readonly hash: Uint32Array;
  /** Index of an item's name in `names`; −1 for none, and for a name that too few items have. */
  readonly index: Int32Array;
  /** By falling number of items. */
  readonly names: readonly string[];
}

/** Item i has hashes[starts[i] … starts[i + 1] − 1]. */
export interface ListColumn {
  readonly starts: Uint32Array;
  readonly hashes: Uint32Array;
}

export interface TextColumn extends ListColumn {
  /** hash32 of a word → items that have it. */
  readonly documents: ReadonlyMap<number, number>;
  /** Items that have a text. */
  readonly texts: number;
  /** Mean number of words of those. */
  readonly meanLength: number;
}

/** By field. */
export interface Attributes {
  /** float32, NaN when unknown. */
  readonly number: ReadonlyMap<string, Float32Array>;
  /** Epoch ms, NaN when unknown. */
  readonly time: ReadonlyMap<string, Float64Array>;
  readonly name: ReadonlyMap<string, NameColumn>;
  readonly list: ReadonlyMap<string, ListColumn>;
  readonly text: ReadonlyMap<string, TextColumn>;
  readonly grams: ReadonlyMap<string, ListColumn>;
}

export const NO_ATTRIBUTES: Attributes = {
  number: new Map(),
  time: new Map(),
  name: new Map(),
  list: new Map(),
  text: new Map(),
  grams: new Map(),
};

/** hash32 of a name, as a visitor's view has it; 0 for none. */
export function nameHash(name: string): number {
  return name === "" ? 0 : hash32(name);
}

export function encodeAttributes(attributes: Attributes): Uint8Array<ArrayBuffer> {
  const tensors: Record<string, Tensor> = {};
  const vector = (data: Float32Array | Float64Array | Int32Array | Uint32Array): Tensor => ({
    shape: [data.length],
    data,
  });
  const fields: string[] = [];
  for (const kind of ATTRIBUTE_KINDS) for (const field of attributes[kind].keys()) fields.push(`${kind} ${field}`);
  tensors.fields = stringsTensor(fields);
  for (const [field, values] of attributes.number) tensors[`number ${field}`] = vector(values);
  for (const [field, values] of attributes.time) tensors[`time ${field}`] = vector(values);
  for (const [field, { hash, index, names }] of attributes.name) {
    tensors[`name ${field} hash`] = vector(hash);
    tensors[`name ${field} index`] = vector(index);
    tensors[`name ${field} names`] = stringsTensor(names);
  }
  for (const kind of ["list", "text", "grams"] as const) {
    for (const [field, { starts, hashes }] of attributes[kind]) {
      tensors[`${kind} ${field} starts`] = vector(starts);
      tensors[`${kind} ${field} hashes`] = vector(hashes);
    }
  }
  return encodeTensors(tensors);
}

/**
 * Arrays are views on the file.
 * @param items of the snapshot
 * @throws SnapshotError naming the tensor that does not fit
 */
export function decodeAttributes(file: Uint8Array<ArrayBuffer>, items: number): Attributes {
  const section = new Section("attributes", file);
  const fields = section.strings("fields");
  const of = <T>(kind: AttributeKind, read: (field: string) => T): Map<string, T> =>
    new Map(
      fields
        .filter((entry) => entry.startsWith(`${kind} `))
        .map((entry) => {
          const field = entry.slice(kind.length + 1);
          return [field, read(field)];
        }),
    );
  return {
    number: of("number", (field) => section.tensor(`number ${field}`, Float32Array, [items], { unknown: true })),
    time: of("time", (field) => section.tensor(`time ${field}`, Float64Array, [items], { unknown: true })),
    name: of("name", (field) => readNames(section, `name ${field}`, items)),
    list: of("list", (field) => readList(section, `list ${field}`, items)),
    text: of("text", (field) => textColumn(readList(section, `text ${field}`, items))),
    grams: of("grams", (field) => readList(section, `grams ${field}`, items)),
  };
}

function readNames(section: Section, name: string, items: number): NameColumn {
  const names = section.strings(`${name} names`);
  const index = section.indices(`${name} index`, Int32Array, [items], names.length, { none: true });
  return { hash: section.tensor(`${name} hash`, Uint32Array, [items]), index, names };
}

function readList(section: Section, name: string, items: number): ListColumn {
  const hashes = section.list(`${name} hashes`, Uint32Array);
  const starts = section.tensor(`${name} starts`, Uint32Array, [items + 1]);
  if (
    starts[0] !== 0 ||
    starts[items] !== hashes.length ||
    starts.some((at, i) => i > 0 && at < (starts[i - 1] ?? 0))
  ) {
    throw section.error(`${name} starts`, `must ascend from 0 to ${hashes.length}`);
  }
  return { starts, hashes };
}

/** A list of words with what BM25 needs to know of all texts. */
export function textColumn({ starts, hashes }: ListColumn): TextColumn {
  const documents = new Map<number, number>();
  let texts = 0;
  for (let item = 0; item + 1 < starts.length; item++) {
    const words = new Set(hashes.subarray(starts[item] as number, starts[item + 1] as number));
    if (words.size > 0) texts++;
    for (const word of words) documents.set(word, (documents.get(word) ?? 0) + 1);
  }
  return { starts, hashes, documents, texts, meanLength: texts === 0 ? 0 : hashes.length / texts };
}
