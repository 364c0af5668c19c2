// How a visitor stands in their object's SQLite: one row, written whole with every batch. Rows of version 0.1 (a table
// of another shape) are read once and replaced.
import { ByteReader, ByteWriter } from "../src/kernels/bytes.ts";
import type { LiveVisitor } from "../src/profile/accept.ts";
import { DedupeWindow } from "../src/profile/dedupe.ts";
import { type EventRate, emptyRate } from "../src/profile/event-rate.ts";
import { decodeState, encodeState } from "../src/profile/state-codec.ts";

/** What an anonymous visitor became part of. */
export interface Moved {
  /** Object name of the user. */
  readonly to: string;
  /** What the user has yet to take in; null when it has. */
  readonly export: {
    readonly state: string;
    readonly dedupe: string;
    readonly at: number;
    readonly newestAt: number;
  } | null;
}

/** What is known of the visitor beside the live state. */
export interface VisitorMeta {
  readonly name: string;
  /** Tells this life of the object from one before an erasure: numbers start anew. */
  incarnation: string;
  /** The log that takes the rows: chosen once, whatever becomes of the number of logs. */
  readonly log: string;
  /** Rows ever put into the outbox: the number of the last one. */
  rows: number;
  /** Epoch ms by the object's own clock: the last batch. */
  activeAt: number;
  /** Whether the visitor's rows may reach the lake, as the last batch said. */
  recorded: boolean;
  /** Epoch ms of the newest event that may not: what tells of that time or before stays here. 0 when there is none. */
  unrecordedAt: number;
  /** Whether the last batch was a replay. */
  replayed: boolean;
  /** Object names of anonymous visitors who are part of others, newest last. */
  foreign: string[];
  /** Id of the session for which the batch layer was asked. */
  batchSession: number;
  moved: Moved | null;
}

export function newMeta(name: string, incarnation: string, log: string): VisitorMeta {
  return {
    name,
    incarnation,
    log,
    rows: 0,
    activeAt: 0,
    recorded: true,
    unrecordedAt: 0,
    replayed: false,
    foreign: [],
    batchSession: 0,
    moved: null,
  };
}

export interface StoredVisitor {
  readonly meta: VisitorMeta;
  readonly live: LiveVisitor;
  readonly outbox: string;
}

const FORMAT = 2;

interface Row extends Record<string, SqlStorageValue> {
  meta: string;
  live: ArrayBuffer;
  outbox: string;
}

/** Null for a visitor never seen. @throws RangeError when the row is of an unknown version or truncated */
export function readVisitor(sql: SqlStorage): StoredVisitor | null {
  const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name IN ('visitor', 'state')");
  // A visitor who was only asked about must not leave a table behind.
  const names = tables.toArray().map(({ name }) => name);
  if (names.includes("visitor")) {
    const row = sql.exec<Row>("SELECT meta, live, outbox FROM visitor").toArray()[0];
    if (row !== undefined) {
      return {
        meta: JSON.parse(row.meta) as VisitorMeta,
        live: decodeLive(new Uint8Array(row.live)),
        outbox: row.outbox,
      };
    }
  }
  return names.includes("state") ? readVersion1(sql) : null;
}

/** Part of the caller's transaction. */
export function writeVisitor(sql: SqlStorage, meta: VisitorMeta, live: LiveVisitor, outbox: string): void {
  sql.exec(
    "INSERT OR REPLACE INTO visitor (id, meta, live, outbox) VALUES (1, ?, ?, ?)",
    JSON.stringify(meta),
    encodeLive(live).buffer,
    outbox,
  );
}

/** Makes room for the row; what version 0.1 had is dropped, since whoever writes has read it. */
export function createTable(sql: SqlStorage): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS visitor (id INTEGER PRIMARY KEY CHECK (id = 1), meta TEXT, live BLOB, outbox TEXT)",
  );
  sql.exec("DROP TABLE IF EXISTS state");
}

function encodeLive({ state, dedupe, rate }: LiveVisitor): Uint8Array<ArrayBuffer> {
  const seen = dedupe.encode();
  const folded = encodeState(state);
  return new ByteWriter(seen.length + folded.length + 40)
    .u8(FORMAT)
    .varint(rate.minute)
    .varint(rate.count)
    .varint(rate.passedAt)
    .varint(rate.passedBefore)
    .varint(rate.botUntil)
    .varint(seen.length)
    .bytes(seen)
    .bytes(folded)
    .finish();
}

function decodeLive(bytes: Uint8Array): LiveVisitor {
  const reader = new ByteReader(bytes);
  const format = reader.u8();
  if (format !== FORMAT) throw new RangeError(`the stored visitor has format ${format}, this code reads ${FORMAT}`);
  const rate: EventRate = {
    minute: reader.varint(),
    count: reader.varint(),
    passedAt: reader.varint(),
    passedBefore: reader.varint(),
    botUntil: reader.varint(),
  };
  const dedupe = DedupeWindow.decode(reader.bytes(reader.varint()));
  return { state: decodeState(reader.bytes(reader.remaining)), dedupe, rate };
}

interface RowVersion1 extends Record<string, SqlStorageValue> {
  name: string;
  incarnation: string;
  log: string;
  profile: string;
  dedupe: ArrayBuffer;
  outbox: string;
}

function readVersion1(sql: SqlStorage): StoredVisitor | null {
  const row = sql.exec<RowVersion1>("SELECT name, incarnation, log, profile, dedupe, outbox FROM state").toArray()[0];
  if (row === undefined) return null;
  const { name, incarnation, log, profile, outbox } = row;
  const state = decodeState(profile);
  const dedupe = DedupeWindow.decodeVersion1(new Uint8Array(row.dedupe));
  // Every event was a row then, so rows are numbered as events are.
  const meta = { ...newMeta(name, incarnation, log), rows: state.seq };
  return { meta, live: { state, dedupe, rate: emptyRate() }, outbox };
}
