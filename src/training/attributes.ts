// Writes into a snapshot what its features require of the items: each field of the catalogue read as one of the kinds.
import { gramsOf } from "../kernels/grams.ts";
import { hash32 } from "../kernels/hash.ts";
import { termsOf } from "../kernels/terms.ts";
import {
  type AttributeKind,
  type Attributes,
  type ListColumn,
  type NameColumn,
  nameHash,
  type Requirement,
  textColumn,
} from "../snapshot/attributes.ts";
import { parseTime } from "./log-fields.ts";

/** A name that fewer items have gets no index: a ranker could learn nothing about it. */
const NAME_ITEMS = 2;
const LIST_LENGTH = 64;
const TEXT_WORDS = 64;
const GRAMS = 128;
const LARGEST = 3.4e38;

type Item = Readonly<Record<string, unknown>>;

/** @param items as the log describes them, in the snapshot's order */
export function attributesOf(items: readonly object[], requirements: readonly Requirement[]): Attributes {
  const fieldsOf = <T>(kind: AttributeKind, read: (values: readonly unknown[]) => T): Map<string, T> => {
    const fields = requirements.flatMap((requirement) => (requirement.kind === kind ? requirement.field : []));
    return new Map(
      [...new Set(fields)].sort().map((field) => [field, read(items.map((item) => valueAt(item as Item, field)))]),
    );
  };
  return {
    number: fieldsOf("number", (values) => Float32Array.from(values, numberOf)),
    time: fieldsOf("time", (values) => Float64Array.from(values, timeOf)),
    name: fieldsOf("name", nameColumn),
    list: fieldsOf("list", (values) => listColumn(values.map(listOf))),
    text: fieldsOf("text", (values) => textColumn(listColumn(values.map(wordsOf)))),
    grams: fieldsOf("grams", (values) => listColumn(values.map((value) => gramsOf(wordsOf(value), GRAMS)))),
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

function nameColumn(values: readonly unknown[]): NameColumn {
  const items = new Map<string, number>();
  const names = values.map(nameOf);
  for (const name of names) if (name !== "") items.set(name, (items.get(name) ?? 0) + 1);
  const kept = [...items]
    .filter(([, count]) => count >= NAME_ITEMS)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([name]) => name);
  const index = new Map(kept.map((name, at) => [name, at]));
  return {
    hash: Uint32Array.from(names, nameHash),
    index: Int32Array.from(names, (name) => index.get(name) ?? -1),
    names: kept,
  };
}

function listColumn(lists: readonly (readonly string[])[]): ListColumn {
  const starts = new Uint32Array(lists.length + 1);
  lists.forEach((list, item) => {
    starts[item + 1] = (starts[item] as number) + list.length;
  });
  return { starts, hashes: Uint32Array.from(lists.flat(), (entry) => hash32(entry)) };
}
