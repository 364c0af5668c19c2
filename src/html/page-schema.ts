// What the configuration says of pages and of the slots on them.
import * as z from "zod";
import { identifier, text } from "../events/identifier.ts";
import { LIMITS } from "../events/limits.ts";
import { atMost, nameSchema, patternSchema, valuesOf } from "./config-fields.ts";
import { SITE_LIMITS } from "./site-limits.ts";

const slotName = identifier(LIMITS.nameBytes);
const oneOrMore = <T extends z.ZodType>(value: T) => z.union([value, valuesOf(value)]);

/** What a slot is filled with; attributes of the element win. */
export const slotSchema = z.strictObject({
  type: z.enum(["recommend", "content"]).default("recommend"),
  count: z.int().min(1).max(LIMITS.recommendCount).optional(),
  /** A name of `templates`, for elements without a template of their own. */
  template: nameSchema.optional(),
  filter: z
    .strictObject({
      category: oneOrMore(text(LIMITS.nameBytes)).optional(),
      brand: oneOrMore(text(LIMITS.nameBytes)).optional(),
      tags: oneOrMore(text(LIMITS.nameBytes)).optional(),
    })
    .optional(),
});

const cacheRuleSchema = z.strictObject({
  /** How long a copy is served without asking the origin, unless the origin says less. */
  ttlSeconds: z.int().min(1).max(SITE_LIMITS.cacheSeconds),
  /** How long after that it is still served while a new one is fetched. */
  staleSeconds: z.int().min(0).max(SITE_LIMITS.cacheSeconds).default(0),
});

export const pageSchema = z.strictObject({
  /** Slots that this page is known to have: their decision starts before the origin is asked. */
  slots: z.array(slotName).max(SITE_LIMITS.slotsPerPage).optional(),
  /** `false`: the page passes through as it is, and no page view is recorded. */
  personalize: z.boolean().default(true),
  /**
   * The last part of a path below the pattern is the id of an item: whoever loads the page has viewed it, which is recorded with the page view, so that
   * it counts without a script and before the next page is asked for. The page itself then tells of no `view_item`.
   */
  itemInPath: z.boolean().default(false),
  /** What declared bots get. */
  bots: z.enum(["plain", "personalized"]).default("plain"),
  /** Copies of the page for visitors who are nobody to the origin; without it none are kept. */
  cache: cacheRuleSchema.optional(),
});

export const templatesSchema = atMost(
  z.record(nameSchema, text(SITE_LIMITS.htmlBytes)),
  SITE_LIMITS.templates,
  "templates",
);
export const slotsSchema = atMost(z.record(slotName, slotSchema), SITE_LIMITS.slots, "slots");
export const pagesSchema = atMost(z.record(patternSchema, pageSchema), SITE_LIMITS.pages, "pages");

const parameterName = z
  .string()
  .regex(/^[A-Za-z0-9_.~-]{1,64}\*?$/, "must be the name of a parameter, or its start and a *");
const cookieName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, "must be the name of a cookie, or its start and a *");

/** What counts as nobody's business of a cached copy, for all pages. */
export const cacheSchema = z.strictObject({
  /** Query parameters that are no part of the key and do not reach the origin for a copy; `utm_*` is all that start so. */
  privateParameters: z.array(parameterName).max(SITE_LIMITS.values).optional(),
  /** Cookies with which the origin knows somebody: such a request is neither answered from copies nor kept as one. */
  sessionCookies: z.array(cookieName).max(SITE_LIMITS.values).optional(),
});

export type SlotConfig = z.infer<typeof slotSchema>;
export type PageConfig = z.infer<typeof pageSchema>;
export type PageCacheConfig = z.infer<typeof cacheRuleSchema>;
export type CacheConfig = z.infer<typeof cacheSchema>;
