// Puts a batch view into service: its shards, then the pointer that makes them count.
import type { BatchPointer } from "../../src/profile/batch-view.ts";
import { readBatchShard, readBatchViewPointer } from "../../src/training/batch-view-writer.ts";
import type { Client } from "./client.ts";

/**
 * @param dir as `nowcast train --lake … --out` wrote it
 * @returns what now counts; null when the folder has no batch view
 * @throws RefusedError with the reason when the server does not take it
 */
export async function publishBatchView(dir: string, client: Client): Promise<BatchPointer | null> {
  const pointer = await readBatchViewPointer(dir);
  if (pointer === null) return null;
  for (let shard = 0; shard < pointer.shards; shard++) {
    await client.putBatchShard(pointer.version, shard, await readBatchShard(dir, shard));
  }
  await client.publishBatchView(pointer);
  return pointer;
}
