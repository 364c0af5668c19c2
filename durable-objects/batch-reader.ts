// Reads what the batch layer knows of one visitor: the pointer, kept for a minute by every object of an isolate, then
// the one shard that may hold the visitor's line.
import {
  type BatchPointer,
  batchPointerKey,
  batchShardKey,
  batchShardOf,
  findBatchEntry,
  readBatchPointer,
} from "../src/profile/batch-view.ts";
import type { BatchEntry } from "../src/profile/profile.ts";

/** R2, or a double. */
export interface BatchFiles {
  get(key: string): Promise<{ text(): Promise<string> } | null>;
}

const POINTER_MS = 60_000;
const pointers = new Map<string, { readonly pointer: BatchPointer | null; readonly until: number }>();

/** Null when nothing newer than `knownAsOf` is published. @param visitor name of the object; @param now epoch ms */
export async function batchEntryOf(
  bucket: BatchFiles,
  visitor: string,
  knownAsOf: number,
  now: number,
): Promise<BatchEntry | null> {
  const site = visitor.slice(0, visitor.indexOf(":"));
  let held = pointers.get(site);
  if (held === undefined || now >= held.until) {
    const stored = await bucket.get(batchPointerKey(site));
    held = { pointer: stored === null ? null : readBatchPointer(await stored.text()), until: now + POINTER_MS };
    pointers.set(site, held);
  }
  const { pointer } = held;
  if (pointer === null || pointer.asOf <= knownAsOf) return null;
  const { version, shards } = pointer;
  const shard = await bucket.get(batchShardKey(site, version, batchShardOf(visitor, shards)));
  const entry = shard === null ? null : findBatchEntry(await shard.text(), visitor);
  return entry !== null && entry.asOf > knownAsOf ? entry : null;
}
