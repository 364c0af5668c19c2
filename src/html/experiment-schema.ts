// A/B experiments as the configuration describes them. src/experiments/assign.ts decides who sees what.
import * as z from "zod";
import { atMost, nameSchema, patternSchema, valuesOf } from "./config-fields.ts";
import { SITE_LIMITS } from "./site-limits.ts";

const weight = z.number().min(0).max(1e6);

export const experimentSchema = z
  .strictObject({
    /** Weights by variant; what they add up to does not matter. */
    variants: atMost(z.record(nameSchema, weight), SITE_LIMITS.variants, "variants"),
    /** Share of the audience that takes part. */
    share: z.number().min(0).max(1).default(1),
    audience: nameSchema.optional(),
    /** Pages on which it runs; by default all. */
    pages: valuesOf(patternSchema).optional(),
    /** Another seed shuffles the visitors anew. */
    seed: nameSchema.optional(),
    /** A cookie that tells the browser's scripts which variant is shown. */
    cookie: nameSchema.optional(),
  })
  .refine(({ variants }) => Object.values(variants).some((value) => value > 0), {
    path: ["variants"],
    message: "must have at least one variant with a weight above 0",
    params: { limit: 0 },
  });

export const experimentsSchema = atMost(z.record(nameSchema, experimentSchema), SITE_LIMITS.experiments, "experiments");

/** Whom an edit or a route is for: members of an audience, those who see a variant, or both. */
export const forWhom = {
  audience: nameSchema.optional(),
  experiment: nameSchema.optional(),
  variant: nameSchema.optional(),
};

export type ExperimentConfig = z.infer<typeof experimentSchema>;
