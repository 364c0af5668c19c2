// Fields that the parts of a site's configuration have in common.
import * as z from "zod";
import { identifier, text } from "../events/identifier.ts";
import { parsePattern } from "./path-pattern.ts";
import { SITE_LIMITS } from "./site-limits.ts";

/** Names that the configuration gives and refers to: they travel in headers, cookies and columns. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "must be 1 to 64 characters of [A-Za-z0-9_-], a letter or digit first");

export const patternSchema = text(SITE_LIMITS.pathBytes).refine((value) => parsePattern(value) !== null, {
  message: "must be a path such as /pricing, or /p/* for all below it: no query, no % escapes, no other *",
  params: { limit: "/path or /path/*" },
});

/** A place on the site itself: never another host, whatever the browser makes of slashes. */
export const ownPathSchema = text(SITE_LIMITS.urlBytes).refine(
  (value) => /^\/(?![/\\])[^\s\\]*$/.test(value) && !/^\/[\t\n\r]/.test(value),
  { message: "must be a path of the site, from its / on", params: { limit: "/path" } },
);

/** Where a browser may be sent: a path of the site or an http(s) URL. */
export const targetSchema = text(SITE_LIMITS.urlBytes).refine(
  (value) => ownPathSchema.safeParse(value).success || isHttpUrl(value),
  { message: "must be a path of the site or an http(s) URL", params: { limit: "/path or https://…" } },
);

/** An origin or a key set. Which hosts may be asked is the deployment's word (ORIGIN_HOSTS), not the document's. */
export const remoteUrlSchema = text(SITE_LIMITS.urlBytes).refine(
  (value) => {
    const url = URL.parse(value);
    return url !== null && isHttpUrl(value) && url.username === "" && url.password === "";
  },
  { message: "must be an http(s) URL without credentials", params: { limit: "https://…" } },
);

export const redirectSchema = z.strictObject({
  to: targetSchema,
  status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
});

export const valuesOf = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(SITE_LIMITS.values);

export const word = identifier(SITE_LIMITS.textBytes);

/** A record of at most `limit` entries. */
export function atMost<T extends z.ZodType<object>>(schema: T, limit: number, what: string) {
  return schema.refine((value) => Object.keys(value).length <= limit, {
    message: `must have at most ${limit} ${what}`,
    params: { limit },
  });
}

function isHttpUrl(value: string): boolean {
  // URL.parse forgives white space and missing slashes; a configuration need not.
  return /^https?:\/\/[^\s\\]+$/i.test(value) && URL.canParse(value);
}
