// Reads a batch of untrusted events: returns what is good and what is wrong, and never throws.
import { utf8Length } from "../kernels/bytes.ts";
import { type Event, eventSchema } from "./event.ts";
import { fieldErrors, fieldName, sentence, show } from "./issues.ts";
import { LIMITS } from "./limits.ts";
import { structureProblem } from "./structure.ts";

/** Why an event of a batch was not taken, as clients see it. */
export interface Rejection {
  readonly index: number;
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
  /** True when the same event may be accepted later: it was not kept. False: it was kept as a failed event. */
  readonly retryable: boolean;
}

export interface ValidatedEvents {
  readonly good: { readonly index: number; readonly event: Event }[];
  readonly bad: Rejection[];
}

export interface ValidationOptions {
  /** Epoch ms of receipt: the default of `ts`, and what it may not run ahead of, replayed or not. */
  readonly receivedAt: number;
  /** The events' own time is their time of receipt. It may be long ago; one to come would hold all that fades there for good. */
  readonly replay?: boolean;
  /** Size of the whole body: when that is within the limit of one event, no event needs measuring. */
  readonly bodyBytes?: number;
  /** Whether every text of the events is well-formed Unicode for sure: see `isSurelyWellFormed`. */
  readonly wellFormed?: boolean;
  /** Epoch ms by the client's clock: when it sent the batch. An event's own `sentAt` comes first. */
  readonly sentAt?: number;
}

/** @param raw each element is one untrusted event, or a {@link LineError} or {@link Unreadable} where there was none */
export function validateEvents(raw: readonly unknown[], options: ValidationOptions): ValidatedEvents {
  const result: ValidatedEvents = { good: [], bad: [] };
  // Written anew a body may grow: 1e20 takes 21 characters.
  const measure = (options.bodyBytes ?? Number.POSITIVE_INFINITY) * 6 > LIMITS.eventBytes;
  raw.forEach((input, index) => {
    const outcome = validateEvent(input, options, measure);
    if ("event" in outcome) result.good.push({ index, event: outcome.event });
    else result.bad.push({ index, id: eventIdOf(input), retryable: false, ...outcome });
  });
  return result;
}

/** Stands in a batch for a line of NDJSON that could not be parsed. */
export class LineError {
  readonly reason: string;
  readonly line: string;
  constructor(reason: string, line: string) {
    this.reason = reason;
    this.line = line;
  }
}

/** Stands in a batch for what a protocol's adapter could not read as an event. */
export class Unreadable {
  /** By which the sender knows it. */
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
  /** What it says of its context all the same: of consent above all. */
  readonly context: unknown;
  constructor(code: string, message: string, { id = null, context }: { id?: string | null; context?: unknown } = {}) {
    this.id = id;
    this.code = code;
    this.message = message;
    this.context = context;
  }
}

type Outcome = { event: Event } | { code: string; message: string };

/** One event; the code and message of a rejection never depend on anything but the input. */
export function validateEvent(input: unknown, options: ValidationOptions, measure = true): Outcome {
  if (input instanceof LineError) return { code: "not_json", message: `the line is not JSON: ${input.reason}` };
  if (input instanceof Unreadable) return { code: input.code, message: input.message };
  const structure = structureProblem(input, LIMITS.depth, options.wellFormed);
  if (structure !== null) {
    const field = fieldName(structure.path);
    return structure.code === "too_deep"
      ? { code: "too_deep", message: `${field}: nested deeper than ${LIMITS.depth} levels` }
      : { code: "invalid_event", message: `${field}: must be well-formed Unicode (a surrogate stands alone)` };
  }
  if (measure) {
    const bytes = utf8Length(JSON.stringify(input) ?? "");
    if (bytes > LIMITS.eventBytes) {
      return { code: "event_too_large", message: `the event has ${bytes} bytes, the limit is ${LIMITS.eventBytes}` };
    }
  }
  const parsed = eventSchema.safeParse(input);
  if (!parsed.success) {
    return { code: "invalid_event", message: sentence(fieldErrors(parsed.error, input)) };
  }
  const { ts: stated, sentAt = options.sentAt, ...rest } = parsed.data;
  const ts = stated === undefined ? options.receivedAt : stated + skew(sentAt, options);
  if (ts < LIMITS.tsMin) {
    const hint = ts > LIMITS.tsMin / 1000 ? "; it looks like seconds, milliseconds are expected" : "";
    return { code: "ts_too_old", message: `ts: ${show(ts)} is before 2000-01-01 (${LIMITS.tsMin})${hint}` };
  }
  if (ts > LIMITS.tsMax) return { code: "ts_in_future", message: `ts: ${ts} is after 2100-01-01 (${LIMITS.tsMax})` };
  const ahead = ts - options.receivedAt;
  if (ahead > LIMITS.tsAheadMs) {
    return {
      code: "ts_in_future",
      message: `ts: ${ts} is ${ahead} ms ahead of the time of receipt, the limit is ${LIMITS.tsAheadMs} ms`,
    };
  }
  return { event: { ...rest, ts } };
}

/**
 * How far the client's clock is behind ours, the way of the request included: what is to be added to its times, as the
 * Segment protocol defines it. A log that is replayed keeps its times.
 */
function skew(sentAt: number | undefined, { receivedAt, replay }: ValidationOptions): number {
  return sentAt === undefined || replay ? 0 : receivedAt - sentAt;
}

/** The id that an event claims to have, cut to the length of one. */
export function eventIdOf(input: unknown): string | null {
  if (typeof input !== "object" || input === null || !("id" in input) || typeof input.id !== "string") return null;
  return input.id.slice(0, LIMITS.eventIdBytes).toWellFormed();
}
