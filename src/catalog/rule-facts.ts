// What rules ask of an item beside category, price and availability: brand, tags, time of publication. A snapshot has them of the
// items that it was trained with; these are what the catalogue said last, so that a rule holds for an item that was put a
// moment ago. Names travel as hash32: rules compare nothing else.
//
// They travel in deltas as rows of their own, since they change with the item's description and not with every click. Such a row says,
// to readers of before that do not know it, that an item is dropped which cannot exist: its id begins with U+0000, which no id may
// hold. So an isolate of the version before takes the delta, and leaves the row alone.
//
// Layout of that id: U+0000 | kind, "f" | item id | U+0000 | JSON [brand, time of publication or null, tag, …]. Other kinds are left unread.
import { hash32 } from "../kernels/hash.ts";

export interface RuleFacts {
  /** hash32; 0 for none. */
  readonly brand: number;
  /** Epoch ms; NaN when unknown. */
  readonly publishedAt: number;
  /** hash32 of each. */
  readonly tags: readonly number[];
}

const MARK = "\u0000";
const KIND = "f";

export function ruleFactsOf(item: {
  readonly brand?: string | undefined;
  readonly publishedAt?: number | undefined;
  readonly tags?: readonly string[] | undefined;
}): RuleFacts {
  const { brand = "", publishedAt = Number.NaN, tags = [] } = item;
  const named = tags.filter((tag) => tag !== "").map((tag) => hash32(tag));
  return { brand: brand === "" ? 0 : hash32(brand), publishedAt, tags: [...new Set(named)] };
}

/** Whether a row's id is no item's, but tells something of one. */
export function isFactsId(rowId: string): boolean {
  return rowId.startsWith(MARK);
}

export function factsId(id: string, { brand, publishedAt, tags }: RuleFacts): string {
  const time = Number.isFinite(publishedAt) ? publishedAt : null;
  return `${factsKey(id)}${MARK}${JSON.stringify([brand, time, ...tags])}`;
}

/** What rows of the same kind and item begin with: the last of them holds. */
export function factsKey(id: string): string {
  return MARK + KIND + id;
}

/** {@link factsKey} of the id of such a row. */
export function keyOfFactsId(rowId: string): string {
  const end = rowId.indexOf(MARK, 1);
  return end < 0 ? rowId : rowId.slice(0, end);
}

/** @returns null for a row of another kind; @throws RangeError for one that is not what {@link factsId} makes */
export function readFactsId(rowId: string): { readonly id: string; readonly facts: RuleFacts } | null {
  if (rowId[1] !== KIND) return null;
  const key = keyOfFactsId(rowId);
  const id = key.slice(2);
  let values: unknown;
  try {
    values = JSON.parse(rowId.slice(key.length + 1));
  } catch (cause) {
    throw new RangeError(`facts of item ${id} are not JSON`, { cause });
  }
  if (!Array.isArray(values) || values.length < 2) throw new RangeError(`facts of item ${id} lack a value`);
  const [brand, time, ...tags] = values as unknown[];
  if (![brand, ...tags].every(isHash) || !(time === null || Number.isFinite(time))) {
    throw new RangeError(`facts of item ${id} hold something else than numbers`);
  }
  return {
    id,
    facts: { brand: brand as number, publishedAt: (time as number | null) ?? Number.NaN, tags: tags as number[] },
  };
}

function isHash(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
