// Writes into a snapshot what its features require of the items: each field of the catalogue read as one of the kinds.
import { gramsOf } from "../kernels/grams.ts";
import { hash32 } from "../kernels/hash.ts";
import { PackedStrings } from "../kernels/packed-strings.ts";
import { termsOf } from "../kernels/terms.ts";
import { type AttributeKind, type Attributes, nameHash, type Requirement } from "../snapshot/attributes.ts";
import { codesOf, GramColumn, ListColumn, NameColumn, TextColumn } from "../snapshot/coded-columns.ts";
import { parseTime } from "./log-fields.ts";

/** A name that fewer items have gets no index: a ranker could learn nothing about it. */
const NAME_ITEMS = 2;
const LIST_LENGTH = 64;
const TEXT_WORDS = 64;
const LARGEST = 3.4e38;

type Item = Readonly<Record<string, unknown>>;

/** @param items as the log describes them, in the snapshot's order */
export function attributesOf(items: readonly object[], requirements: readonly Requirement[]): Attributes {
  const fieldsOf = <T>(
    kinds: readonly AttributeKind[],
    read: (values: readonly unknown[], field: string) => T,
  ): Map<string, T> => {
    const fields = requirements.flatMap(({ kind, field }) => (kinds.includes(kind) ? field : []));
    return new Map(
      [...new Set(fields)].sort().map((field) => [
        field,
        read(
          items.map((item) => valueAt(item as Item, field)),
          field,
        ),
      ]),
    );
  };
  // What has trigrams has words: they are kept by word.
  const text = fieldsOf(["text", "grams"], (values) => textColumn(values.map(wordsOf)));
  return {
    number: fieldsOf(["number"], (values) => Float32Array.from(values, numberOf)),
    time: fieldsOf(["time"], (values) => Float64Array.from(values, timeOf)),
    name: fieldsOf(["name"], (values) => nameColumn(values.map(nameOf), NAME_ITEMS)),
    list: fieldsOf(["list"], (values) => listColumn(values.map(listOf))),
    text,
    grams: fieldsOf(["grams"], (values, field) => gramColumn(values.map(wordsOf), text.get(field) as TextColumn)),
  };
}

/** `attributes.size` and deeper: a name a level. */
function valueAt(item: Item, field: string): unknown {
  let value: unknown = item;
  for (const name of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Item)[name];
  }
  return value;
}

/** Numbers beyond float32 count as unknown. */
function numberOf(value: unknown): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" && Math.abs(value) <= LARGEST ? value : Number.NaN;
}

function timeOf(value: unknown): number {
  const time = parseTime(value);
  return Number.isFinite(time) ? time : Number.NaN;
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): string[] {
  const list = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
  return [...new Set(list.filter((entry): entry is string => typeof entry === "string" && entry !== ""))].slice(
    0,
    LIST_LENGTH,
  );
}

function wordsOf(value: unknown): string[] {
  return typeof value === "string" ? termsOf(value, TEXT_WORDS) : [];
}

/** @param least items that a name must have to be kept as one; of others only the hash is */
export function nameColumn(names: readonly string[], least: number): NameColumn {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
  const kept = [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([name]) => name);
  const codeOf = new Map(kept.map((name, at) => [name, at + 1]));
  for (const name of counts.keys()) if (!codeOf.has(name)) codeOf.set(name, codeOf.size + 1);
  const hashes = Uint32Array.from(["", ...codeOf.keys()], nameHash);
  const codes = names.map((name) => codeOf.get(name) ?? 0);
  return new NameColumn(codesOf(codes, hashes.length), hashes, PackedStrings.of(kept));
}

/** Dictionaries are by falling number of entries, so that equal columns have equal bytes. */
function listColumn(lists: readonly (readonly string[])[]): ListColumn {
  const { starts, codes, words } = coded(lists);
  const hashes = Uint32Array.from(words, (word) => hash32(word));
  return new ListColumn(starts, codesOf(codes, hashes.length), hashes);
}

function textColumn(texts: readonly (readonly string[])[]): TextColumn {
  const { starts, codes, hashes } = listColumn(texts);
  return new TextColumn(starts, codes, hashes);
}

function gramColumn(texts: readonly (readonly string[])[], text: TextColumn): GramColumn {
  // Two words of one hash are one word to every feature; the first one's trigrams stand for it.
  const words = new Array<string>(text.hashes.length);
  texts.forEach((list, item) => {
    list.forEach((word, i) => {
      words[text.codes[(text.starts[item] as number) + i] as number] ??= word;
    });
  });
  const grams = words.map((word) => gramsOf([word], Number.POSITIVE_INFINITY));
  const counts = Uint16Array.from(texts, (list) => gramsOf(list, Number.POSITIVE_INFINITY).length);
  const hashes = Uint32Array.from(grams.flat(), (gram) => hash32(gram));
  return new GramColumn(text, startsOf(grams), hashes, counts);
}

/** Where each list begins when they stand one after the other, and where the last one ends. */
function startsOf(lists: readonly (readonly unknown[])[]): Uint32Array {
  const starts = new Uint32Array(lists.length + 1);
  lists.forEach((list, item) => {
    starts[item + 1] = (starts[item] as number) + list.length;
  });
  return starts;
}

/** Lists one after the other, as places among their different words, which stand by falling number. */
function coded(lists: readonly (readonly string[])[]): { starts: Uint32Array; codes: number[]; words: string[] } {
  const counts = new Map<string, number>();
  for (const list of lists) for (const word of list) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([word]) => word);
  const codeOf = new Map(words.map((word, code) => [word, code]));
  const codes = lists.flatMap((list) => list.map((word) => codeOf.get(word) as number));
  return { starts: startsOf(lists), codes, words };
}
