// How a visitor's state is kept and travels: numbers in one stretch of bytes, all text in another, so that encoding
// costs one call of the text encoder. Version 2. Version 1, JSON of an earlier profile, is migrated on read; a version
// that this code does not know is refused, not guessed at.
//
// Layout, little-endian: version u8 | length of the text in bytes varint | text | numbers; where a text belongs, the
// numbers hold its length in UTF-16 units, and texts follow one another in the same order.
import { utf8Length } from "../kernels/bytes.ts";
import { type Count, type Counters, emptyCounters, FAMILIES } from "./counters.ts";
import { readFact, writeFact } from "./fact-codec.ts";
import {
  type BatchEntry,
  DEVICE_CLASSES,
  type EndedSession,
  type Profile,
  REFERRER_CLASSES,
  SESSION_COUNTS,
  type Session,
  TOUCH_KINDS,
} from "./profile.ts";
import type { ProfileState } from "./state.ts";
import { pick, StateReader, StateWriter } from "./state-bytes.ts";
import { migrateVersion1 } from "./state-version1.ts";

/** A weight is stored as a byte of sixteenths, from −4. */
const WEIGHT_ZERO = 64;
/** Stands for no offset; real ones are within a day. */
const NO_OFFSET = 0x7fff;

export function encodeState(state: ProfileState): Uint8Array<ArrayBuffer> {
  const writer = new StateWriter();
  const { n } = writer;
  const { settled, pending, merged } = state;
  n.varint(state.seq).varint(state.newestAt).varint(state.watermark).varint(state.late).varint(state.pendingBytes);
  n.varint(settled.firstAt).varint(settled.lastAt).varint(settled.sessions).varint(settled.orders);
  n.f64(settled.revenue).varint(settled.orderedAt);
  writeSession(writer, settled.session);
  writeSession(writer, settled.previous);
  n.varint(settled.touches.length);
  for (const { itemId, kind, at, weight, category, price } of settled.touches) {
    writer.text(itemId);
    n.u8(TOUCH_KINDS.indexOf(kind))
      .varint(settled.lastAt - at)
      .u8(WEIGHT_ZERO + weight * 16)
      .u32(category)
      .f64(price);
  }
  n.varint(settled.shown.length);
  for (const { at, placement, from, items } of settled.shown) {
    n.varint(settled.lastAt - at)
      .u32(placement)
      .varint(from)
      .varint(items.length);
    for (const item of items) n.u32(item);
  }
  n.varint(settled.cart.length);
  for (const { itemId, quantity, price, at } of settled.cart) {
    writer.text(itemId);
    n.f64(quantity).f64(price).varint(at);
  }
  writeCounters(writer, settled.counters);
  n.varint(merged.length);
  for (const { from, epoch } of merged) writer.text(from).text(epoch);
  writer.text(settled.batch === null ? "" : JSON.stringify(settled.batch));
  n.varint(pending.length);
  for (const fact of pending) writeFact(writer, fact);
  return writer.finish();
}

/** @throws RangeError when the bytes are truncated, hold what cannot be, or are of an unknown version */
export function decodeState(stored: Uint8Array | string): ProfileState {
  if (typeof stored === "string") return migrateVersion1(stored);
  const reader = new StateReader(stored);
  const { n } = reader;
  const [seq, newestAt, watermark, late, pendingBytes] = [n.varint(), n.varint(), n.varint(), n.varint(), n.varint()];
  const [firstAt, lastAt, sessions, orders] = [n.varint(), n.varint(), n.varint(), n.varint()];
  const [revenue, orderedAt] = [n.f64(), n.varint()];
  const session = readSession(reader);
  const previous = readSession(reader);
  const touches = reader.list(() => ({
    itemId: reader.text(),
    kind: pick(TOUCH_KINDS, n.u8(), "touch"),
    at: lastAt - n.varint(),
    weight: (n.u8() - WEIGHT_ZERO) / 16,
    category: n.u32(),
    price: n.f64(),
  }));
  const shown = reader.list(() => ({
    at: lastAt - n.varint(),
    placement: n.u32(),
    from: n.varint(),
    items: reader.list(() => n.u32()),
  }));
  const cart = reader.list(() => ({ itemId: reader.text(), quantity: n.f64(), price: n.f64(), at: n.varint() }));
  const counters = readCounters(reader);
  const merged = reader.list(() => ({ from: reader.text(), epoch: reader.text() }));
  const batch = reader.json<BatchEntry>();
  const pending = reader.list(() => readFact(reader));
  const settled: Profile = {
    seq,
    firstAt,
    lastAt,
    sessions,
    orders,
    revenue,
    orderedAt,
    session,
    previous: previous === null ? null : { ...previous, queries: previous.queries.map(({ text }) => text) },
    touches,
    shown,
    cart,
    counters,
    batch,
  };
  return { seq, settled, pending, pendingBytes, newestAt, watermark, late, merged };
}

function writeSession(writer: StateWriter, session: Session | EndedSession | null): void {
  const { n } = writer;
  n.u8(session === null ? 0 : 1);
  if (session === null) return;
  n.varint(session.startedAt).varint(session.lastAt - session.startedAt);
  for (const number of NUMBERS) n.varint(session[number]);
  n.f64(session.revenue).u8(REFERRER_CLASSES.indexOf(session.referrer)).u8(DEVICE_CLASSES.indexOf(session.device));
  n.u16((session.utcOffsetMinutes ?? NO_OFFSET) & 0xffff);
  writer.text(session.landing).text(session.country).text(session.city);
  const { campaign } = session;
  n.u8(campaign === null ? 0 : 1);
  if (campaign !== null) writer.text(campaign.source).text(campaign.medium).text(campaign.name);
  n.varint(session.queries.length);
  for (const query of session.queries) {
    if (typeof query === "string") {
      writer.text(query);
      n.varint(0);
    } else {
      writer.text(query.text);
      n.varint(query.at);
    }
  }
}

const NUMBERS = [...SESSION_COUNTS, "dwellMs", "longestDwellMs"] as const;

function readSession(reader: StateReader): Session | null {
  const { n } = reader;
  if (n.u8() === 0) return null;
  const startedAt = n.varint();
  const lastAt = startedAt + n.varint();
  const counts = Object.fromEntries(NUMBERS.map((number) => [number, n.varint()])) as Record<
    (typeof NUMBERS)[number],
    number
  >;
  const revenue = n.f64();
  const referrer = pick(REFERRER_CLASSES, n.u8(), "referrer");
  const device = pick(DEVICE_CLASSES, n.u8(), "device");
  const offset = (n.u16() << 16) >> 16;
  const [landing, country, city] = [reader.text(), reader.text(), reader.text()];
  const campaign = n.u8() === 0 ? null : { source: reader.text(), medium: reader.text(), name: reader.text() };
  const queries = reader.list(() => ({ text: reader.text(), at: n.varint() }));
  return {
    id: startedAt,
    startedAt,
    lastAt,
    ...counts,
    revenue,
    landing,
    referrer,
    campaign,
    device,
    country,
    city,
    utcOffsetMinutes: offset === NO_OFFSET ? null : offset,
    queries,
  };
}

function writeCounters(writer: StateWriter, { periods, families }: Counters): void {
  const { n } = writer;
  for (const period of periods) n.varint(period);
  for (const family of FAMILIES) {
    const { counts } = families[family];
    n.varint(counts.size);
    for (const [key, [day, week, month]] of counts) {
      writer.text(key);
      n.f32(day).f32(week).f32(month);
    }
  }
}

function readCounters(reader: StateReader): Counters {
  const { n } = reader;
  const counters = emptyCounters();
  for (let h = 0; h < 3; h++) counters.periods[h] = n.varint();
  for (const family of FAMILIES) {
    const held = counters.families[family];
    for (let left = n.varint(); left > 0; left--) {
      const key = reader.text();
      const count: Count = [n.f32(), n.f32(), n.f32()];
      held.counts.set(key, count);
      held.keyBytes += utf8Length(key);
    }
  }
  return counters;
}
