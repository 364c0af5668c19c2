// Requests and answers of the public contract that are not an event, an item or a placement themselves. From these
// schemas come the validation, the types and the OpenAPI document.
import * as z from "zod";
import { consentSchema, eventSchema } from "../events/event.ts";
import { identifier, text } from "../events/identifier.ts";
import { LIMITS } from "../events/limits.ts";
import { boundedTimestamp, timestamp } from "../events/timestamp.ts";

export const visitorTokenSchema = text(LIMITS.visitorTokenBytes);

export const eventsRequestSchema = z
  .union([
    eventSchema,
    z
      .object({
        events: z.array(eventSchema).min(1).max(LIMITS.eventsPerRequest),
        sentAt: timestamp.optional().meta({ description: "When the client sent the batch, by its own clock" }),
        visitorToken: visitorTokenSchema.optional().meta({
          description: "For browsers on another origin: a request without headers of its own needs no preflight",
        }),
      })
      .meta({ id: "EventBatch" }),
  ])
  .meta({ id: "EventsRequest" });

export const rejectionSchema = z
  .object({
    index: z.int(),
    id: z.string().nullable(),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
  })
  .meta({ id: "Rejection" });

const identitiesSchema = z
  .array(
    z.object({
      anonymousId: z.string(),
      status: z.enum(["merged", "pending", "rotated"]),
      newAnonymousId: z.string().optional(),
    }),
  )
  .optional()
  .meta({ description: "Anonymous ids that were named together with a user for the first time" });

export const eventsAnswerSchema = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.array(rejectionSchema),
    identities: identitiesSchema,
    visitorToken: z.string().optional(),
  })
  .meta({ id: "EventsAnswer" });

/** The head of a decision request; placements are read by the ranking's own schema. */
export const decideHeadSchema = z.object({
  anonymousId: identifier(LIMITS.visitorIdBytes).optional(),
  userId: identifier(LIMITS.visitorIdBytes).optional(),
  ts: boundedTimestamp.optional(),
  context: z
    .looseObject({
      url: text(LIMITS.urlBytes).optional(),
      referrer: text(LIMITS.urlBytes).optional(),
      userAgent: text(LIMITS.queryBytes).optional(),
      country: text(LIMITS.nameBytes).optional(),
      city: text(LIMITS.nameBytes).optional(),
      device: text(LIMITS.nameBytes).optional(),
      locale: text(LIMITS.nameBytes).optional(),
      utcOffsetMinutes: z.number().min(-1440).max(1440).optional(),
      query: text(LIMITS.queryBytes).optional(),
      consent: consentSchema.optional(),
    })
    .optional(),
  explain: z.boolean().default(false),
  seed: z.int().optional().meta({
    description:
      "Of what is drawn at random, such as new items: the same seed draws the same; by default the visitor and the time",
  }),
  /** Secret key: milliseconds for the profile read, for backtests that would rather wait than step down. */
  budgetMs: z.strictObject({ profile: z.number().min(1).max(10_000) }).optional(),
  record: z.boolean().optional().meta({
    description:
      "Secret key: log this decision whole in the lake's table `decisions`, whatever the sample rate; a visitor who does not consent to statistics is not logged",
  }),
});

const rankedItemSchema = z
  .object({
    id: z.string(),
    score: z.number(),
    position: z.int(),
    source: z.string(),
    sources: z.array(z.string()).optional().meta({ description: "With `explain`: all sources that found the item" }),
    rules: z
      .array(
        z.looseObject({
          rule: z.enum(["unavailable", "frequency", "cap", "pruned", "boost", "diversity", "pin"]),
          multiply: z.number().optional(),
          add: z.number().optional(),
          from: z.int().optional(),
          to: z.int().optional(),
          position: z.int().optional(),
        }),
      )
      .optional()
      .meta({ description: "With `explain`: what rules did to the item, in the order in which they hold" }),
    item: z
      .object({
        title: z.string(),
        url: z.string(),
        image: z.string(),
        price: z.number(),
        currency: z.string(),
        brand: z.string(),
        category: z.string(),
        attributes: z.record(z.string(), z.unknown()),
      })
      .partial()
      .optional()
      .meta({ description: "With `itemFields`: what is known of the item" }),
    features: z
      .record(z.string(), z.object({ value: z.number(), contribution: z.number() }))
      .optional()
      .meta({
        description: "With `explain`: of the first 50 items of a placement, what each column added to the score",
      }),
  })
  .meta({ id: "RankedItem" });

export const decideAnswerSchema = z
  .object({
    decisionId: z.string(),
    site: z.string(),
    snapshot: z.string(),
    itemEpoch: z.int(),
    event: z
      .object({
        status: z.enum(["accepted", "duplicate", "rejected", "pending"]),
        code: z.string().optional(),
        message: z.string().optional(),
      })
      .optional(),
    profile: z
      .object({
        seq: z.int(),
        session: z.object({ id: z.int(), startedAt: z.number(), events: z.int(), pageViews: z.int() }).nullable(),
        intents: z.array(z.string()),
        segments: z.array(z.string()),
      })
      .optional(),
    identities: identitiesSchema,
    placements: z.record(
      z.string(),
      z.object({
        strategy: z.enum(["model", "session", "contextual", "popular", "default"]),
        items: z.array(rankedItemSchema),
        dropped: z
          .array(z.object({ id: z.string(), rule: z.string() }))
          .optional()
          .meta({ description: "With `explain`: what sources found and rules kept out, the first of them" }),
      }),
    ),
    degraded: z.array(z.string()),
    timings: z.record(z.string(), z.number()),
    visitorToken: z.string().optional(),
  })
  .meta({ id: "DecideAnswer" });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z
      .array(
        z.object({
          field: z.string(),
          message: z.string(),
          value: z.string().optional(),
          limit: z.union([z.number(), z.string()]).optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Problem" });
