// What was sent and not accepted is kept with the reason, as rows of the lake's table failed_events.
import { lake } from "../../nowcast.config.ts";
import { LIMITS } from "../../src/events/limits.ts";
import { LineError, type Rejection } from "../../src/events/validate.ts";
import { utf8Length } from "../../src/kernels/bytes.ts";
import { logName } from "../../src/lake/log-name.ts";
import { packMessages } from "../../src/lake/message.ts";
import { handlingOf } from "../../src/privacy/consent.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import { consentFor, type StatedConsent } from "./consent.ts";
import type { EdgeContext } from "./context.ts";

/** Bytes of a row that what was sent may take; a message of the queue holds 128 KB. */
const RAW_BYTES = 100_000;

/** Of an event that does not fit the schema, what it says of consent still counts; what is not a clear yes is a no. */
function statedConsent(input: unknown): StatedConsent {
  const consent = fieldOf(fieldOf(input, "context"), "consent");
  if (consent === undefined) return {};
  const said = (name: string): { [name: string]: boolean } => {
    const value = typeof consent === "object" ? fieldOf(consent, name) : false;
    return value === undefined ? {} : { [name]: value === true };
  };
  return { ...said("analytics"), ...said("personalization") };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

export interface FailureContext {
  readonly token: VisitorToken | null;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** What the request says of consent, for events that say nothing themselves. */
  readonly stated?: StatedConsent | undefined;
  /** What was sent, element by element, where the raw events are an adapter's reading of it. */
  readonly sent?: readonly unknown[] | undefined;
}

/**
 * Keeps rejected events, except those of visitors who have not consented.
 * @param raw the events as they were read; each rejection's index points into it
 * @returns false when that failed, so that the client may try again
 */
export async function keepFailed(
  c: EdgeContext,
  raw: readonly unknown[],
  rejections: readonly Rejection[],
  context: FailureContext,
): Promise<boolean> {
  const { receivedAt, sent = raw } = context;
  const rows = rejections
    .filter(({ index }) => mayKeep(c, raw[index], context))
    .map(({ index, id, code, message }) =>
      JSON.stringify({ receivedAt, id, code, message, raw: rawText(sent[index]) }),
    );
  try {
    const log = logName(String(receivedAt), lake.shards);
    const base = { table: "failed_events", site: c.get("credential").site, source: "", log, firstSeq: 0 } as const;
    for (const body of packMessages(base, rows)) await c.env.EVENT_QUEUE.send(body, { contentType: "text" });
    return true;
  } catch (error) {
    console.error({ message: "failed events could not be kept", error: String(error) });
    return false;
  }
}

function mayKeep(c: EdgeContext, input: unknown, { token, stated }: FailureContext): boolean {
  const own = statedConsent(input);
  // What is wrong with an event may stand anywhere in it, so it is kept whole or not at all.
  return handlingOf(consentFor(c, token, { ...stated, ...own })).lake === "linked";
}

/** What was sent, as text cut to what a row may carry; null when it nests too deep to be written. */
function rawText(input: unknown): string | null {
  let text: string;
  try {
    text = (input instanceof LineError ? input.line : (JSON.stringify(input) ?? "")).slice(0, 2 * LIMITS.eventBytes);
  } catch {
    return null;
  }
  // Characters of several bytes, and those that JSON escapes again, take more room than they have length.
  for (let bytes = rowBytes(text); bytes > RAW_BYTES; bytes = rowBytes(text)) {
    text = text.slice(0, Math.floor((text.length * RAW_BYTES) / bytes));
  }
  return text.toWellFormed();
}

const rowBytes = (text: string): number => utf8Length(JSON.stringify(text));
