import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BATCH_LIMITS,
  batchLine,
  batchPointerKey,
  batchShardKey,
  batchShardOf,
  findBatchEntry,
  parseBatchLine,
  readBatchPointer,
} from "./batch-view.ts";
import type { BatchEntry } from "./profile.ts";

const ENTRY: BatchEntry = {
  asOf: 1_767_225_600_000,
  segments: ["returning", "big_spender"],
  lifetimeValue: 420.5,
  categories: [
    ["lamps", 0.75],
    ["rugs", 0.25],
  ],
  brands: [["Lumen", 1]],
};

const text = (bytes: number) => fc.string({ unit: "grapheme", minLength: 1, maxLength: Math.floor(bytes / 16) });
const preferences = fc.array(fc.tuple(text(64), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 });
const entries: fc.Arbitrary<BatchEntry> = fc.record({
  asOf: fc.nat(),
  segments: fc.array(text(40), { maxLength: 8 }),
  lifetimeValue: fc.double({ noNaN: true, noDefaultInfinity: true }),
  categories: preferences,
  brands: fc.constant([]),
});
const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
const asStored = (entry: BatchEntry): unknown => JSON.parse(JSON.stringify(entry));

describe("an entry", () => {
  test("is found in its shard, wherever it stands, whoever stands beside it", () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 1, maxLength: 12 }), fc.array(entries), (visitors, some) => {
        const entryOf = (i: number): BatchEntry => some[i % Math.max(1, some.length)] ?? ENTRY;
        const shard = visitors.map((visitor, i) => `${batchLine(visitor, entryOf(i))}\n`).join("");
        for (const [i, visitor] of visitors.entries()) {
          expect(findBatchEntry(shard, visitor)).toEqual(asStored(entryOf(i)));
        }
        expect(findBatchEntry(shard, "nobody of that name stands here at all")).toBeNull();
      }),
    );
  });

  test("is found on a last line without its end", () => {
    expect(findBatchEntry(`{"visitor":"a"}\n${batchLine("b", ENTRY)}`, "b")).toEqual(ENTRY);
  });

  test("is not taken from within another's line", () => {
    const sly = batchLine("a", { ...ENTRY, segments: [] }).replace(/}$/, `,"x":${batchLine("b", ENTRY)}}`);
    expect(findBatchEntry(sly, "b")).toBeNull();
    expect(findBatchEntry(sly, "a")).toEqual({ ...ENTRY, segments: [] });
    expect(findBatchEntry(`{"visitor":"b",${batchLine("c", ENTRY).slice(1)}`, "b")).toBeNull();
  });

  test("is null, not an error, whatever the shard holds; and the search goes on after a broken line", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (junk, more) => {
        expect(findBatchEntry(junk, "b")).toBeNull();
        const broken = `{"visitor":"b",${more.replaceAll("\n", "")}`;
        expect(findBatchEntry(`${broken}\n${batchLine("b", ENTRY)}\n`, "b")).toEqual(ENTRY);
      }),
    );
  });

  test.each([
    ["nine segments", { segments: Array(9).fill("s") }],
    ["a segment of 41 bytes", { segments: ["s".repeat(41)] }],
    ["a segment of no text", { segments: [""] }],
    ["nine categories", { categories: Array(9).fill(["c", 0.1]) }],
    ["a brand of 65 bytes", { brands: [["é".repeat(33), 0.1]] }],
    ["a share above 1", { categories: [["c", 1.1]] }],
    ["a share of text", { categories: [["c", "1"]] }],
    ["half a surrogate pair", { segments: ["\ud800"] }],
    ["no value", { lifetimeValue: null }],
    ["a time of text", { asOf: "2026-01-01" }],
    ["no brands", { brands: undefined }],
    ["more than a kilobyte", { note: "x".repeat(BATCH_LIMITS.lineBytes) }],
  ])("with %s counts as not there", (_, fields) => {
    expect(findBatchEntry(batchLine("b", { ...ENTRY, ...fields } as BatchEntry), "b")).toBeNull();
  });

  test("leaves out what it has besides", () => {
    expect(parseBatchLine(batchLine("b", { ...ENTRY, note: "x" } as BatchEntry))).toEqual({
      visitor: "b",
      entry: ENTRY,
    });
  });
});

describe("shards", () => {
  test("are named by site and version", () => {
    expect(batchPointerKey("default")).toBe("batch/site=default/current.json");
    expect(batchShardKey("shop-2", "2026-11-22-ab", 7)).toBe("batch/site=shop-2/2026-11-22-ab/7.ndjson");
  });

  test("share the visitors evenly, and a visitor's is always the same", () => {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const shard = batchShardOf(`default:a:${i}`, 16);
      counts[shard] = (counts[shard] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
    // Published files stand: the shard of a name must never change.
    expect(batchShardOf("default:u:AAAAAAAAAAAAAAAAAAAAAA", 4096)).toBe(2123);
  });
});

describe("the pointer", () => {
  const pointer = { version: "2026-11-22-3fa9c1d2e4b5", shards: 16, asOf: 1_767_225_600_000, visitors: 9000 };

  test("is read as it was written", () => {
    expect(readBatchPointer(JSON.stringify(pointer))).toEqual(pointer);
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a version that leads elsewhere", JSON.stringify({ ...pointer, version: "../x" })],
    ["no shards", JSON.stringify({ ...pointer, shards: 0 })],
    ["too many shards", JSON.stringify({ ...pointer, shards: 4097 })],
    ["half a visitor", JSON.stringify({ ...pointer, visitors: 0.5 })],
    ["no time", JSON.stringify({ ...pointer, asOf: undefined })],
  ])("is null for %s", (_, text) => {
    expect(readBatchPointer(text)).toBeNull();
  });
});
