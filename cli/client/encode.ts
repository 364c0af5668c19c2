// Records of a log as the API takes them: JSON once, its size known, what cannot be sent told apart before it is sent.
import { itemSchema } from "../../src/catalog/item.ts";
import { fieldErrors, sentence } from "../../src/events/issues.ts";
import { LIMITS } from "../../src/events/limits.ts";
import type { LogRecord } from "../../src/training/log.ts";

export interface Encoded {
  readonly json: string;
  readonly bytes: number;
  /** Whose object takes it; the same for all items. */
  readonly object: string;
  /** Everyone whom it is about: two for an event that ties an anonymous visitor to a user. */
  readonly lanes: readonly string[];
}

/** Why a record was not taken, or cannot even be sent. */
export interface Refusal {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Room for `{"events":[…]}` around the records; the server takes larger requests of items, these are large enough. */
const BATCH_BYTES = LIMITS.requestBytes - 64;

export function encodeRecord(record: LogRecord): Encoded | Refusal {
  const { kind, ...fields } = record;
  const problem = kind === "item" ? itemProblem(fields) : null;
  if (problem !== null) return { id: record.id, code: "invalid_item", message: problem };
  const json = JSON.stringify(fields);
  const bytes = Buffer.byteLength(json);
  if (bytes >= BATCH_BYTES) {
    return { id: record.id, code: `${kind}_too_large`, message: `the ${kind} has ${bytes} bytes` };
  }
  const lanes = record.kind === "item" ? ["items"] : visitorLanes(record);
  return { json, bytes, object: lanes.at(-1) ?? "", lanes };
}

/** The body of a request. */
export function bodyOf(kind: "events" | "items", records: readonly Encoded[]): string {
  return `{"${kind}":[${records.map(({ json }) => json).join(",")}]}`;
}

/** The one that it belongs to last. */
function visitorLanes({
  anonymousId,
  userId,
}: {
  anonymousId?: string | undefined;
  userId?: string | undefined;
}): string[] {
  const anonymous = anonymousId === undefined ? [] : [`a:${anonymousId}`];
  return userId === undefined ? anonymous : [...anonymous, `u:${userId}`];
}

/**
 * Counts how many records, from the first, still fit into a request of at most `count`: call it lane by lane. Of a lane
 * with two identities, only a run of one of them: the server hands each to an object of its own, and one may put off
 * what the other takes.
 */
export function createRoom(count: number): (pending: Iterable<Encoded>) => number {
  let places = count;
  let bytes = BATCH_BYTES;
  return (pending) => {
    let fitting = 0;
    let object: string | null = null;
    for (const record of pending) {
      object ??= record.object;
      if (record.object !== object) break;
      if (places === 0 || record.bytes >= bytes) {
        places = 0;
        break;
      }
      places--;
      bytes -= record.bytes + 1;
      fitting++;
    }
    return fitting;
  };
}

function itemProblem(fields: object): string | null {
  const { error } = itemSchema.safeParse(fields);
  return error === undefined ? null : sentence(fieldErrors(error, fields));
}
