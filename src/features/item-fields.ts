// Fields of items as features read them: `price` and `category` are the live ones, `publishedAt` the catalogue's,
// everything else is an attribute that the snapshot carries because a feature requires it.
import type { ListColumn, Requirement } from "../snapshot/attributes.ts";
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
  /** Names of an item are hashes[from(index)] … hashes[to(index) − 1]; 0 stands for none. */
  readonly from: (index: number) => number;
  readonly to: (index: number) => number;
  readonly hashes: Uint32Array;
}

const NO_NAMES: ItemNames = { from: () => 0, to: () => 0, hashes: new Uint32Array(0) };

export function itemNames({ snapshot }: FeatureInput, field: string, kind: NamesKind): ItemNames {
  if (field === "category") return oneEach(snapshot.categoryHash);
  const { name, list } = snapshot.attributes;
  if (kind === "name") {
    const column = name.get(field);
    return column === undefined ? NO_NAMES : oneEach(column.hash);
  }
  const column = list.get(field);
  return column === undefined ? NO_NAMES : listEach(column);
}

function oneEach(hashes: Uint32Array): ItemNames {
  return { hashes, from: (index) => index, to: (index) => (hashes[index] === 0 ? index : index + 1) };
}

function listEach({ starts, hashes }: ListColumn): ItemNames {
  return { hashes, from: (index) => starts[index] as number, to: (index) => starts[index + 1] as number };
}

/** The one name of each candidate: the live category, or a name of the snapshot; 0 for none. */
export function candidateNames({ candidates }: FeatureInput, field: string, names: ItemNames): Uint32Array {
  if (field === "category") return candidates.category;
  return Uint32Array.from(candidates.index, (index) =>
    index < 0 || names.from(index) === names.to(index) ? 0 : (names.hashes[names.from(index)] as number),
  );
}
