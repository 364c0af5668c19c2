// The bytes of a decision view, at most VIEW_BYTES. What is bounded by itself comes first; then the touches, then the
// lists shown, newest first, as far as there is room.
//
// Layout, little-endian, version 2: version u8 | flags u8 | counts and times | [session] | [previous] | counter families
//   | cart | [batch] | touches | lists
import { ByteReader, ByteWriter, utf8Length } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import { termsOf } from "../kernels/terms.ts";
import { mergeBatch } from "./batch-merge.ts";
import type { Count, Counters } from "./counters.ts";
import { profileOf } from "./fold.ts";
import {
  type BatchEntry,
  DEVICE_CLASSES,
  type Profile,
  type ProfileConfig,
  REFERRER_CLASSES,
  SESSION_COUNTS,
  type Session,
  type SessionCounts,
  type Shown,
  TOUCH_KINDS,
  type Touch,
} from "./profile.ts";
import { isActive } from "./session.ts";
import type { ProfileState } from "./state.ts";
import {
  type BatchSummary,
  type CartView,
  type FamilyView,
  type PreviousView,
  type SessionView,
  UNKNOWN_VISITOR,
  VIEW_BYTES,
  VIEW_FAMILIES,
  type ViewFamily,
  type VisitorView,
} from "./view.ts";

const VERSION = 2;
const HAS_SESSION = 1;
const HAS_PREVIOUS = 2;
const HAS_BATCH = 4;
const HAS_CATEGORY = 0x10;
const HAS_PRICE = 0x20;
const NO_OFFSET = 0x7fff;
const WEIGHT_ZERO = 64;
/** Room that touches leave to the lists shown. */
const SHOWN_RESERVE = 1024;
const MAX_CART = 12;
const MAX_TERMS = 12;
const FAMILY_ENTRIES: Readonly<Record<ViewFamily, number>> = {
  types: 10,
  categories: 14,
  brands: 10,
  prices: 6,
  terms: 10,
  items: 14,
};

/**
 * The view of `profile` at `now` (epoch ms): a session that has been idle for longer than the timeout counts as the
 * previous one, whether anybody has told the profile or not.
 */
export function encodeView(profile: Profile, now: number, sessionTimeoutMs: number): Uint8Array<ArrayBuffer> {
  const { lastAt } = profile;
  const session =
    profile.session !== null && isActive(profile.session.lastAt, now, sessionTimeoutMs) ? profile.session : null;
  const previous = session === null ? (profile.session ?? profile.previous) : profile.previous;
  const writer = new ByteWriter(2048)
    .u8(VERSION)
    .u8((session ? HAS_SESSION : 0) | (previous ? HAS_PREVIOUS : 0) | (profile.batch ? HAS_BATCH : 0))
    .varint(profile.seq)
    .varint(profile.sessions)
    .varint(profile.orders)
    .f64(profile.revenue)
    .varint(profile.firstAt)
    .varint(lastAt)
    .varint(profile.orderedAt);
  if (session) writeSession(writer, session);
  if (previous) {
    writer
      .varint(previous.startedAt)
      .varint(previous.lastAt - previous.startedAt)
      .varint(previous.dwellMs);
    for (const count of SESSION_COUNTS) writer.varint(previous[count]);
  }
  writeFamilies(writer, profile.counters);
  const lines = profile.cart.slice(-MAX_CART).reverse();
  writer.u8(lines.length);
  for (const { itemId, quantity, price, at } of lines) {
    writer.u32(hash32(itemId)).f32(quantity).f32(price).varint(at);
  }
  if (profile.batch) writeBatch(writer, mergeBatch(profile, profile.batch, now));
  writeTouches(writer, profile);
  writeShown(writer, profile);
  return writer.finish();
}

/** The view of a visitor in this state at `now`, as the visitor's object hands it out. */
export function encodeViewOf(state: ProfileState, now: number, config: ProfileConfig): Uint8Array<ArrayBuffer> {
  return encodeView(profileOf(state, config), now, config.sessionTimeoutMs);
}

const hold = holdsLast();

/** @throws RangeError when the bytes are truncated or of another version */
export function decodeView(bytes: Uint8Array): VisitorView {
  const reader = new ByteReader(bytes);
  hold(reader);
  const version = reader.u8();
  if (version !== VERSION) throw new RangeError(`decision view of version ${version}, this code reads ${VERSION}`);
  const flags = reader.u8();
  const seq = reader.varint();
  const sessions = reader.varint();
  const orders = reader.varint();
  const revenue = reader.f64();
  const firstAt = reader.varint();
  const lastAt = reader.varint();
  const orderedAt = reader.varint();
  const session = flags & HAS_SESSION ? readSession(reader) : null;
  const previous = flags & HAS_PREVIOUS ? readPrevious(reader) : null;
  const periods: Counters["periods"] = [reader.varint(), reader.varint(), reader.varint()];
  const families: Record<ViewFamily, FamilyView> = { ...UNKNOWN_VISITOR.families };
  for (const family of VIEW_FAMILIES) families[family] = readFamily(reader);
  const cart = Array.from(
    { length: reader.u8() },
    (): CartView => ({ item: reader.u32(), quantity: reader.f32(), price: reader.f32(), at: reader.varint() }),
  );
  const batch = flags & HAS_BATCH ? readBatch(reader) : null;
  const touches = Array.from({ length: reader.varint() }, () => readTouch(reader, lastAt));
  const shown = Array.from({ length: reader.varint() }, (): Shown => {
    const at = lastAt - reader.varint();
    const placement = reader.u32();
    const from = reader.varint();
    return { at, placement, from, items: Array.from({ length: reader.varint() }, () => reader.u32()) };
  });
  return {
    seq,
    sessions,
    orders,
    revenue,
    firstAt,
    lastAt,
    orderedAt,
    session,
    previous,
    touches,
    shown,
    cart,
    periods,
    families,
    batch,
  };
}

function writeSession(writer: ByteWriter, session: Session): void {
  writer.varint(session.startedAt).varint(session.lastAt - session.startedAt);
  for (const count of SESSION_COUNTS) writer.varint(session[count]);
  writer
    .varint(session.dwellMs)
    .varint(session.longestDwellMs)
    .f64(session.revenue)
    .u8(REFERRER_CLASSES.indexOf(session.referrer))
    .u8(DEVICE_CLASSES.indexOf(session.device))
    .u32(hashOf(session.country))
    .u32(hashOf(session.city))
    .u16((session.utcOffsetMinutes ?? NO_OFFSET) & 0xffff)
    .u32(hashOf(session.campaign?.source ?? ""))
    .u32(hashOf(session.campaign?.medium ?? ""));
  const terms = new Set<number>();
  for (const { text } of session.queries.toReversed()) {
    for (const term of termsOf(text, MAX_TERMS)) if (terms.size < MAX_TERMS) terms.add(hash32(term));
  }
  writer.u8(terms.size);
  for (const term of terms) writer.u32(term);
}

const hashOf = (text: string): number => (text === "" ? 0 : hash32(text));

function readSession(reader: ByteReader): SessionView {
  const startedAt = reader.varint();
  const lastAt = startedAt + reader.varint();
  const counts = readCounts(reader);
  const dwellMs = reader.varint();
  const longestDwellMs = reader.varint();
  const revenue = reader.f64();
  const referrer = REFERRER_CLASSES[reader.u8()] ?? "unknown";
  const device = DEVICE_CLASSES[reader.u8()] ?? "unknown";
  const country = reader.u32();
  const city = reader.u32();
  const offset = (reader.u16() << 16) >> 16;
  const campaignSource = reader.u32();
  const campaignMedium = reader.u32();
  const terms = Uint32Array.from({ length: reader.u8() }, () => reader.u32());
  return {
    id: startedAt,
    startedAt,
    lastAt,
    ...counts,
    dwellMs,
    longestDwellMs,
    revenue,
    referrer,
    device,
    country,
    city,
    utcOffsetMinutes: offset === NO_OFFSET ? null : offset,
    campaignSource,
    campaignMedium,
    terms,
  };
}

function readPrevious(reader: ByteReader): PreviousView {
  const startedAt = reader.varint();
  const lastAt = startedAt + reader.varint();
  const dwellMs = reader.varint();
  return { startedAt, lastAt, dwellMs, ...readCounts(reader) };
}

function readCounts(reader: ByteReader): SessionCounts {
  const counts: Partial<Record<keyof SessionCounts, number>> = {};
  for (const count of SESSION_COUNTS) counts[count] = reader.varint();
  return counts as SessionCounts;
}

function writeFamilies(writer: ByteWriter, { periods, families }: Counters): void {
  for (const period of periods) writer.varint(period);
  for (const family of VIEW_FAMILIES) {
    const entries = heaviest(families[family].counts, FAMILY_ENTRIES[family]);
    writer.u8(entries.length);
    for (const [key, [day, week, month]] of entries) writer.u32(hash32(key)).f32(day).f32(week).f32(month);
  }
}

/** At most `limit` counts, the heaviest of the month first; of equal ones the first, so that a state has one view. */
function heaviest(counts: ReadonlyMap<string, Count>, limit: number): (readonly [string, Count])[] {
  const kept: (readonly [string, Count])[] = [];
  for (const [key, count] of counts) {
    if (kept.length === limit && count[2] <= (kept[limit - 1] as readonly [string, Count])[1][2]) continue;
    if (kept.length === limit) kept.pop();
    let at = kept.length;
    while (at > 0 && (kept[at - 1] as readonly [string, Count])[1][2] < count[2]) at--;
    kept.splice(at, 0, [key, count]);
  }
  return kept;
}

function readFamily(reader: ByteReader): FamilyView {
  const count = reader.u8();
  const family = {
    keys: new Uint32Array(count),
    day: new Float32Array(count),
    week: new Float32Array(count),
    month: new Float32Array(count),
  };
  for (let i = 0; i < count; i++) {
    family.keys[i] = reader.u32();
    family.day[i] = reader.f32();
    family.week[i] = reader.f32();
    family.month[i] = reader.f32();
  }
  return family;
}

function writeBatch(writer: ByteWriter, batch: BatchEntry): void {
  writer.varint(batch.asOf).f64(batch.lifetimeValue).u8(batch.segments.length);
  for (const segment of batch.segments) writer.text(segment);
  for (const shares of [batch.categories, batch.brands]) {
    writer.u8(shares.length);
    for (const [name, share] of shares) writer.u32(hash32(name)).f32(share);
  }
}

function readBatch(reader: ByteReader): BatchSummary {
  const asOf = reader.varint();
  const lifetimeValue = reader.f64();
  const segments = Array.from({ length: reader.u8() }, () => reader.text());
  const shares = (): Map<number, number> =>
    new Map(Array.from({ length: reader.u8() }, () => [reader.u32(), reader.f32()] as const));
  return { asOf, lifetimeValue, segments, categories: shares(), brands: shares() };
}

function writeTouches(writer: ByteWriter, { touches, shown, lastAt }: Profile): void {
  const shownBytes = shown.reduce((sum, { items }) => sum + 4 * items.length + 16, 0);
  const room = VIEW_BYTES - Math.min(shownBytes, SHOWN_RESERVE) - 8;
  let length = writer.length;
  let kept = 0;
  for (let i = touches.length - 1; i >= 0; i--) {
    length += 20 + utf8Length((touches[i] as Touch).itemId);
    if (length > room) break;
    kept++;
  }
  writer.varint(kept);
  for (let i = touches.length - 1; i >= touches.length - kept; i--) {
    const { itemId, kind, at, weight, category, price } = touches[i] as Touch;
    writer
      .u8(TOUCH_KINDS.indexOf(kind) | (category ? HAS_CATEGORY : 0) | (price ? HAS_PRICE : 0))
      .u8(WEIGHT_ZERO + weight * 16)
      .varint(lastAt - at)
      .text(itemId);
    if (category) writer.u32(category);
    if (price) writer.f32(price);
  }
}

function readTouch(reader: ByteReader, lastAt: number): Touch {
  const flags = reader.u8();
  const kind = TOUCH_KINDS[flags & 0x0f];
  if (kind === undefined) throw new RangeError("decision view with an unknown kind of touch");
  const weight = (reader.u8() - WEIGHT_ZERO) / 16;
  const at = lastAt - reader.varint();
  const itemId = reader.text();
  const category = flags & HAS_CATEGORY ? reader.u32() : 0;
  const price = flags & HAS_PRICE ? reader.f32() : 0;
  return { itemId, kind, at, weight, category, price };
}

/** Whole lists, newest first; the first that does not fit is cut at its end and is the last. */
function writeShown(writer: ByteWriter, { shown, lastAt }: Profile): void {
  const HEAD = 24;
  let room = VIEW_BYTES - writer.length - 4;
  const kept: Shown[] = [];
  for (let i = shown.length - 1; i >= 0 && room >= HEAD + 4; i--) {
    const list = shown[i] as Shown;
    const fits = Math.min(list.items.length, Math.floor((room - HEAD) / 4));
    kept.push(fits === list.items.length ? list : { ...list, items: list.items.slice(0, fits) });
    room -= HEAD + 4 * fits;
  }
  writer.varint(kept.length);
  for (const { at, placement, from, items } of kept) {
    writer
      .varint(lastAt - at)
      .u32(placement)
      .varint(from)
      .varint(items.length);
    for (const item of items) writer.u32(item);
  }
}
