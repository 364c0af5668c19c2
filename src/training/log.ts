// The history log: what import, replay, train and evaluate read. Newline-delimited JSON, plain or .gz, in time order;
// a line is an item, {"kind":"item",…}, or an event as clients send it ("kind":"event" may be left out).
import type { Event } from "../events/event.ts";
import type { SystemFact } from "../profile/system-fact.ts";
import { readLineBatches } from "./lines.ts";
import { describe, EVENT_FIELDS, ITEM_FIELDS, isObject, parseTime, problemOf } from "./log-fields.ts";

/** An item of the catalogue. */
export interface LogItem {
  readonly kind: "item";
  readonly id: string;
  readonly title?: string;
  readonly category?: string;
  readonly brand?: string;
  readonly price?: number;
  /** ISO 4217. */
  readonly currency?: string;
  readonly available?: boolean;
  /** Epoch ms; before 1970 for what is older. */
  readonly publishedAt?: number;
  readonly url?: string;
  readonly image?: string;
  readonly tags?: string[];
  readonly attributes?: Record<string, unknown>;
}

/** An event with its time; `ts` is epoch ms, also where the file says ISO 8601. */
export interface LogEvent extends Event {
  readonly kind: "event";
  /** In a lake: what the system itself put into the visitor's order. */
  readonly system?: SystemFact;
  /** In a lake: name of the object that accepted the event, and with it of the visitor. */
  readonly visitor?: string;
  /** In a lake: which life of the object; one that was erased began anew. */
  readonly incarnation?: string;
  /** In a lake: epoch ms of receipt. In a log the event's own time stands for it. */
  readonly receivedAt?: number;
}

export type LogRecord = LogItem | LogEvent;

/** A line, or the file itself, that cannot be read. The message names the file, the line and what is wrong. */
export class LogError extends Error {
  readonly file: string;
  /** From 1; 0 when the file could not be opened. */
  readonly line: number;
  readonly problem: string;

  constructor(file: string, line: number, problem: string, options?: ErrorOptions) {
    super(line === 0 ? `${file}: ${problem}` : `${file}:${line}: ${problem}`, options);
    this.name = "LogError";
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}

export interface ReadLogOptions {
  /** Receives each bad line, and reading goes on. Without it the first bad line is thrown. */
  readonly onBadLine?: (error: LogError) => void;
}

/**
 * Streams the records of the log at `path` in file order. Only the structure is checked here (kind, ids, times, kinds
 * of values); the limits of the API are the business of whoever sends the events on. Empty lines are skipped.
 * @throws LogError at a bad line unless `onBadLine` takes it, and always when the file cannot be read to its end
 */
export async function* readLog(path: string, options: ReadLogOptions = {}): AsyncGenerator<LogRecord> {
  let line = 0;
  const batches = readLineBatches(path);
  for (;;) {
    let batch: IteratorResult<string[]>;
    try {
      batch = await batches.next();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LogError(path, line, line === 0 ? `cannot be read: ${reason}` : `reading stops here: ${reason}`, {
        cause,
      });
    }
    if (batch.done) return;
    for (const text of batch.value) {
      line++;
      if (text.trim() === "") continue;
      const parsed = parseLogLine(text);
      if ("record" in parsed) {
        yield parsed.record;
        continue;
      }
      const error = new LogError(path, line, parsed.problem);
      if (!options.onBadLine) throw error;
      options.onBadLine(error);
    }
  }
}

/** Reads one line of a log; never throws. A field that is null counts as absent, an unknown field stays. */
export function parseLogLine(text: string): { readonly record: LogRecord } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` };
  }
  if (!isObject(value)) return { problem: `a record must be a JSON object, not ${describe(value)}` };
  const fields = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
  const kind = fields.kind ?? "event";
  if (kind !== "item" && kind !== "event") return { problem: `kind must be "item" or "event", not ${describe(kind)}` };
  const problem = problemOf(fields, kind === "item" ? ITEM_FIELDS : EVENT_FIELDS);
  if (problem !== null) return { problem };
  if (kind === "item") {
    const publishedAt = fields.publishedAt === undefined ? {} : { publishedAt: parseTime(fields.publishedAt) };
    return { record: { ...fields, kind, ...publishedAt } as LogItem };
  }
  if (fields.anonymousId === undefined && fields.userId === undefined) {
    return { problem: "an event must have anonymousId, userId or both" };
  }
  return { record: { ...fields, kind, ts: parseTime(fields.ts) } as LogEvent };
}
