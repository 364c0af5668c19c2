import { expect, test } from "vitest";
import { hash32 } from "./hash.ts";

test("a hash depends on every character, on the order and on the seed", () => {
  const texts = ["", "a", "b", "ab", "ba", "a\0", "é", "日本", "sku-1", "sku-2"];
  const hashes = texts.flatMap((text) => [hash32(text), hash32(text, 1)]);
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hash32("sku-1")).toBe(hash32("sku-1"));
});

test("hashes of similar ids spread evenly over buckets", () => {
  const buckets = new Uint32Array(16);
  for (let i = 0; i < 16000; i++) {
    const bucket = hash32(`sku-${i}`) & 15;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
