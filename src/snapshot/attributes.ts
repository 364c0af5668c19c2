// What features need to know of items beyond the catalogue: numbers, names, lists of names, words of a text. A snapshot
// carries the fields that its features require and no others. Names and words are kept as codes of hash32: a feature only
// ever asks whether two are the same.
import { hash32 } from "../kernels/hash.ts";
import { GramColumn, ListColumn, NameColumn, TextColumn } from "./coded-columns.ts";
import { Section } from "./section.ts";
import { encodeTensors, packedTensors, stringsTensor, type Tensor, vectorTensor } from "./tensor-file.ts";

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

/** By field. */
export interface Attributes {
  /** float32, NaN when unknown. */
  readonly number: ReadonlyMap<string, Float32Array>;
  /** Epoch ms, NaN when unknown. */
  readonly time: ReadonlyMap<string, Float64Array>;
  readonly name: ReadonlyMap<string, NameColumn>;
  readonly list: ReadonlyMap<string, ListColumn>;
  /** Also of every field that is there as `grams`. */
  readonly text: ReadonlyMap<string, TextColumn>;
  readonly grams: ReadonlyMap<string, GramColumn>;
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
  const fields: string[] = [];
  for (const kind of ATTRIBUTE_KINDS) for (const field of attributes[kind].keys()) fields.push(`${kind} ${field}`);
  tensors.fields = stringsTensor(fields);
  for (const [field, values] of attributes.number) tensors[`number ${field}`] = vectorTensor(values);
  for (const [field, values] of attributes.time) tensors[`time ${field}`] = vectorTensor(values);
  for (const [field, column] of attributes.name) Object.assign(tensors, nameTensors(`name ${field}`, column));
  for (const kind of ["list", "text"] as const) {
    for (const [field, { starts, codes, hashes }] of attributes[kind]) {
      tensors[`${kind} ${field} starts`] = vectorTensor(starts);
      tensors[`${kind} ${field} codes`] = vectorTensor(codes);
      tensors[`${kind} ${field} hashes`] = vectorTensor(hashes);
    }
  }
  for (const [field, { starts, hashes, counts }] of attributes.grams) {
    tensors[`grams ${field} starts`] = vectorTensor(starts);
    tensors[`grams ${field} hashes`] = vectorTensor(hashes);
    tensors[`grams ${field} counts`] = vectorTensor(counts);
  }
  return encodeTensors(tensors);
}

/** The tensors of a column of names, as `readNames` finds them under the same name. */
export function nameTensors(name: string, { codes, hashes, names }: NameColumn): Record<string, Tensor> {
  return {
    [`${name} codes`]: vectorTensor(codes),
    [`${name} hashes`]: vectorTensor(hashes),
    ...packedTensors(`${name} names`, names),
  };
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
  const text = of("text", (field) => {
    const { starts, codes, hashes } = readList(section, `text ${field}`, items);
    return new TextColumn(starts, codes, hashes);
  });
  return {
    number: of("number", (field) => section.tensor(`number ${field}`, Float32Array, [items], { unknown: true })),
    time: of("time", (field) => section.tensor(`time ${field}`, Float64Array, [items], { unknown: true })),
    name: of("name", (field) => readNames(section, `name ${field}`, items)),
    list: of("list", (field) => readList(section, `list ${field}`, items)),
    text,
    grams: of("grams", (field) => readGrams(section, field, text.get(field), items)),
  };
}

/** @throws SnapshotError naming the tensor that does not fit */
export function readNames(section: Section, name: string, items: number): NameColumn {
  const { strings: names, hashes: expected } = section.packed(`${name} names`);
  const hashes = section.list(`${name} hashes`, Uint32Array);
  if (hashes[0] !== 0 || hashes.length <= names.size || expected.some((hash, i) => hash !== hashes[i + 1])) {
    throw section.error(`${name} hashes`, `must begin with 0 and those of its ${names.size} names`);
  }
  return new NameColumn(section.codes(`${name} codes`, hashes.length, items), hashes, names);
}

function readList(section: Section, name: string, items: number): ListColumn {
  const hashes = section.list(`${name} hashes`, Uint32Array);
  const codes = section.codes(`${name} codes`, hashes.length);
  return new ListColumn(section.starts(`${name} starts`, items, codes.length), codes, hashes);
}

function readGrams(section: Section, field: string, text: TextColumn | undefined, items: number): GramColumn {
  const name = `grams ${field}`;
  if (text === undefined) throw section.error(name, "has no text");
  const hashes = section.list(`${name} hashes`, Uint32Array);
  const starts = section.starts(`${name} starts`, text.hashes.length, hashes.length);
  return new GramColumn(text, starts, hashes, section.tensor(`${name} counts`, Uint16Array, [items]));
}
