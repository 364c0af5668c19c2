import { expect, test } from "vitest";
import { type BatchBucket, putShard, readPointer, switchTo } from "./batch-view.ts";

const PAGE = 3;

/** A bucket that lists three keys at a time, as R2 does a thousand. */
function smallBucket() {
  const files = new Map<string, string>();
  const bucket: BatchBucket = {
    async put(key, value) {
      files.set(key, value);
    },
    async get(key) {
      const text = files.get(key);
      return text === undefined ? null : { text: async () => text };
    },
    async delete(keys) {
      for (const key of keys) files.delete(key);
    },
    async list({ prefix, cursor }) {
      const keys = [...files.keys()].filter((key) => key.startsWith(prefix)).sort();
      const from = cursor === undefined ? 0 : Number(cursor);
      const objects = keys.slice(from, from + PAGE).map((key) => ({ key }));
      const truncated = from + PAGE < keys.length;
      return { objects, truncated, ...(truncated ? { cursor: String(from + PAGE) } : {}) };
    },
  };
  return { bucket, files };
}

const pointer = (version: string, shards: number) => ({ version, shards, asOf: 1, visitors: 2 });

async function publish(bucket: BatchBucket, version: string, shards: number): Promise<number[]> {
  for (let shard = 0; shard < shards; shard++) await putShard(bucket, "default", version, shard, "");
  return switchTo(bucket, "default", pointer(version, shards));
}

test("shards are found and old ones deleted over all pages of a listing", async () => {
  const { bucket, files } = smallBucket();
  for (const version of ["a", "b", "c"]) expect(await publish(bucket, version, 10)).toEqual([]);
  expect(await readPointer(bucket, "default")).toEqual(pointer("c", 10));
  expect(new Set([...files.keys()].map((key) => key.split("/")[2]))).toEqual(new Set(["b", "c", "current.json"]));
  expect(files.size).toBe(21);
});

test("with a shard missing on any page, nothing changes", async () => {
  const { bucket, files } = smallBucket();
  await publish(bucket, "a", 2);
  for (const shard of [0, 1, 2, 3, 5, 6, 8]) await putShard(bucket, "default", "b", shard, "");
  expect(await switchTo(bucket, "default", pointer("b", 9))).toEqual([4, 7]);
  expect(await readPointer(bucket, "default")).toEqual(pointer("a", 2));
  expect(files.size).toBe(10);
});

test("a version whose name begins like another's is not taken for it", async () => {
  const { bucket, files } = smallBucket();
  for (const version of ["v", "v1", "v2"]) await publish(bucket, version, 1);
  expect([...files.keys()].filter((key) => key.includes("/v/"))).toEqual([]);
  expect(files.size).toBe(3);
});

test("other sites' versions are left alone, and a broken pointer counts as none", async () => {
  const { bucket, files } = smallBucket();
  await putShard(bucket, "shop-2", "a", 0, "");
  await bucket.put("batch/site=default/current.json", "{");
  expect(await readPointer(bucket, "default")).toBeNull();
  expect(await publish(bucket, "b", 1)).toEqual([]);
  expect(files.has("batch/site=shop-2/a/0.ndjson")).toBe(true);
});
