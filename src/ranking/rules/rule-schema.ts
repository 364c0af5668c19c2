// The rules of a placement, as requests send them and as a site's defaults state them. What each one does, and in which
// order they hold, stands in docs/ranking.md.
import * as z from "zod";
import { identifier } from "../../events/identifier.ts";
import { LIMITS } from "../../events/limits.ts";
import { timestamp } from "../../events/timestamp.ts";

const itemId = identifier(LIMITS.itemIdBytes);
const name = identifier(LIMITS.nameBytes);
const limit = (what: string, max: number) => ({ message: `must hold at most ${max} ${what}`, params: { limit: max } });
const names = z.union([name, z.array(name).min(1).max(LIMITS.filterNames, limit("names", LIMITS.filterNames))]);
const price = z.number().min(0).max(LIMITS.amount);

/** Only items that fit all of it. An item of which nobody knows the brand, price, tags or time of publication does not. */
const filterSchema = z.strictObject({
  category: names.optional().meta({ description: "This category, or one of these" }),
  brand: names.optional().meta({ description: "This brand, or one of these" }),
  tags: names.optional().meta({ description: "Any of these tags" }),
  price: z
    .strictObject({ min: price.optional(), max: price.optional() })
    .refine(({ min = 0, max = Number.POSITIVE_INFINITY }) => min <= max, { message: "min must not be above max" })
    .optional(),
  publishedSince: timestamp.optional().meta({ description: "Published at this time or later" }),
});

const pinSchema = z.strictObject({
  id: itemId,
  position: z
    .int()
    .min(0)
    .max(LIMITS.rankItems - 1),
});

const boostSchema = z
  .strictObject({
    item: itemId.optional(),
    category: name.optional(),
    brand: name.optional(),
    tag: name.optional(),
    multiply: z
      .number()
      .min(1 / LIMITS.boost)
      .max(LIMITS.boost)
      .optional()
      .meta({ description: "Multiplies the odds of the item: adds the logarithm to the score of a model" }),
    add: z.number().min(-LIMITS.boost).max(LIMITS.boost).optional().meta({ description: "Added to the score" }),
  })
  .refine(
    ({ item, category, brand, tag }) => [item, category, brand, tag].filter((key) => key !== undefined).length === 1,
    {
      message: "must name exactly one of item, category, brand and tag",
    },
  )
  .refine(({ multiply, add }) => multiply !== undefined || add !== undefined, {
    message: "must say what to multiply by or to add",
  });

/** Fields that both types of placement take. */
export const ruleFields = {
  pins: z
    .array(pinSchema)
    .max(LIMITS.pins, limit("pins", LIMITS.pins))
    .superRefine((pins, context) => {
      for (const field of ["id", "position"] as const) {
        const seen = new Set<unknown>();
        pins.forEach((pin, i) => {
          if (seen.has(pin[field])) context.addIssue({ code: "custom", path: [i, field], message: "stands twice" });
          seen.add(pin[field]);
        });
      }
    })
    .optional()
    .meta({ description: "Items at fixed positions, from 0" }),
  boosts: z.array(boostSchema).max(LIMITS.boosts, limit("boosts", LIMITS.boosts)).optional(),
  caps: z
    .strictObject({ category: z.int().min(1).optional(), brand: z.int().min(1).optional() })
    .optional()
    .meta({ description: "At most so many items of one category, of one brand" }),
  diversity: z
    .strictObject({ lambda: z.number().min(0).max(1) })
    .optional()
    .meta({
      description: "Maximal marginal relevance on the top of the list: 1 looks at scores alone, 0 at difference",
    }),
  frequencyCap: z
    .strictObject({ times: z.int().min(1).max(LIMITS.shownTimes), hours: z.number().gt(0).max(LIMITS.shownHours) })
    .optional()
    .meta({ description: "Not again what was shown so many times within so many hours and not clicked" }),
};

export const filterField = { filter: filterSchema.optional() };

/** A site's defaults for a placement. What a request says of a rule takes the place of the default; of a filter, field by field. */
export const placementRulesSchema = z.strictObject({ ...filterField, ...ruleFields });

export type Filter = z.infer<typeof filterSchema>;
export type Boost = z.infer<typeof boostSchema>;
export type Pin = z.infer<typeof pinSchema>;
export type PlacementRules = z.infer<typeof placementRulesSchema>;
