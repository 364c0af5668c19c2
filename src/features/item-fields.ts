// Fields of items as features read them: `price` and `category` are the live ones, `publishedAt` the catalogue's,
// everything else is an attribute that the snapshot carries because a feature requires it.
import type { Requirement } from "../snapshot/attributes.ts";
import type { FeatureInput } from "./feature.ts";

/** What a feature requires to read `field` as a number; nothing where the catalogue has it. */
export function numberRequirement(field: string): Requirement[] {
  return field === "price" ? [] : [{ kind: "number", field }];
}

/** The number of `field` in row `row`; NaN when unknown. Made once a decision. */
export function numberReader({ snapshot, candidates }: FeatureInput, field: string): (row: number) => number {
  const { index, price } = candidates;
  if (field === "price") return (row) => price[row] as number;
  const values = snapshot.attributes.number.get(field);
  return (row) => {
    const item = index[row] as number;
    return item < 0 || values === undefined ? Number.NaN : (values[item] as number);
  };
}

/** How the values of a field are to be read: one name an item, or a list of names. */
export type NamesKind = "name" | "list";

export function namesRequirement(field: string, kind: NamesKind): Requirement[] {
  return field === "category" ? [] : [{ kind, field }];
}

/** The names of items of a snapshot, by item index. */
export interface ItemNames {
  /** Item i has those at starts[i] … starts[i + 1] − 1; null when each item has one, at i, where 0 stands for none. */
  readonly starts: Uint32Array | null;
  /** nameHash by code. */
  readonly hashes: Uint32Array;
  /** One a name. */
  readonly codes: Uint16Array | Uint32Array;
}

export function itemNames({ snapshot }: FeatureInput, field: string, kind: NamesKind): ItemNames {
  const { name, list } = snapshot.attributes;
  if (kind === "list" && field !== "category") return list.get(field) ?? noNames(snapshot.ids.size);
  const column = field === "category" ? snapshot.category : name.get(field);
  return column ? { starts: null, hashes: column.hashes, codes: column.codes } : noNames(snapshot.ids.size);
}

function noNames(items: number): ItemNames {
  return { starts: null, hashes: new Uint32Array(1), codes: new Uint16Array(items) };
}

/** nameHash of the name at a place; 0 for none. */
export function nameHashAt({ hashes, codes }: ItemNames, at: number): number {
  return hashes[codes[at] as number] as number;
}

/** Where the names of item `index` begin. */
export function firstName({ starts }: ItemNames, index: number): number {
  return starts === null ? index : (starts[index] as number);
}

/** Behind its last name. */
export function endOfNames(names: ItemNames, index: number): number {
  const { starts } = names;
  if (starts === null) return nameHashAt(names, index) === 0 ? index : index + 1;
  return starts[index + 1] as number;
}

/** The one name of each candidate: the live category, or a name of the snapshot; 0 for none. */
export function candidateNames({ candidates }: FeatureInput, field: string, items: ItemNames): Uint32Array {
  if (field === "category") return candidates.category;
  const names = new Uint32Array(candidates.count);
  for (let row = 0; row < names.length; row++) {
    const index = candidates.index[row] as number;
    if (index >= 0) names[row] = nameHashAt(items, index);
  }
  return names;
}
