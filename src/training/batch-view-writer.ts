// A batch view as a folder beside the snapshot: DIR/batch/current.json and DIR/batch/<shard>.ndjson.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BatchPointer, readBatchPointer } from "../profile/batch-view.ts";
import type { BatchView } from "./batch-view.ts";

const pointerPath = (dir: string): string => join(dir, "batch", "current.json");
const shardPath = (dir: string, shard: number): string => join(dir, "batch", `${shard}.ndjson`);

/** Takes the place of whatever batch view is there; the pointer is written last, so that a folder with one is whole. */
export async function writeBatchView(dir: string, { pointer, shards }: BatchView): Promise<void> {
  await removeBatchView(dir);
  await mkdir(join(dir, "batch"), { recursive: true });
  for (const [shard, text] of shards.entries()) await writeFile(shardPath(dir, shard), text);
  await writeFile(pointerPath(dir), `${JSON.stringify(pointer)}\n`);
}

/** A folder that is trained into again must not keep the view of an older run. */
export async function removeBatchView(dir: string): Promise<void> {
  // The pointer first, and nothing but what a batch view is made of: the folder is the user's.
  await rm(pointerPath(dir), { force: true });
  const files = await ifThere(readdir(join(dir, "batch")));
  for (const name of files ?? []) if (/^\d+\.ndjson$/.test(name)) await rm(join(dir, "batch", name));
}

/** Null when the folder has no batch view. @throws Error when what is there is none */
export async function readBatchViewPointer(dir: string): Promise<BatchPointer | null> {
  const text = await ifThere(readFile(pointerPath(dir), "utf8"));
  if (text === null) return null;
  const pointer = readBatchPointer(text);
  if (pointer === null) throw new Error(`${pointerPath(dir)} does not name a batch view`);
  return pointer;
}

export async function readBatchShard(dir: string, shard: number): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(shardPath(dir, shard)));
}

/** Null for what is not there. */
async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
