// Calls of the Segment tracking API as events: loose input in, an event as our own clients send it out, or why there is none.
// https://www.twilio.com/docs/segment/connections/sources/catalog/libraries/server/http-api
import { utf8Length } from "../../kernels/bytes.ts";
import { fitsIdentifier } from "../identifier.ts";
import { show } from "../issues.ts";
import { LIMITS } from "../limits.ts";
import { structureProblem } from "../structure.ts";
import { Unreadable } from "../validate.ts";
import { amountOf, type Fields, fieldsOf, firstOf, idOf, present, shortened, textOf, without } from "./loose.ts";
import { readContext } from "./segment-context.ts";
import { readItems } from "./segment-items.ts";
import { typeOfName } from "./segment-names.ts";
import { type ReadEvent, spaceOut } from "./space-out.ts";

/** The protocol's own. */
export const SEGMENT_LIMITS = {
  callBytes: 32 * 1024,
  batchBytes: 500 * 1024,
  callsPerBatch: 2500,
} as const;

export const CALL_TYPES = ["track", "page", "screen", "identify", "group", "alias"] as const;
export type CallType = (typeof CALL_TYPES)[number];

export interface SegmentOptions {
  /** Epoch ms of receipt. */
  readonly receivedAt: number;
  /** When the client sent the batch, by its own clock. */
  readonly sentAt?: unknown;
  /** Names of the fields in which a product's id is looked for, the first that is there. */
  readonly productIds: readonly string[];
  /** Ids for calls that come without. */
  readonly newId: () => string;
}

/** An event for `validateEvents`, which has the last word on it. */
export type SegmentReading = ReadEvent | Unreadable;

/** The calls of a batch, each of which says its type. Never throws: what cannot be read stands there as such. */
export function readCalls(calls: readonly unknown[], options: SegmentOptions): SegmentReading[] {
  const readings = calls.map((input, index): SegmentReading => {
    const call = fieldsOf(input);
    if (index >= SEGMENT_LIMITS.callsPerBatch) {
      const message = `batch.${index}: a batch has at most ${SEGMENT_LIMITS.callsPerBatch} calls`;
      return unreadable(call, "too_many_events", message);
    }
    // Measuring walks the whole call: it must not be deeper than a stack is.
    if (structureProblem(input, LIMITS.depth, true) === null) {
      const bytes = utf8Length(JSON.stringify(input) ?? "");
      if (bytes > SEGMENT_LIMITS.callBytes) {
        const message = `the call has ${bytes} bytes, the limit is ${SEGMENT_LIMITS.callBytes}`;
        return unreadable(call, "event_too_large", message);
      }
    }
    return readCall(input, call.type, options);
  });
  spaceOut(readings);
  return readings;
}

/** One call. @param type what the call is, by its own word in a batch, by the path otherwise */
export function readCall(input: unknown, type: unknown, options: SegmentOptions): SegmentReading {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return new Unreadable("invalid_event", `a call must be an object (got ${show(input) ?? "nothing"})`);
  }
  const call = input as Fields;
  if (structureProblem(call, LIMITS.depth, true) !== null) {
    return unreadable(call, "too_deep", `nested deeper than ${LIMITS.depth} levels`);
  }
  const told = CALL_TYPES.includes(type as CallType) ? TELLERS[type as CallType](call, options) : null;
  if (told === null) {
    const message = `type: must be one of ${CALL_TYPES.join(", ")} (got ${show(type) ?? "nothing"})`;
    return unreadable(call, "invalid_event", message);
  }
  if (typeof told === "string") return unreadable(call, "invalid_event", told);
  const { page = {}, properties, ...rest } = told;
  const { anonymousId, userId } = idsOf(call);
  return {
    id: messageIdOf(call) ?? options.newId(),
    ts: timeOf(call, options),
    ...present({ anonymousId, userId, context: readContext(fieldsOf(call.context), page) }),
    ...present(rest),
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
  };
}

/** What a call tells, besides who and when; or what it lacks. */
interface Told {
  readonly type: string;
  readonly properties: Fields;
  /** What a page call says of its page. */
  readonly page?: Fields;
  readonly [field: string]: unknown;
}

const TELLERS: Readonly<Record<CallType, (call: Fields, options: SegmentOptions) => Told | string>> = {
  track,
  page: (call) => {
    const properties = fieldsOf(call.properties);
    return { type: "page_view", properties: named(call, without(properties, IN_CONTEXT)), page: properties };
  },
  screen: (call) => ({ type: "screen_view", properties: named(call, fieldsOf(call.properties)) }),
  identify: (call) => ({ type: "identify", properties: traitsOf(call) }),
  group: (call) => ({ type: "group", properties: { ...traitsOf(call), ...present({ groupId: idOf(call.groupId) }) } }),
  alias: (call) => ({ type: "alias", properties: { ...present({ previousId: idOf(call.previousId) }) } }),
};

const IN_CONTEXT: ReadonlySet<string> = new Set(["url", "referrer"]);

/** Pages and screens have a name and a category of their own. */
function named(call: Fields, properties: Fields): Fields {
  return { ...properties, ...present({ name: textOf(call.name), category: textOf(call.category) }) };
}

function traitsOf({ traits, context }: Fields): Fields {
  return fieldsOf(traits ?? fieldsOf(context).traits);
}

function track(call: Fields, { productIds }: SegmentOptions): Told | string {
  const name = textOf(call.event);
  if (name === undefined) return `event: a track call needs the event's name (got ${show(call.event) ?? "nothing"})`;
  const type = typeOfName(name);
  const properties = fieldsOf(call.properties);
  const { items, position, rest } = readItems(properties, productIds);
  const taken = new Set<string>(position === undefined ? [] : ["position"]);
  /** The value of a property, which needs not be said twice. */
  const take = <T>(field: string, read: (value: unknown) => T | undefined): T | undefined => {
    const value = Object.hasOwn(rest, field) ? read(rest[field]) : undefined;
    if (value !== undefined) taken.add(field);
    return value;
  };
  const list = take("list_id", idOf);
  const told = {
    type,
    items: items?.length === 0 ? undefined : items,
    decisionId: take("decision_id", decisionIdOf) ?? take("decisionId", decisionIdOf) ?? listOf(call, list),
    placement: list === undefined ? undefined : within(list, LIMITS.nameBytes),
    position,
    query: type === "search" ? take("query", (value) => textOf(value, LIMITS.queryBytes)) : undefined,
    value: firstOf(properties, isOrder(type) ? ["revenue", "total", "value"] : ["value", "revenue", "total"], amountOf),
    currency: take("currency", currencyOf),
    orderId: take("order_id", (value) => within(idOf(value), LIMITS.nameBytes)),
  };
  return { ...told, properties: without(rest, taken) };
}

/** What an order is worth goes without shipping and taxes, as in GA4. */
const isOrder = (type: string): boolean => type === "purchase" || type === "refund";

function currencyOf(value: unknown): string | undefined {
  const code = textOf(value)?.toUpperCase();
  return code !== undefined && /^[A-Z]{3}$/.test(code) ? code : undefined;
}

function decisionIdOf(value: unknown): string | undefined {
  const id = textOf(value);
  return id !== undefined && fitsIdentifier(id, LIMITS.decisionIdBytes) ? id : undefined;
}

/**
 * A list's id as that of a decision. `list_id` names a list for every visitor and every time that it is shown: together with
 * the visitor it leads from a click to the list that this visitor saw last, which is what a ranker learns from.
 */
function listOf(call: Fields, list: string | undefined): string | undefined {
  const { anonymousId, userId } = idsOf(call);
  const who = anonymousId ?? userId;
  return list === undefined || who === undefined ? undefined : `list:${shortened(JSON.stringify([who, list]))}`;
}

interface NamedIds {
  readonly anonymousId: string | undefined;
  readonly userId: string | undefined;
}

/** An alias names the anonymous visitor whom the user was before. */
function idsOf({ anonymousId, userId, previousId }: Fields): NamedIds {
  return { anonymousId: idOf(anonymousId) ?? idOf(previousId), userId: idOf(userId) };
}

/** The id of a call, the same whenever it is sent again. */
function messageIdOf(call: Fields): string | undefined {
  return within(idOf(call.messageId), LIMITS.eventIdBytes);
}

/** An id that may be too long for us, or carry what none of ours does. */
function within(id: string | undefined, maxBytes: number): string | undefined {
  return id === undefined || fitsIdentifier(id, maxBytes) ? id : shortened(id);
}

/**
 * When it happened by our clock: the time of receipt less what passed between event and sending by the client's clock, which
 * may be wrong as a whole. A time that no event of now can have is that of the receipt.
 */
function timeOf(call: Fields, { receivedAt, sentAt }: SegmentOptions): number {
  const happened = instantOf(call.originalTimestamp) ?? instantOf(call.timestamp);
  if (happened === undefined) return receivedAt;
  const sent = instantOf(call.sentAt) ?? instantOf(sentAt);
  const ts = sent === undefined ? happened : receivedAt - (sent - happened);
  return ts < LIMITS.tsMin || ts > receivedAt + LIMITS.tsAheadMs ? receivedAt : ts;
}

function instantOf(value: unknown): number | undefined {
  const instant = typeof value === "string" ? Date.parse(value) : value;
  return typeof instant === "number" && Number.isFinite(instant) ? Math.trunc(instant) : undefined;
}

function unreadable(call: Fields, code: string, message: string): Unreadable {
  const id = messageIdOf(call) ?? null;
  return new Unreadable(code, message, { id, context: readContext(fieldsOf(call.context), {}) });
}
