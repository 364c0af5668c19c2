// The batch view's files in the lake's bucket: shards of a version, then the pointer that makes the version count.
import {
  type BatchPointer,
  batchPointerKey,
  batchPrefix,
  batchShardKey,
  batchVersionPrefix,
  readBatchPointer,
} from "../../src/profile/batch-view.ts";

/** What of R2 is needed here. */
export interface BatchBucket {
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  put(key: string, value: string): Promise<unknown>;
  delete(keys: string[]): Promise<void>;
  list(options: { prefix: string; cursor?: string }): Promise<{
    readonly objects: readonly { readonly key: string }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
}

/** What R2 deletes at once. */
const DELETED_AT_ONCE = 1000;

export async function putShard(
  bucket: BatchBucket,
  site: string,
  version: string,
  shard: number,
  lines: string,
): Promise<void> {
  await bucket.put(batchShardKey(site, version, shard), lines);
}

export async function readPointer(bucket: BatchBucket, site: string): Promise<BatchPointer | null> {
  const stored = await bucket.get(batchPointerKey(site));
  return stored === null ? null : readBatchPointer(await stored.text());
}

/**
 * Makes the version count, if all its shards are there, and deletes versions before the one that counted until now:
 * readers may hold that pointer for a while yet, and what was erased from the lake must not live on here.
 * @returns the shards that are missing; with any, nothing has changed
 */
export async function switchTo(bucket: BatchBucket, site: string, pointer: BatchPointer): Promise<number[]> {
  const { version, shards } = pointer;
  const present = new Set<string>();
  for await (const key of keysOf(bucket, batchVersionPrefix(site, version))) present.add(key);
  const missing: number[] = [];
  for (let shard = 0; shard < shards; shard++) {
    if (!present.has(batchShardKey(site, version, shard))) missing.push(shard);
  }
  if (missing.length > 0) return missing;
  const before = await readPointer(bucket, site);
  await bucket.put(batchPointerKey(site), JSON.stringify(pointer));
  await deleteOthers(bucket, site, [version, before?.version ?? version]);
  return [];
}

async function deleteOthers(bucket: BatchBucket, site: string, kept: readonly string[]): Promise<void> {
  const prefixes = [batchPointerKey(site), ...kept.map((version) => batchVersionPrefix(site, version))];
  const old: string[] = [];
  for await (const key of keysOf(bucket, batchPrefix(site))) {
    if (!prefixes.some((prefix) => key.startsWith(prefix))) old.push(key);
  }
  for (let at = 0; at < old.length; at += DELETED_AT_ONCE) await bucket.delete(old.slice(at, at + DELETED_AT_ONCE));
}

async function* keysOf(bucket: BatchBucket, prefix: string): AsyncGenerator<string> {
  for (let cursor: string | undefined; ; ) {
    const page = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key } of page.objects) yield key;
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}
