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

/** The names of items of a snapshot as nameHash, by item index. */
export interface ItemNames {
  /** Item i has hashes[starts[i] … starts[i + 1] − 1]; null when each item has one, hashes[i], where 0 stands for none. */
  readonly starts: Uint32Array | null;
  readonly hashes: Uint32Array;
}

export function itemNames({ snapshot }: FeatureInput, field: string, kind: NamesKind): ItemNames {
  if (field === "category") return { starts: null, hashes: snapshot.categoryHash };
  const { name, list } = snapshot.attributes;
  const hashes = name.get(field)?.hash;
  const column = kind === "list" ? list.get(field) : hashes && { starts: null, hashes };
  return column ?? { starts: null, hashes: new Uint32Array(snapshot.ids.length) };
}

/** Where the names of item `index` begin. */
export function firstName({ starts }: ItemNames, index: number): number {
  return starts === null ? index : (starts[index] as number);
}

/** Behind its last name. */
export function endOfNames({ starts, hashes }: ItemNames, index: number): number {
  if (starts === null) return hashes[index] === 0 ? index : index + 1;
  return starts[index + 1] as number;
}

/** The one name of each candidate: the live category, or a name of the snapshot; 0 for none. */
export function candidateNames({ candidates }: FeatureInput, field: string, { hashes }: ItemNames): Uint32Array {
  if (field === "category") return candidates.category;
  const names = new Uint32Array(candidates.count);
  for (let row = 0; row < names.length; row++) {
    const index = candidates.index[row] as number;
    if (index >= 0) names[row] = hashes[index] as number;
  }
  return names;
}
