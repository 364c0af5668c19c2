// An audience as the configuration describes it: conditions that must all hold. src/experiments/targeting.ts decides.
import * as z from "zod";
import { timestamp } from "../events/timestamp.ts";
import { atMost, nameSchema, patternSchema, valuesOf, word } from "./config-fields.ts";
import { SITE_LIMITS } from "./site-limits.ts";

const queryValues = z.union([z.literal(true), valuesOf(word)]);

const conditions = {
  country: valuesOf(z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166 code such as DE")).optional(),
  region: valuesOf(word).optional(),
  city: valuesOf(word).optional(),
  timezone: valuesOf(word).optional(),
  device: valuesOf(z.enum(["mobile", "tablet", "desktop", "tv", "other", "unknown"])).optional(),
  language: valuesOf(z.string().regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, "must be a tag such as de")).optional(),
  path: valuesOf(patternSchema).optional(),
  query: atMost(z.record(word, queryValues), SITE_LIMITS.values, "parameters").optional(),
  referrer: valuesOf(
    z.string().regex(/^(?:direct|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/, 'must be a host such as example.com, or "direct"'),
  ).optional(),
  utm: z
    .strictObject({
      source: valuesOf(word).optional(),
      medium: valuesOf(word).optional(),
      campaign: valuesOf(word).optional(),
      term: valuesOf(word).optional(),
      content: valuesOf(word).optional(),
    })
    .optional(),
  visitor: z.enum(["new", "returning"]).optional(),
  segments: valuesOf(word).optional(),
  intents: valuesOf(word).optional(),
  from: timestamp.optional(),
  until: timestamp.optional(),
};

const conditionsSchema = z.strictObject(conditions);

export const audienceSchema = z.strictObject({
  ...conditions,
  any: z.array(conditionsSchema).min(1).max(20).optional(),
  not: conditionsSchema.optional(),
});

export const audiencesSchema = atMost(z.record(nameSchema, audienceSchema), SITE_LIMITS.audiences, "audiences");

export type AudienceConfig = z.infer<typeof audienceSchema>;
