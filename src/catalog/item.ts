// The catalogue item, as the items API takes it. The schema is the contract; the type is inferred from it.
import * as z from "zod";
import { identifier, text } from "../events/identifier.ts";
import { LIMITS } from "../events/limits.ts";
import { timestamp } from "../events/timestamp.ts";

const name = text(LIMITS.nameBytes);

const fields = {
  title: text(LIMITS.queryBytes).optional(),
  category: name.optional(),
  brand: name.optional(),
  price: z.number().min(0).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be an ISO 4217 code such as EUR")
    .optional(),
  available: z.boolean().optional(),
  /** From the year 1: a book may be older than any clock. */
  publishedAt: timestamp.pipe(z.number().min(-62_135_596_800_000).max(LIMITS.tsMax)).optional(),
  url: text(LIMITS.urlBytes).optional(),
  image: text(LIMITS.urlBytes).optional(),
  tags: z.array(name).max(100).optional(),
  attributes: z.record(z.string(), z.unknown()).optional(),
};

export const itemSchema = z.object({ id: identifier(LIMITS.itemIdBytes), ...fields }).meta({ id: "Item" });
/** A change of some fields: what is left out stays as it is. */
export const itemPatchSchema = z.strictObject(fields).meta({ id: "ItemPatch" });
export const itemsRequestSchema = z
  .object({ items: z.array(itemSchema).min(1).max(LIMITS.itemsPerPut) })
  .meta({ id: "ItemsRequest" });

export type Item = z.infer<typeof itemSchema>;
export type ItemPatch = z.infer<typeof itemPatchSchema>;
