// Routes as the configuration describes them: where a request for a path goes instead, for whom.
import * as z from "zod";
import { nameSchema, ownPathSchema, patternSchema, redirectSchema, remoteUrlSchema } from "./config-fields.ts";
import { forWhom } from "./experiment-schema.ts";
import { SITE_LIMITS } from "./site-limits.ts";

export const routeSchema = z
  .strictObject({
    name: nameSchema.optional(),
    path: patternSchema,
    ...forWhom,
    /** The path that the origin is asked for; `/*` at its end takes over what stands at the pattern's. */
    rewrite: ownPathSchema.optional(),
    /** Another origin, of the hosts that the deployment allows. */
    origin: remoteUrlSchema.optional(),
    redirect: redirectSchema.optional(),
  })
  .refine(
    ({ rewrite, origin, redirect }) => (redirect === undefined) !== (rewrite === undefined && origin === undefined),
    { message: "must have a `rewrite` or an `origin`, or else a `redirect`" },
  );

export const routesSchema = z.array(routeSchema).max(SITE_LIMITS.routes);

export type RouteConfig = z.infer<typeof routeSchema>;
