// Outcomes as bytes, for the way from the lake's consumer to the objects: some ten bytes each, in their order.
//
// Layout, little-endian: version u8 | ids: count varint, text each | outcomes: count varint, each
//   kind u8 (outcome in three bits, and which of the rest follow) | id varint | [time against the one before, zigzag varint]
//   | [position varint] | [placement u32] | [revenue f64]
// Version 1 had two bits for the outcome: it is read as long as a Worker of another deploy may send it.
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { type ItemOutcome, OUTCOMES } from "./outcomes.ts";

const VERSION = 2;
const OUTCOME_BITS = 3;
const OUTCOME_BITS_OF_VERSION_1 = 2;
/** What follows, above the bits of the outcome. */
const TIME = 1;
const POSITION = 2;
const PLACEMENT = 4;
const REVENUE = 8;
const KNOWN = 15;

export function encodeOutcomes(outcomes: readonly ItemOutcome[]): Uint8Array<ArrayBuffer> {
  const ids = new Map<string, number>();
  for (const { itemId } of outcomes) if (!ids.has(itemId)) ids.set(itemId, ids.size);
  const writer = new ByteWriter(64 + outcomes.length * 12).u8(VERSION).varint(ids.size);
  for (const id of ids.keys()) writer.text(id);
  writer.varint(outcomes.length);
  let last = 0;
  for (const { itemId, outcome, at, position, placement, revenue } of outcomes) {
    const flags =
      (at === last ? 0 : TIME) |
      (position < 0 ? 0 : POSITION) |
      (placement === 0 ? 0 : PLACEMENT) |
      (revenue === 0 ? 0 : REVENUE);
    writer.u8(OUTCOMES.indexOf(outcome) | (flags << OUTCOME_BITS)).varint(ids.get(itemId) ?? 0);
    if (flags & TIME) writer.varint(at > last ? (at - last) * 2 : (last - at) * 2 - 1);
    if (flags & POSITION) writer.varint(position);
    if (flags & PLACEMENT) writer.u32(placement);
    if (flags & REVENUE) writer.f64(revenue);
    last = at;
  }
  return writer.finish();
}

/** @throws RangeError when the bytes are truncated or not outcomes */
export function decodeOutcomes(bytes: Uint8Array): ItemOutcome[] {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION && version !== 1) {
    throw new RangeError(`outcomes of version ${version}, this code reads ${VERSION}`);
  }
  const bits = version === 1 ? OUTCOME_BITS_OF_VERSION_1 : OUTCOME_BITS;
  const ids: string[] = [];
  for (let left = reader.varint(); left > 0; left--) ids.push(reader.text());
  const outcomes: ItemOutcome[] = [];
  let at = 0;
  for (let left = reader.varint(); left > 0; left--) {
    const kind = reader.u8();
    const itemId = ids[reader.varint()];
    const outcome = OUTCOMES[kind & ((1 << bits) - 1)];
    const flags = kind >> bits;
    if (itemId === undefined || outcome === undefined || flags > KNOWN) {
      throw new RangeError("an outcome of no item or of no kind");
    }
    if (flags & TIME) at += unzigzag(reader.varint());
    outcomes.push({
      itemId,
      outcome,
      at,
      position: flags & POSITION ? reader.varint() : -1,
      placement: flags & PLACEMENT ? reader.u32() : 0,
      revenue: flags & REVENUE ? reader.f64() : 0,
    });
  }
  return outcomes;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
