// What travels through the queue, as text: a header line of JSON, then rows of NDJSON. Rows of one source are numbered
// without gaps, so that (source, seq) identifies a row however often and in whatever cut it is delivered.
import { utf8Length } from "../kernels/bytes.ts";

export const TABLES = ["events", "items", "decisions", "failed_events"] as const;
export type Table = (typeof TABLES)[number];

/** Queues take 128 KB a message; the header and the queue's own framing need some of it. */
export const MESSAGE_BYTES = 120_000;
/** Queues take 256 KB a sendBatch. */
export const SEND_BATCH_BYTES = 250_000;

export interface RowsMessage {
  readonly kind: "rows";
  readonly table: Table;
  readonly site: string;
  /** The object that numbers the rows, with its incarnation; empty for rows that nobody numbers. */
  readonly source: string;
  /** The log that takes them. */
  readonly log: string;
  /** Number of the first row; the rest follow. */
  readonly firstSeq: number;
  /** Each a JSON object on one line. */
  readonly rows: readonly string[];
}

/** Asks the lake to write what a log holds. */
export interface FlushMessage {
  readonly kind: "flush";
  readonly log: string;
}

export type LakeMessage = RowsMessage | FlushMessage;

export function encodeMessage(message: LakeMessage): string {
  if (message.kind === "flush") return JSON.stringify(message);
  const { rows, ...header } = message;
  return [JSON.stringify(header), ...rows].join("\n");
}

/** @throws RangeError when the text is not a message */
export function decodeMessage(text: string): LakeMessage {
  const [head = "", ...rows] = text.split("\n");
  const header: unknown = JSON.parse(head);
  if (typeof header !== "object" || header === null || !("kind" in header)) throw new RangeError("not a lake message");
  if (header.kind === "flush") return header as FlushMessage;
  if (header.kind !== "rows" || !TABLES.includes((header as RowsMessage).table)) {
    throw new RangeError("a lake message of unknown kind or table");
  }
  return { ...(header as RowsMessage), rows };
}

/**
 * Whether a row is one that somebody sent: who waits for what was sent counts rows, and those that the system adds of its
 * own (decisions of the sample, ends of sessions, merges) must not stand for them. A client cannot make a row that
 * begins like the system's.
 */
export function isSent(table: Table, row: string): boolean {
  return table !== "decisions" && !row.startsWith(SYSTEM_ROW);
}

const SYSTEM_ROW = '{"system":';

/** Cuts numbered rows into messages that the queue takes. A single row larger than a message goes alone. */
export function packMessages(base: Omit<RowsMessage, "rows" | "kind">, rows: readonly string[]): string[] {
  const messages: string[] = [];
  let from = 0;
  let bytes = 0;
  const close = (to: number): void => {
    if (to > from) {
      messages.push(
        encodeMessage({ ...base, kind: "rows", firstSeq: base.firstSeq + from, rows: rows.slice(from, to) }),
      );
    }
    from = to;
    bytes = 0;
  };
  rows.forEach((row, index) => {
    const size = utf8Length(row) + 1;
    if (bytes + size > MESSAGE_BYTES - 512) close(index);
    bytes += size;
  });
  close(rows.length);
  return messages;
}

/** Groups messages into calls of sendBatch: at most 100 messages and 250 KB each. */
export function groupForSending(messages: readonly string[]): string[][] {
  const groups: string[][] = [];
  let group: string[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = utf8Length(message) + 100;
    if (group.length === 100 || (group.length > 0 && bytes + size > SEND_BATCH_BYTES)) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(message);
    bytes += size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
