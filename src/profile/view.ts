// The decision view: what a decision needs to know of a visitor, in at most 4 KB of bytes, so that the one call to the
// visitor's object stays cheap. Features are functions of the decoded view, live and in training alike.
//
// Layout, little-endian: version u8 | flags u8 | seq, sessions, orders varint | revenue f64 | lastAt varint
//   | [session: id, lastAt − startedAt, lastAt of profile − lastAt, events, pageViews varint]
//   | touches: count varint, each kind u8, age against lastAt varint, id text (newest first)
//   | shown: count varint, each hash u32 (newest first)
import { ByteReader, ByteWriter, utf8Length } from "../kernels/bytes.ts";
import { type Profile, type Session, TOUCH_KINDS, type Touch } from "./profile.ts";

export const VIEW_BYTES = 4096;
const VERSION = 1;
const HAS_SESSION = 1;
/** Room that touches leave to the items shown. */
const SHOWN_RESERVE = 1024;

export interface VisitorView {
  /** 0 for a visitor who is not known (or must not be). */
  readonly seq: number;
  readonly sessions: number;
  readonly orders: number;
  readonly revenue: number;
  /** Epoch ms of the last event. */
  readonly lastAt: number;
  readonly session: Readonly<Session> | null;
  /** Newest first. */
  readonly touches: readonly Touch[];
  /** hash32 of ids of items shown, newest first, one entry a showing. */
  readonly shown: Uint32Array;
}

export const UNKNOWN_VISITOR: VisitorView = {
  seq: 0,
  sessions: 0,
  orders: 0,
  revenue: 0,
  lastAt: 0,
  session: null,
  touches: [],
  shown: new Uint32Array(0),
};

/** At most {@link VIEW_BYTES} bytes: the oldest touches, then the oldest showings, stay out when they do not fit. */
export function encodeView(profile: Profile): Uint8Array<ArrayBuffer> {
  const { session, touches, shown } = profile;
  const writer = new ByteWriter(1024)
    .u8(VERSION)
    .u8(session ? HAS_SESSION : 0)
    .varint(profile.seq)
    .varint(profile.sessions)
    .varint(profile.orders)
    .f64(profile.revenue)
    .varint(profile.lastAt);
  if (session) {
    writer
      .varint(session.id)
      .varint(session.lastAt - session.startedAt)
      .varint(profile.lastAt - session.lastAt)
      .varint(session.events)
      .varint(session.pageViews);
  }
  const shownBytes = Math.min(shown.length * 4, SHOWN_RESERVE);
  const room = VIEW_BYTES - shownBytes - 8;
  const kept: Touch[] = [];
  let length = writer.length;
  for (let i = touches.length - 1; i >= 0; i--) {
    const touch = touches[i] as Touch;
    length += 12 + utf8Length(touch.itemId);
    if (length > room) break;
    kept.push(touch);
  }
  writer.varint(kept.length);
  for (const touch of kept) {
    writer
      .u8(TOUCH_KINDS.indexOf(touch.kind))
      .varint(profile.lastAt - touch.at)
      .text(touch.itemId);
  }
  const showings = Math.min(shown.length, Math.floor((VIEW_BYTES - writer.length - 4) / 4));
  writer.varint(showings);
  for (let i = 0; i < showings; i++) writer.u32(shown[shown.length - 1 - i] as number);
  return writer.finish();
}

/** @throws RangeError when the bytes are truncated or of another version */
export function decodeView(bytes: Uint8Array): VisitorView {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new RangeError(`decision view of version ${version}, this code reads ${VERSION}`);
  const flags = reader.u8();
  const seq = reader.varint();
  const sessions = reader.varint();
  const orders = reader.varint();
  const revenue = reader.f64();
  const lastAt = reader.varint();
  let session: Session | null = null;
  if (flags & HAS_SESSION) {
    const id = reader.varint();
    const length = reader.varint();
    const sessionLastAt = lastAt - reader.varint();
    session = {
      id,
      startedAt: sessionLastAt - length,
      lastAt: sessionLastAt,
      events: reader.varint(),
      pageViews: reader.varint(),
    };
  }
  const touches: Touch[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    const kind = TOUCH_KINDS[reader.u8()];
    if (kind === undefined) throw new RangeError("decision view with an unknown kind of touch");
    const at = lastAt - reader.varint();
    touches.push({ itemId: reader.text(), kind, at });
  }
  const shown = new Uint32Array(reader.varint());
  for (let i = 0; i < shown.length; i++) shown[i] = reader.u32();
  return { seq, sessions, orders, revenue, lastAt, session, touches, shown };
}
