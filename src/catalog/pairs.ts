// Ordered pairs of items: who touched the second shortly after the first, in one session. An event carries what went before
// it (touched-before.ts of the profile); here that becomes pairs, which the first item counts. Bots say nothing.
import type { AcceptedEvent } from "../events/event.ts";
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";

/** One touch of an item after another one. */
export interface ItemPair {
  /** The item touched first, which counts the pair. */
  readonly itemId: string;
  /** hash32 of the item touched next. */
  readonly next: number;
  /** In 256ths: whole, above 0. */
  readonly weight: number;
  /** Epoch ms of receipt, whole. */
  readonly at: number;
}

export type PairedEvent = Pick<AcceptedEvent, "items" | "receivedAt"> & Partial<Pick<AcceptedEvent, "follows" | "bot">>;

/** Pairs that one event makes at most: each may change another item's row. */
export const MAX_PAIRS = 5;
const VERSION = 1;

/** The pairs that `event` makes, the nearest first. An order of many items is paired with what came last before it. */
export function pairsOf({ items, receivedAt, follows, bot }: PairedEvent): ItemPair[] {
  // A row of the lake has null where there is nothing.
  if (!items || !follows || bot) return [];
  const pairs: ItemPair[] = [];
  const at = Math.floor(receivedAt);
  for (const { id: itemId, weight } of follows) {
    for (const { id } of items) {
      if (pairs.length === MAX_PAIRS) return pairs;
      pairs.push({ itemId, next: hash32(id), weight, at });
    }
  }
  return pairs;
}

/**
 * Pairs as bytes, for the way from the lake's consumer to the objects.
 * Layout, little-endian: version u8 | ids: count varint, text each | pairs: count varint, each
 *   id varint | next u32 | weight varint | time against the one before, zigzag varint
 */
export function encodePairs(pairs: readonly ItemPair[]): Uint8Array<ArrayBuffer> {
  const ids = new Map<string, number>();
  for (const { itemId } of pairs) if (!ids.has(itemId)) ids.set(itemId, ids.size);
  const writer = new ByteWriter(64 + pairs.length * 24).u8(VERSION).varint(ids.size);
  for (const id of ids.keys()) writer.text(id);
  writer.varint(pairs.length);
  let last = 0;
  for (const { itemId, next, weight, at } of pairs) {
    writer
      .varint(ids.get(itemId) ?? 0)
      .u32(next)
      .varint(weight)
      .varint(at >= last ? (at - last) * 2 : (last - at) * 2 - 1);
    last = at;
  }
  return writer.finish();
}

/** @throws RangeError when the bytes are truncated or not pairs */
export function decodePairs(bytes: Uint8Array): ItemPair[] {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new RangeError(`pairs of version ${version}, this code reads ${VERSION}`);
  const ids = Array.from({ length: reader.varint() }, () => reader.text());
  const pairs: ItemPair[] = [];
  let at = 0;
  for (let left = reader.varint(); left > 0; left--) {
    const itemId = ids[reader.varint()];
    if (itemId === undefined) throw new RangeError("a pair of no item");
    const [next, weight, step] = [reader.u32(), reader.varint(), reader.varint()];
    at += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    pairs.push({ itemId, next, weight, at });
  }
  return pairs;
}
