// The part of the OpenAPI document that servers and operators use: the site's configuration, publication of snapshots and
// of the batch view, and the lake.
import type { RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import { siteConfigSchema } from "../../src/html/site-config.ts";
import { batchPointerSchema } from "./batch-pointer.ts";
import { bodyProblems, json, problem, problems, secretOnly } from "./openapi-parts.ts";

const registryState = z
  .object({
    champion: z.string().nullable(),
    challengers: z.array(z.object({ version: z.string(), share: z.number() })),
    versions: z.array(z.object({ version: z.string(), id: z.string(), publishedAt: z.number() })),
    previous: z.array(z.string()),
  })
  .meta({ id: "Registry" });

const lakeStatus = z
  .object({ appended: z.int(), written: z.int(), pendingBytes: z.int(), itemEpoch: z.int() })
  .meta({ id: "LakeStatus" });

const sectionParams = z.object({ sha256: z.string().meta({ description: "64 lower-case hexadecimal digits" }) });
const binary = { "application/octet-stream": { schema: z.string().meta({ format: "binary" }) } };

export const OPERATIONS: readonly RouteConfig[] = [
  {
    method: "get",
    path: "/v1/config",
    summary: "The site's run-time configuration",
    security: secretOnly,
    responses: { 200: json(siteConfigSchema, "As it is stored; its version is the ETag."), ...problems },
  },
  {
    method: "put",
    path: "/v1/config",
    summary: "Replace the site's run-time configuration",
    description:
      "Holds where pages are served within about a minute. The version that was read goes along, in `If-Match` or in the document: a change by somebody else is never overwritten.",
    security: secretOnly,
    request: {
      headers: z.object({ "if-match": z.string().optional().meta({ description: 'Such as `"3"`' }) }),
      body: { required: true, content: { "application/json": { schema: siteConfigSchema } } },
    },
    responses: {
      200: json(z.object({ version: z.int() }), "Stored as this version."),
      ...bodyProblems,
      412: problem("There is another version by now."),
      503: problem("Storage did not answer; send it again."),
    },
  },
  {
    method: "get",
    path: "/v1/snapshots",
    summary: "Which snapshots rank, and which did",
    security: secretOnly,
    responses: { 200: json(registryState, "Champion, challengers and their shares."), ...problems },
  },
  {
    method: "post",
    path: "/v1/snapshots",
    summary: "Publish a snapshot whose sections are in place",
    security: secretOnly,
    request: {
      body: {
        required: true,
        content: {
          "application/json": {
            schema: z.object({ manifest: z.looseObject({}), share: z.number().gt(0).max(1).optional() }),
          },
        },
      },
    },
    responses: {
      201: json(registryState.extend({ version: z.string() }), "Published."),
      ...bodyProblems,
      422: problem("Refused, with the reason."),
    },
  },
  {
    method: "post",
    path: "/v1/snapshots/rollback",
    summary: "Go back to the champion before",
    security: secretOnly,
    responses: { 200: json(registryState, "Done."), ...problems, 409: problem("There is none before.") },
  },
  {
    method: "get",
    path: "/v1/snapshots/{version}",
    summary: "The manifest of a published snapshot",
    security: secretOnly,
    request: { params: z.object({ version: z.string().meta({ description: "Such as 2026-11-22.3" }) }) },
    responses: {
      200: json(z.object({ version: z.string(), manifest: z.looseObject({}) }), "As it was published."),
      ...problems,
      404: problem("This site has no such version."),
    },
  },
  {
    method: "get",
    path: "/v1/snapshots/sections/{sha256}",
    summary: "The bytes of a section",
    security: secretOnly,
    request: { params: sectionParams },
    responses: {
      200: { description: "Its bytes.", content: binary },
      ...problems,
      404: problem("There is no such section."),
    },
  },
  {
    method: "head",
    path: "/v1/snapshots/sections/{sha256}",
    summary: "Whether a section is in place",
    security: secretOnly,
    request: { params: sectionParams },
    responses: { 200: { description: "It is." }, ...problems, 404: { description: "It is not." } },
  },
  {
    method: "put",
    path: "/v1/snapshots/sections/{sha256}",
    summary: "Put a section under its hash",
    security: secretOnly,
    request: { params: sectionParams, body: { required: true, content: binary } },
    responses: {
      201: json(z.object({ sha256: z.string(), bytes: z.int() }), "In place."),
      ...bodyProblems,
      422: problem("The body has another hash."),
    },
  },
  {
    method: "put",
    path: "/v1/batch-view/{version}/{shard}",
    summary: "Put a shard of a version of the batch view",
    description:
      "NDJSON, a visitor a line: `visitor` (the name in the lake's `visitor` column) first, `asOf`, `segments`, `lifetimeValue`, `categories`, `brands`. It counts once the version does.",
    security: secretOnly,
    request: {
      params: z.object({ version: z.string(), shard: z.string().meta({ description: "0 to 4095" }) }),
      body: { required: true, content: { "application/x-ndjson": { schema: z.string() } } },
    },
    responses: {
      201: json(z.object({ version: z.string(), shard: z.int(), visitors: z.int() }), "In place."),
      ...bodyProblems,
      413: problem("More than 4 MB."),
      422: problem("Lines that are no entry of this site; `errors` names them."),
      503: problem("It could not be stored; see Retry-After."),
    },
  },
  {
    method: "post",
    path: "/v1/batch-view",
    summary: "Make a version of the batch view count",
    security: secretOnly,
    request: { body: { required: true, content: { "application/json": { schema: batchPointerSchema } } } },
    responses: {
      200: json(batchPointerSchema, "Sessions that begin from now on read it."),
      ...bodyProblems,
      422: problem("Shards are missing."),
    },
  },
  {
    method: "get",
    path: "/v1/batch-view",
    summary: "Which version of the batch view counts",
    security: secretOnly,
    responses: {
      200: json(z.object({ current: batchPointerSchema.nullable() }), "Null before the first."),
      ...problems,
    },
  },
  {
    method: "get",
    path: "/v1/lake/status",
    summary: "How far the lake has come",
    security: secretOnly,
    responses: { 200: json(lakeStatus, "Rows taken in and rows written."), ...problems },
  },
  {
    method: "post",
    path: "/v1/lake/flush",
    summary: "Write what waits into Parquet now",
    security: secretOnly,
    responses: { 200: json(lakeStatus, "Written."), ...problems },
  },
  {
    method: "get",
    path: "/v1/lake/files",
    summary: "The site's files in the lake",
    security: secretOnly,
    request: { query: z.object({ cursor: z.string().optional() }) },
    responses: {
      200: json(
        z.object({ files: z.array(z.object({ key: z.string(), bytes: z.int() })), cursor: z.string().nullable() }),
        "One page; cursor leads to the next.",
      ),
      ...problems,
    },
  },
  {
    method: "get",
    path: "/v1/lake/file",
    summary: "One file of the lake",
    security: secretOnly,
    request: { query: z.object({ key: z.string() }) },
    responses: {
      200: { description: "Its bytes.", content: binary },
      ...problems,
      404: problem("No such file of this site."),
    },
  },
];
