// What rules ask of an item beside category, price and availability: brand, tags, time of publication. A snapshot has them of the
// items that it was trained with; these are what the catalogue said last, so that a rule holds for an item that was put a
// moment ago. Names travel as hash32: rules compare nothing else.
//
// They travel in deltas as rows of their own, since they change with the item's description and not with every click. Such a row says,
// to readers of before that do not know it, that an item is dropped which cannot exist: its id begins with U+0000, which no id may
// hold. So an isolate of the version before takes the delta, and leaves the row alone.
//
// Layout of that id: U+0000 | kind, "f" | item id | U+0000 | base64url of: flags u8 | [brand u32] | [time of publication f64] | tags, u32
// each. Other kinds are left unread.
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { fromBase64Url, toBase64Url } from "../kernels/digest.ts";
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
const BRANDED = 1;
const DATED = 2;
const KNOWN_FLAGS = BRANDED | DATED;

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
  const isDated = Number.isFinite(publishedAt);
  const writer = new ByteWriter(16 + 4 * tags.length).u8((brand === 0 ? 0 : BRANDED) | (isDated ? DATED : 0));
  if (brand !== 0) writer.u32(brand);
  if (isDated) writer.f64(publishedAt);
  for (const tag of tags) writer.u32(tag);
  return factsKey(id) + MARK + toBase64Url(writer.finish());
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
  const bytes = fromBase64Url(rowId.slice(key.length + 1));
  if (bytes === null) throw new RangeError(`facts of item ${id} are not base64url`);
  try {
    return { id, facts: readFacts(new ByteReader(bytes)) };
  } catch (cause) {
    throw new RangeError(`facts of item ${id}: ${(cause as Error).message}`, { cause });
  }
}

function readFacts(reader: ByteReader): RuleFacts {
  const flags = reader.u8();
  if (flags & ~KNOWN_FLAGS) throw new RangeError(`unknown flags ${flags}`);
  const brand = flags & BRANDED ? reader.u32() : 0;
  const publishedAt = flags & DATED ? reader.f64() : Number.NaN;
  const tags: number[] = [];
  while (reader.remaining > 0) tags.push(reader.u32());
  return { brand, publishedAt, tags };
}
