// The OpenAPI document: paths are described here, bodies come from the schemas that validate them.
import type { OpenAPIHono, RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import { itemPatchSchema, itemsRequestSchema } from "../../src/catalog/item.ts";
import { eventSchema } from "../../src/events/event.ts";
import {
  decideAnswerSchema,
  decideHeadSchema,
  eventsAnswerSchema,
  eventsRequestSchema,
} from "../../src/http/contract.ts";
import { placementsSchema } from "../../src/ranking/request.ts";
import type { EdgeBindings } from "./context.ts";
import { OPERATIONS } from "./openapi-operations.ts";
import { anyKey, bodyProblems, json, problem, problems, secretOnly } from "./openapi-parts.ts";
import { SEGMENT_CALLS } from "./openapi-segment.ts";
import { consentChoiceSchema } from "./routes/consent.ts";
import { visitorAnswerSchema, visitorRequestSchema } from "./routes/visitors.ts";

const decideRequestSchema = decideHeadSchema
  .extend({ event: eventSchema.optional(), placements: placementsSchema })
  .meta({ id: "DecideRequest" });

const health = z
  .object({ status: z.enum(["ok", "misconfigured"]), problems: z.array(z.string()) })
  .meta({ id: "Health" });
const idParam = (description: string) => z.object({ id: z.string().meta({ description }) });

const PATHS: readonly RouteConfig[] = [
  {
    method: "post",
    path: "/v1/events",
    tags: ["Events"],
    summary: "Record events",
    description:
      "One event, a batch of at most 500, or NDJSON. 202 means durable and visible to the visitor's next decision. Good events of a batch are kept when others are rejected.",
    security: anyKey,
    request: {
      body: {
        required: true,
        content: {
          "application/json": { schema: eventsRequestSchema },
          "application/x-ndjson": { schema: z.string() },
        },
      },
      headers: z.object({
        "x-nowcast-visitor": z.string().optional(),
        "nowcast-replay": z.enum(["true"]).optional(),
      }),
    },
    responses: {
      202: json(eventsAnswerSchema, "What became of each event."),
      ...bodyProblems,
      413: problem("More than 500 events or 512 KB."),
      503: problem("Every event met an overloaded object; see Retry-After."),
    },
  },
  {
    method: "post",
    path: "/v1/decide",
    tags: ["Decisions"],
    summary: "Decide what to show",
    description: "Ranks or recommends for each placement. Always 200: `degraded` names what could not be had in time.",
    security: anyKey,
    request: { body: { required: true, content: { "application/json": { schema: decideRequestSchema } } } },
    responses: { 200: json(decideAnswerSchema, "The decision."), ...bodyProblems },
  },
  {
    method: "put",
    path: "/v1/items",
    tags: ["Catalogue"],
    summary: "Put items into the catalogue",
    security: secretOnly,
    request: { body: { required: true, content: { "application/json": { schema: itemsRequestSchema } } } },
    responses: {
      200: json(z.object({ accepted: z.int(), epoch: z.int() }), "Count in decisions within 5 seconds."),
      ...bodyProblems,
    },
  },
  {
    method: "patch",
    path: "/v1/items/{id}",
    tags: ["Catalogue"],
    summary: "Change fields of an item",
    security: secretOnly,
    request: {
      params: idParam("Item id"),
      body: { required: true, content: { "application/json": { schema: itemPatchSchema } } },
    },
    responses: {
      200: json(z.object({ id: z.string(), epoch: z.int() }), "Changed."),
      ...bodyProblems,
      404: problem("No such item."),
    },
  },
  {
    method: "delete",
    path: "/v1/items/{id}",
    tags: ["Catalogue"],
    summary: "Take an item out of decisions",
    security: secretOnly,
    request: { params: idParam("Item id") },
    responses: {
      200: json(z.object({ id: z.string(), epoch: z.int() }), "Taken out."),
      ...problems,
      404: problem("No such item."),
    },
  },
  {
    method: "post",
    path: "/v1/visitors",
    tags: ["Visitors"],
    summary: "A token for a visitor of the site's server",
    description:
      "For servers that make pages: the token goes into the visitor's cookie, and their browser acts with it for nobody else.",
    security: secretOnly,
    request: { body: { required: true, content: { "application/json": { schema: visitorRequestSchema } } } },
    responses: { 201: json(visitorAnswerSchema, "Signed."), ...bodyProblems },
  },
  {
    method: "get",
    path: "/v1/users/{id}/profile",
    tags: ["Visitors"],
    summary: "The live profile of a visitor",
    description: "With a public key: that of the token's visitor, who may also be named `me`.",
    security: anyKey,
    request: {
      params: idParam("User id, or anonymous id with kind=anonymous"),
      query: z.object({ kind: z.enum(["user", "anonymous"]).optional() }),
    },
    responses: {
      200: json(z.looseObject({}), "Profile and derived features."),
      ...problems,
      404: problem("Never seen."),
    },
  },
  {
    method: "put",
    path: "/v1/users/{id}/consent",
    tags: ["Visitors"],
    summary: "What a visitor allows from now on",
    description: "Without personalization what is held of the visitor is erased. The new token carries the choice.",
    security: anyKey,
    request: {
      params: idParam("User id, or anonymous id with kind=anonymous"),
      query: z.object({ kind: z.enum(["user", "anonymous"]).optional() }),
      body: { required: true, content: { "application/json": { schema: consentChoiceSchema } } },
    },
    responses: {
      200: json(
        z.object({
          id: z.string(),
          kind: z.enum(["user", "anonymous"]),
          consent: consentChoiceSchema,
          erased: z.boolean(),
          visitorToken: z.string(),
        }),
        "Holds for everything that carries the token.",
      ),
      ...bodyProblems,
    },
  },
  {
    method: "post",
    path: "/v1/consent",
    tags: ["Visitors"],
    summary: "What the visitor of the token allows from now on",
    description:
      "For browsers, which do not know their id. Without personalization what is held of the visitor is erased, and the token is over.",
    security: anyKey,
    request: {
      headers: z.object({ "x-nowcast-visitor": z.string().optional() }),
      body: { required: true, content: { "application/json": { schema: consentChoiceSchema } } },
    },
    responses: {
      200: json(
        z.object({ consent: consentChoiceSchema, erased: z.boolean(), visitorToken: z.string().optional() }),
        "Holds for everything that carries the new token; none where there was none, or where it is over.",
      ),
      ...bodyProblems,
    },
  },
  {
    method: "get",
    path: "/healthz",
    tags: ["Operations"],
    summary: "Whether this deployment can work",
    responses: { 200: json(health, "It can."), 503: json(health, "It lacks what `problems` names.") },
  },
];

export function describeApi(app: OpenAPIHono<EdgeBindings>): void {
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "secretKey", {
    type: "http",
    scheme: "bearer",
    description: "sk_…: acts for any visitor; stays on a server.",
  });
  registry.registerComponent("securitySchemes", "publicKey", {
    type: "http",
    scheme: "bearer",
    description: "pk_…: acts for the visitor of the token in X-Nowcast-Visitor.",
  });
  registry.registerComponent("securitySchemes", "writeKey", {
    type: "http",
    scheme: "basic",
    description: "Segment clients: either key as the user name, without a password, or as `writeKey` in the body.",
  });
  for (const path of [...PATHS, ...SEGMENT_CALLS, ...OPERATIONS]) registry.registerPath(path);
}

export const API_INFO = {
  openapi: "3.1.0",
  info: {
    title: "Nowcast",
    version: "0.1.0",
    description: "Real-time personalization at the edge: events in, decisions out.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
};
