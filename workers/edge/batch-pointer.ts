// What makes a version of the batch view count, as it is sent and shown.
import * as z from "zod";
import { LIMITS } from "../../src/events/limits.ts";
import { BATCH_LIMITS, BATCH_VERSION } from "../../src/profile/batch-view.ts";

export const batchPointerSchema = z
  .object({
    version: z.string().regex(BATCH_VERSION, "must be 1 to 64 characters of [A-Za-z0-9_-]"),
    shards: z.int().min(1).max(BATCH_LIMITS.shards),
    asOf: z.int().min(0).max(LIMITS.tsMax).meta({ description: "Epoch ms: the newest event that it is made of" }),
    visitors: z.int().min(0),
  })
  .meta({ id: "BatchView" });

/** The path of a shard. */
export const batchShardParams = z.object({
  version: batchPointerSchema.shape.version,
  shard: z.coerce.number().pipe(
    z
      .int()
      .min(0)
      .max(BATCH_LIMITS.shards - 1),
  ),
});
