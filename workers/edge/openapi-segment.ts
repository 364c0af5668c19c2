// The part of the OpenAPI document that clients of the Segment tracking API use. docs/from-segment.md tells how it is read.
import type { RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import { CALL_TYPES, type CallType, SEGMENT_LIMITS } from "../../src/events/adapters/segment.ts";
import { anyKey, json, problem, problems } from "./openapi-parts.ts";

const instant = z.union([z.string(), z.number()]).optional().meta({ description: "ISO 8601, by the client's clock" });

const common = {
  messageId: z.string().optional().meta({ description: "The idempotency key: the same id counts once" }),
  anonymousId: z.string().nullish(),
  userId: z.string().nullish(),
  timestamp: instant,
  sentAt: instant,
  context: z
    .looseObject({})
    .optional()
    .meta({ description: "page, campaign, userAgent, locale, timezone, location, consent" }),
  writeKey: z.string().optional().meta({ description: "The key, where no header carries it" }),
};

const fields = z.looseObject({}).optional();

const CALLS: Readonly<Record<CallType, z.ZodType>> = {
  track: z.looseObject({ ...common, event: z.string().min(1), properties: fields }).meta({ id: "SegmentTrack" }),
  page: z.looseObject({ ...common, name: z.string().optional(), properties: fields }).meta({ id: "SegmentPage" }),
  screen: z.looseObject({ ...common, name: z.string().optional(), properties: fields }).meta({ id: "SegmentScreen" }),
  identify: z.looseObject({ ...common, traits: fields }).meta({ id: "SegmentIdentify" }),
  group: z.looseObject({ ...common, groupId: z.string(), traits: fields }).meta({ id: "SegmentGroup" }),
  alias: z.looseObject({ ...common, previousId: z.string() }).meta({ id: "SegmentAlias" }),
};

const batchSchema = z
  .looseObject({
    batch: z.array(z.looseObject({ ...common, type: z.enum(CALL_TYPES) })).max(SEGMENT_LIMITS.callsPerBatch),
    sentAt: instant,
    writeKey: common.writeKey,
  })
  .meta({ id: "SegmentBatch" });

const SUMMARIES: Readonly<Record<CallType, string>> = {
  track: "Something that a visitor did",
  page: "A page that a visitor saw",
  screen: "A screen of an app that a visitor saw",
  identify: "Who a visitor is, and what is known of them",
  group: "What a visitor belongs to",
  alias: "Who a user was before",
};

const success = z.object({ success: z.literal(true) }).meta({ id: "SegmentAnswer" });

function operation(path: string, summary: string, schema: z.ZodType, tooLarge: string): RouteConfig {
  return {
    method: "post",
    path,
    tags: ["Segment"],
    summary,
    security: [...anyKey, { writeKey: [] }],
    request: { body: { required: true, content: { "application/json": { schema }, "text/plain": { schema } } } },
    responses: {
      200: json(success, "Taken. Calls that could not be read are kept as failed events."),
      ...problems,
      400: problem(`The body is not JSON, or ${tooLarge}.`),
      415: problem("Content-Encoding is neither gzip nor left out."),
      503: problem("Not everything was kept: send it again. What was kept counts once."),
    },
  };
}

/** Each call under its name and under the letter that analytics.js calls it by. */
export const SEGMENT_CALLS: readonly RouteConfig[] = [
  ...CALL_TYPES.flatMap((type) =>
    [type, type.charAt(0)].map((name) => operation(`/v1/${name}`, SUMMARIES[type], CALLS[type], "has more than 32 KB")),
  ),
  ...["batch", "b"].map((name) =>
    operation(`/v1/${name}`, "Calls of any type, at most 2,500", batchSchema, "has more than 500 KB"),
  ),
  {
    method: "post",
    path: "/v1/m",
    tags: ["Segment"],
    summary: "What clients report of themselves: taken and forgotten",
    responses: { 200: json(success, "Forgotten."), ...problems },
  },
  {
    method: "get",
    path: "/v1/projects/{key}/settings",
    tags: ["Segment"],
    summary: "What analytics.js asks its CDN for",
    description: "Sends the client's calls here: set its `cdnURL` to this host.",
    request: { params: z.object({ key: z.string().meta({ description: "A public key" }) }) },
    responses: {
      200: json(z.object({ integrations: z.looseObject({}) }), "For `AnalyticsBrowser.load`."),
      ...problems,
      404: problem("The key is not known."),
    },
  },
];
