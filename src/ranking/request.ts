// What a decision is asked for: the placements of a request, as clients send them.
import * as z from "zod";
import { DISPLAY_FIELDS } from "../catalog/display.ts";
import { identifier, text } from "../events/identifier.ts";
import { LIMITS } from "../events/limits.ts";
import { filterField, ruleFields } from "./rules/rule-schema.ts";

const itemId = identifier(LIMITS.itemIdBytes);
const itemFields = z.array(z.enum(DISPLAY_FIELDS)).max(DISPLAY_FIELDS.length).optional().meta({
  description: "What to tell of each item besides its id: what is known of it then stands in `item`",
});
const query = text(LIMITS.queryBytes).optional().meta({ description: "What the visitor searches for here" });

const recommendSchema = z
  .object({
    type: z.literal("recommend"),
    count: z.int().min(1).max(LIMITS.recommendCount).default(12),
    ...filterField,
    exclude: z.array(itemId).max(LIMITS.excludeItems).optional(),
    /** Items that the page is about: their neighbours are candidates. */
    context: z.array(itemId).max(LIMITS.contextItems).optional(),
    ...ruleFields,
    query,
    itemFields,
  })
  .superRefine(({ count, pins = [] }, context) => {
    pins.forEach(({ position }, i) => {
      if (position < count) return;
      const message = `must be below count, which is ${count}`;
      context.addIssue({ code: "custom", path: ["pins", i, "position"], message, params: { limit: count - 1 } });
    });
  })
  .meta({ id: "RecommendPlacement" });

const rankSchema = z
  .object({
    type: z.literal("rank"),
    items: z
      .array(z.object({ id: itemId, fields: z.record(z.string(), z.unknown()).optional() }))
      .min(1)
      .max(LIMITS.rankItems),
    ...ruleFields,
    query,
    itemFields,
  })
  .meta({ id: "RankPlacement" });

export const placementSchema = z.discriminatedUnion("type", [recommendSchema, rankSchema]);
export const placementsSchema = z
  .record(identifier(LIMITS.nameBytes), placementSchema)
  .refine((placements) => Object.keys(placements).length >= 1, {
    message: "must hold at least one placement",
    params: { limit: 1 },
  })
  .refine((placements) => Object.keys(placements).length <= LIMITS.placementsPerRequest, {
    message: `must hold at most ${LIMITS.placementsPerRequest} placements`,
    params: { limit: LIMITS.placementsPerRequest },
  })
  .refine((placements) => rankItems(placements) <= LIMITS.rankItemsPerRequest, {
    message: `must hold at most ${LIMITS.rankItemsPerRequest} items to rank, all placements together`,
    params: { limit: LIMITS.rankItemsPerRequest },
  });

function rankItems(placements: Readonly<Record<string, z.infer<typeof placementSchema>>>): number {
  return Object.values(placements).reduce(
    (sum, request) => sum + (request.type === "rank" ? request.items.length : 0),
    0,
  );
}

export type PlacementRequest = z.infer<typeof placementSchema>;
export type RecommendRequest = z.infer<typeof recommendSchema>;
export type RankRequest = z.infer<typeof rankSchema>;
