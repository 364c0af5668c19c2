// The event, as clients send it (zod schema) and as it is inside (inferred type). The vocabulary is that of GA4.
import * as z from "zod";
import { identifier, text } from "./identifier.ts";
import { LIMITS } from "./limits.ts";
import { timestamp } from "./timestamp.ts";

/** Bounded, so that sums of them stay finite and exact to the cent. */
const amount = z.number().max(LIMITS.amount);

/** What a caller says of consent; a field left out follows the other signals. */
export const consentSchema = z.object({ analytics: z.boolean().optional(), personalization: z.boolean().optional() });

export const eventItemSchema = z
  .looseObject({
    id: identifier(LIMITS.itemIdBytes),
    price: amount.min(0).optional(),
    quantity: amount.min(0).optional(),
    category: text(LIMITS.nameBytes).optional(),
    brand: text(LIMITS.nameBytes).optional(),
  })
  .meta({ id: "EventItem" });

export const eventContextSchema = z
  .looseObject({
    url: text(LIMITS.urlBytes).optional(),
    referrer: text(LIMITS.urlBytes).optional(),
    userAgent: text(LIMITS.queryBytes).optional(),
    country: text(LIMITS.nameBytes).optional(),
    city: text(LIMITS.nameBytes).optional(),
    timezone: text(LIMITS.nameBytes).optional(),
    /** Local time less UTC; found by the time zone where it is left out. */
    utcOffsetMinutes: z
      .int()
      .min(-24 * 60)
      .max(24 * 60)
      .optional(),
    consent: consentSchema.optional(),
  })
  .meta({ id: "EventContext" });

export const eventSchema = z
  .object({
    id: identifier(LIMITS.eventIdBytes).meta({
      description: "Unique, made by the client: the idempotency key",
      example: "01JDB2Q3W9",
    }),
    type: z
      .string()
      .regex(/^[a-z0-9_]{1,40}$/, "must be 1 to 40 characters of [a-z0-9_]")
      .meta({ description: "GA4 vocabulary, or a name of one's own", example: "view_item" }),
    ts: timestamp.optional(),
    sentAt: timestamp.optional().meta({
      description: "When the client sent it, by the clock that `ts` is of: tells how far that clock is off",
    }),
    anonymousId: identifier(LIMITS.visitorIdBytes).optional(),
    userId: identifier(LIMITS.visitorIdBytes).optional(),
    items: z.array(eventItemSchema).max(LIMITS.itemsPerEvent).optional(),
    decisionId: identifier(LIMITS.decisionIdBytes).optional(),
    placement: identifier(LIMITS.nameBytes).optional(),
    position: z.int().min(0).max(LIMITS.position).optional(),
    query: text(LIMITS.queryBytes).optional(),
    value: amount.min(-LIMITS.amount).optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "must be an ISO 4217 code such as EUR")
      .optional(),
    orderId: identifier(LIMITS.nameBytes).optional(),
    context: eventContextSchema.optional(),
    properties: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Event" });

/** An event that the schema has read; `ts` is still optional. */
export type ParsedEvent = z.infer<typeof eventSchema>;

/** A valid event with its time: what the visitor's object receives. */
export interface Event extends Omit<ParsedEvent, "ts" | "sentAt"> {
  /** Epoch ms, by the client's clock, set right where the client said when it sent the event. */
  readonly ts: number;
  /** Who the event says it is about, when that could not be verified. Never used to merge or to read. */
  readonly claimedUserId?: string;
  /** Whether `decisionId` is a receipt that this site signed. Absent without a decisionId or with a list id of the client's own. */
  readonly receiptVerified?: boolean;
  /** From a bot, declared by its user agent or by its rate: kept out of statistics and of training. */
  readonly bot?: true;
}

export type EventItem = z.infer<typeof eventItemSchema>;
export type EventContext = z.infer<typeof eventContextSchema>;

/** An item that was touched before another one, and how much the pair counts: 256 for a click right after. */
export interface TouchedBefore {
  readonly id: string;
  /** Whole, above 0. */
  readonly weight: number;
}

/** An event that an object has accepted: what the fold, the lake and the trainer see. */
export interface AcceptedEvent extends Event {
  /** Position in the visitor's canonical order, from 1 without gaps. */
  readonly seq: number;
  /** Epoch ms when the object accepted it (the log's clock in a replay). */
  readonly receivedAt: number;
  /** Items that the visitor's session touched shortly before, newest first: see touched-before.ts of the profile. */
  readonly follows?: readonly TouchedBefore[];
  /** Came after the reorder buffer had passed its time: it counts, but where it stands among the others may not. */
  readonly late?: true;
}
