// Changes of item data between two epochs, as bytes. Rows have absolute values, so a delta may be applied twice, and those
// of several epochs may be put one after the other or merged: the last row of an item holds.
//
// Layout, little-endian: magic u16 | version u8 | checksum of all that follows u32
//   | from, to varint | parts: count varint, each its length varint and
//   part: shard, hour of the shard's first outcome + 1 (0 before any), clicks by bucket of position varint,
//     totals of dropped items varint (dropped-totals.ts) | rows: count varint, each its length varint and
//     row: id text | flags u8, and for an item that was not dropped [price f64] | category text | statistics (state-codec.ts)
//       | [known since: minutes since 1970 varint] | [pairs (successors.ts)]
//     of an item that was dropped the flags are all; so they are of a row with what rules ask of an item (rule-facts.ts)
// Version 2 had no times and pairs, and no views in statistics: its parts are parts of version 3, so that a sequencer goes on
// with those that it has. Version 1 (until 0.1) had: magic | version | epoch, count varint | rows: flags u8 | id | [price] | category | four counts.
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { hashBytes } from "../kernels/hash.ts";
import { DROPPED_TOTALS } from "./dropped-totals.ts";
import { ItemState } from "./item-state.ts";
import { OUTCOMES_OF_ALL_VERSIONS } from "./outcomes.ts";
import { POSITION_BUCKETS } from "./position-curve.ts";
import { factsId, factsKey, isFactsId, keyOfFactsId, type RuleFacts, readFactsId } from "./rule-facts.ts";
import { readState, writeState } from "./state-codec.ts";
import { noPairs, readServed, type ServedPairs, writeServed } from "./successors.ts";

const MAGIC = 0x4e57; // "NW"
const VERSION = 3;
/** The same but for fields that it never has. */
const VERSION_2 = 2;
const DELETED = 1;
const AVAILABLE = 2;
const PRICED = 4;
/** The item is known no longer; nothing follows. */
const DROPPED = 8;
const DATED = 16;
const PAIRED = 32;
const LISTED = 64;
const KNOWN_FLAGS = DELETED | AVAILABLE | PRICED | DATED | PAIRED | LISTED;
/** Magic, version and checksum. */
const HEADER_BYTES = 7;

/** What the catalogue says of an item. */
export interface ItemFacts {
  readonly id: string;
  readonly deleted: boolean;
  readonly available: boolean;
  /** NaN when unknown. */
  readonly price: number;
  readonly category: string;
  /** Whether the catalogue has it: the others are known by what events say alone. */
  readonly listed?: boolean;
  /** Minutes since 1970 when it was first put or named; 0 or left out when that is not known. */
  readonly since?: number;
}

export interface ItemRow extends ItemFacts {
  readonly statistics: ItemState;
  /** What is touched after it; none when left out. */
  readonly pairs?: ServedPairs;
}

/** What one shard changed: numbers of the shard, rows of its items, and which of them it dropped. */
export interface DeltaPart {
  readonly shard: number;
  /** Hours since 1970 of the shard's first outcome; null before any. */
  readonly sinceHour: number | null;
  /** Clicks by bucket of position, of all items of the shard. */
  readonly clicksAt: readonly number[];
  /** Of all items that the shard ever dropped (dropped-totals.ts); none when left out. */
  readonly dropped?: readonly number[];
  readonly rows: readonly ItemRow[];
  /** Ids that tables are to forget. */
  readonly droppedIds?: readonly string[];
  /** What rules ask of items, by id; of items that `rows`, or an earlier delta, makes known. */
  readonly facts?: ReadonlyMap<string, RuleFacts>;
}

export function encodePart({
  shard,
  sinceHour,
  clicksAt,
  dropped = [],
  rows,
  droppedIds = [],
  facts = new Map(),
}: DeltaPart): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(64 + rows.length * 128).varint(shard).varint(sinceHour === null ? 0 : sinceHour + 1);
  for (let bucket = 0; bucket < POSITION_BUCKETS; bucket++) writer.varint(clicksAt[bucket] ?? 0);
  for (let at = 0; at < DROPPED_TOTALS; at++) writer.varint(dropped[at] ?? 0);
  writer.varint(rows.length + droppedIds.length + facts.size);
  const append = (row: Uint8Array): ByteWriter => writer.varint(row.length).bytes(row);
  for (const row of rows) append(encodeRow(row));
  for (const id of droppedIds) append(new ByteWriter(160).text(id).u8(DROPPED).finish());
  for (const [id, each] of facts) append(new ByteWriter(160).text(factsId(id, each)).u8(DROPPED).finish());
  return writer.finish();
}

function encodeRow(row: ItemRow): Uint8Array {
  const { id, deleted, available, price, category, listed = false, since = 0, statistics, pairs } = row;
  const priced = Number.isFinite(price);
  const paired = pairs !== undefined && pairs.hour > 0;
  const writer = new ByteWriter(160).text(id);
  const facts = (deleted ? DELETED : 0) | (available ? AVAILABLE : 0) | (priced ? PRICED : 0);
  writer.u8(facts | (listed ? LISTED : 0) | (since > 0 ? DATED : 0) | (paired ? PAIRED : 0));
  if (priced) writer.f64(price);
  writer.text(category);
  writeState(writer, statistics);
  if (since > 0) writer.varint(since);
  if (paired) writeServed(writer, pairs);
  return writer.finish();
}

/** @param from the epoch before the first of `parts`; 0 when they are the whole catalogue */
export function encodeDelta(from: number, to: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length + 8, 32);
  const writer = new ByteWriter(size).u16(MAGIC).u8(VERSION).u32(0).varint(from).varint(to).varint(parts.length);
  for (const part of parts) writer.varint(part.length).bytes(part);
  const bytes = writer.finish();
  new DataView(bytes.buffer).setUint32(HEADER_BYTES - 4, hashBytes(bytes.subarray(HEADER_BYTES)), true);
  return bytes;
}

/** Takes what a delta holds, in its order. */
export interface DeltaReader {
  /** @returns where to read statistics into; null to leave the delta unread */
  begin(from: number, to: number): ItemState | null;
  shard(shard: number, sinceHour: number, clicksAt: readonly number[], dropped: readonly number[]): void;
  /** Pairs have no hour where there are none. What is given is used again for the next row. */
  row(facts: ItemFacts, statistics: ItemState, pairs: ServedPairs): void;
  /** What rules ask of an item, after its row; of one that has none it says nothing. */
  facts(id: string, facts: RuleFacts): void;
  /** An item that is known no longer. */
  drop(id: string): void;
}

/**
 * But for version 1, nothing is read unless the checksum is right.
 * @throws RangeError when the bytes are truncated, not a delta, or of a version that this code does not know
 */
export function readDelta(bytes: Uint8Array, into: DeltaReader): void {
  const reader = new ByteReader(bytes);
  if (reader.u16() !== MAGIC) throw new RangeError("not a delta of item data");
  const version = reader.u8();
  if (version === 1) {
    readVersion1(reader, into);
    return;
  }
  if (version !== VERSION && version !== VERSION_2) {
    throw new RangeError(`delta of item data of version ${version}, this code reads ${VERSION}`);
  }
  verify(reader.u32(), bytes);
  const [from, to, parts] = [reader.varint(), reader.varint(), reader.varint()];
  const state = into.begin(from, to);
  if (state === null) return;
  const pairs = noPairs();
  for (let left = parts; left > 0; left--) readPart(new ByteReader(reader.bytes(reader.varint())), state, pairs, into);
  atEnd(reader);
}

function readPart(reader: ByteReader, state: ItemState, pairs: ServedPairs, into: DeltaReader): void {
  const { shard, sinceHour, clicksAt, dropped } = readHead(reader);
  into.shard(shard, sinceHour, clicksAt, dropped);
  for (let left = reader.varint(); left > 0; left--) {
    const row = new ByteReader(reader.bytes(reader.varint()));
    const id = row.text();
    const flags = row.u8();
    if (flags === DROPPED) {
      atEnd(row);
      if (!isFactsId(id)) into.drop(id);
      else {
        const told = readFactsId(id);
        if (told !== null) into.facts(told.id, told.facts);
      }
      continue;
    }
    const facts = readFacts(row, id, flags);
    readState(row, state);
    const since = flags & DATED ? row.varint() : 0;
    if (flags & PAIRED) readServed(row, pairs);
    else [pairs.hour, pairs.total, pairs.size] = [0, 0, 0];
    atEnd(row);
    into.row({ ...facts, since }, state, pairs);
  }
  atEnd(reader);
}

function readHead(reader: ByteReader) {
  const shard = reader.varint();
  const since = reader.varint();
  const clicksAt = Array.from({ length: POSITION_BUCKETS }, () => reader.varint());
  const dropped = Array.from({ length: DROPPED_TOTALS }, () => reader.varint());
  return { shard, sinceHour: since === 0 ? Number.POSITIVE_INFINITY : since - 1, clicksAt, dropped };
}

function readFacts(reader: ByteReader, id: string, flags: number): ItemFacts {
  if (flags & ~KNOWN_FLAGS) throw new RangeError(`item ${id} has unknown flags ${flags}`);
  const price = flags & PRICED ? reader.f64() : Number.NaN;
  return {
    id,
    deleted: (flags & DELETED) !== 0,
    available: (flags & AVAILABLE) !== 0,
    price,
    category: reader.text(),
    listed: (flags & LISTED) !== 0,
  };
}

/** Deltas of before: totals without time, place or placement. */
function readVersion1(reader: ByteReader, into: DeltaReader): void {
  const epoch = reader.varint();
  if (into.begin(epoch - 1, epoch) === null) return;
  const pairs = noPairs();
  for (let left = reader.varint(); left > 0; left--) {
    const flags = reader.u8();
    const facts = readFacts(reader, reader.text(), flags);
    const statistics = new ItemState();
    for (const outcome of OUTCOMES_OF_ALL_VERSIONS) statistics[outcome] = reader.varint();
    into.row(facts, statistics, pairs);
  }
  atEnd(reader);
}

function verify(checksum: number, bytes: Uint8Array): void {
  if (hashBytes(bytes.subarray(HEADER_BYTES)) !== checksum) {
    throw new RangeError("a delta of item data is truncated or damaged: its checksum is another");
  }
}

function atEnd(reader: ByteReader): void {
  if (reader.remaining > 0) throw new RangeError(`${reader.remaining} bytes follow the end of a delta of item data`);
}

/**
 * Several parts as one a shard: the newest numbers of each, the last row of each item. An item that was dropped and named again
 * has both rows, so that a table forgets what it knew of it before.
 * @param whole they are the whole catalogue: dropped items need no row, since no table has them
 */
export function mergeParts(parts: readonly Uint8Array[], whole = false): Uint8Array<ArrayBuffer>[] {
  const shards = new Map<number, { head: Uint8Array; rows: Map<string, Uint8Array> }>();
  for (const part of parts) {
    const reader = new ByteReader(part);
    const { shard } = readHead(reader);
    const head = part.subarray(0, part.length - reader.remaining);
    const merged = shards.get(shard) ?? { head, rows: new Map<string, Uint8Array>() };
    merged.head = head;
    shards.set(shard, merged);
    for (let left = reader.varint(); left > 0; left--) {
      const row = reader.bytes(reader.varint());
      const read = new ByteReader(row);
      const id = read.text();
      if (isFactsId(id)) {
        merged.rows.set(keyOfFactsId(id), row);
        continue;
      }
      if (read.u8() !== DROPPED) {
        merged.rows.set(id, row);
        continue;
      }
      for (const key of [id, factsKey(id), droppedKey(id)]) merged.rows.delete(key);
      if (!whole) merged.rows.set(droppedKey(id), row);
    }
  }
  return [...shards.values()].map(({ head, rows }) => {
    const writer = new ByteWriter(1024).bytes(head).varint(rows.size);
    for (const row of rows.values()) writer.varint(row.length).bytes(row);
    return writer.finish();
  });
}

/** No item's id, and no key of what rules ask. */
function droppedKey(id: string): string {
  return `\u0000d${id}`;
}

/** @throws RangeError when `bytes` are not what {@link encodeDelta} made of this range of epochs */
export function checkDelta(bytes: Uint8Array, from: number, to: number): void {
  const delta = partsOf(bytes);
  // The first of all begins at 0, wherever the range was asked to.
  if (delta.to !== to || delta.from > from) {
    throw new RangeError(`the delta leads from ${delta.from} to ${delta.to}, not from ${from} to ${to}`);
  }
}

/** The parts of a delta of version 2 or 3, unread. @throws RangeError as {@link readDelta} */
export function partsOf(delta: Uint8Array): {
  readonly from: number;
  readonly to: number;
  readonly parts: Uint8Array[];
} {
  const reader = new ByteReader(delta);
  const [magic, version] = [reader.u16(), reader.u8()];
  if (magic !== MAGIC || (version !== VERSION && version !== VERSION_2)) {
    throw new RangeError(`not a delta of version ${VERSION} or ${VERSION_2}`);
  }
  verify(reader.u32(), delta);
  const [from, to, count] = [reader.varint(), reader.varint(), reader.varint()];
  return { from, to, parts: Array.from({ length: count }, () => reader.bytes(reader.varint())) };
}
