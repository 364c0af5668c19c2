import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { utf8Length } from "../kernels/bytes.ts";
import { BATCH_LIMITS, batchShardOf, findBatchEntry } from "../profile/batch-view.ts";
import type { BatchEntry } from "../profile/profile.ts";
import { type BatchView, batchViewOf } from "./batch-view.ts";
import { readBatchShard, readBatchViewPointer, writeBatchView } from "./batch-view-writer.ts";
import type { LakeVisitor } from "./lake-log.ts";
import type { LogEvent, LogItem } from "./log.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;

/** A visitor's events, each some days ago; one of today keeps the view's time in place. */
function visitor(name: string, ...events: [daysAgo: number, type: string, fields?: Partial<LogEvent>][]): LakeVisitor {
  return {
    visitor: `default:a:${name}`,
    events: events.map(([daysAgo, type, fields], i) => ({
      kind: "event",
      id: `${name}-${i}`,
      type,
      ts: NOW - daysAgo * DAY_MS,
      ...fields,
    })),
  };
}
const clock = visitor("clock", [0, "page_view"]);
const order = (value: number, orderId?: string): Partial<LogEvent> => ({ value, ...(orderId ? { orderId } : {}) });
const items = (...ids: string[]): Partial<LogEvent> => ({ items: ids.map((id) => ({ id })) });

const lamps: LogItem[] = [10, 20, 30, 40, 50].map((price) => ({
  kind: "item",
  id: `lamp-${price}`,
  category: "lamps",
  brand: price < 40 ? "Lumen" : "Brass",
  price,
}));
const catalogue = new Map(lamps.map((item) => [item.id, item]));

async function viewOf(...visitors: LakeVisitor[]): Promise<BatchView> {
  const view = await batchViewOf([clock, ...visitors], { items: catalogue, sessionTimeoutMs: 30 * 60_000 });
  if (view === null) throw new Error("there is no view");
  return view;
}
function entryOf({ shards }: BatchView, name: string): BatchEntry | null {
  return findBatchEntry(shards[batchShardOf(`default:a:${name}`, shards.length)] ?? "", `default:a:${name}`);
}
async function segmentsOf(one: LakeVisitor, ...others: LakeVisitor[]): Promise<readonly string[]> {
  return entryOf(await viewOf(one, ...others), one.visitor.slice("default:a:".length))?.segments ?? [];
}

describe("segments", () => {
  test("new is one session of the last month, returning is more than one", async () => {
    expect(await segmentsOf(visitor("v", [3, "page_view"], [3, "view_item"]))).toEqual(["new"]);
    expect(await segmentsOf(visitor("v", [3, "page_view"], [2, "page_view"]))).toEqual(["returning"]);
    expect(await segmentsOf(visitor("v", [40, "page_view"]))).toEqual([]);
  });

  test("a browser looks around in session after session and never orders", async () => {
    const looks = [5, 4, 3].flatMap((day): [number, string, Partial<LogEvent>][] => [
      ...Array.from({ length: 4 }, (): [number, string, Partial<LogEvent>] => [day, "view_item", items("lamp-50")]),
    ]);
    expect(await segmentsOf(visitor("v", ...looks))).toEqual(["returning", "browser"]);
    expect(await segmentsOf(visitor("v", ...looks, [2, "purchase", order(9)]))).not.toContain("browser");
  });

  test("buyers are told by how often they ordered within a year; an order told of twice is one", async () => {
    const ordered = (...orders: [number, string][]) =>
      visitor("v", ...orders.map(([day, id]): [number, string, Partial<LogEvent>] => [day, "purchase", order(10, id)]));
    expect(await segmentsOf(ordered([9, "a"], [9, "a"]))).toEqual(["new", "one_time_buyer"]);
    expect(await segmentsOf(ordered([99, "a"], [50, "b"], [9, "c"]))).toEqual(["returning", "frequent_buyer"]);
    expect(await segmentsOf(ordered([900, "a"], [800, "b"], [9, "c"]))).toEqual(["returning"]);
  });

  test("a buyer without an order for half a year has lapsed, however often they look", async () => {
    const bought: [number, string, Partial<LogEvent>] = [200, "purchase", order(10)];
    expect(await segmentsOf(visitor("v", bought, [1, "page_view"]))).toContain("lapsed");
    expect(await segmentsOf(visitor("v", bought, [1, "purchase", order(10)]))).not.toContain("lapsed");
  });

  test("big spenders are the upper fifth of the buyers, once there are ten, and nobody when all spend the same", async () => {
    const buyers = (count: number, value: (i: number) => number) =>
      Array.from({ length: count }, (_, i) => visitor(`b${i}`, [5, "purchase", order(value(i))]));
    expect((await viewOf(...buyers(20, (i) => 10 * i))).segments.big_spender).toBe(4);
    expect((await viewOf(...buyers(9, (i) => 10 * i))).segments.big_spender).toBeUndefined();
    expect((await viewOf(...buyers(20, () => 50))).segments.big_spender).toBeUndefined();
  });

  test("a deal seeker looks at what is cheap of its kind, or asks for it", async () => {
    const looks = (id: string) =>
      Array.from({ length: 5 }, () => [5, "view_item", items(id)] as [number, string, object]);
    expect(await segmentsOf(visitor("v", ...looks("lamp-10")))).toContain("deal_seeker");
    expect(await segmentsOf(visitor("v", ...looks("lamp-50")))).not.toContain("deal_seeker");
    const asks = (query: string): [number, string, Partial<LogEvent>] => [5, "search", { query }];
    expect(await segmentsOf(visitor("v", asks("cheap lamp"), asks("lamp sale")))).toContain("deal_seeker");
    expect(await segmentsOf(visitor("v", asks("cheap lamp"), asks("lamp")))).not.toContain("deal_seeker");
  });
});

describe("lifetime value", () => {
  test("is what was spent and what a year is expected to bring", async () => {
    // All that is known: two visitors a year long, two orders of 30, so one order a visitor and year.
    const view = await viewOf(
      visitor("buyer", [365.25, "page_view"], [300, "purchase", order(20)], [200, "purchase", order(40)]),
      visitor("other", [365.25, "page_view"]),
    );
    const years = 2 + 1 / 365.25;
    const rate = 2 / years;
    // Own rate 2 a year, everybody's weighs as one year: (rate + 2) / 2. Own mean 30 is everybody's.
    expect(entryOf(view, "buyer")?.lifetimeValue).toBeCloseTo(60 + ((rate + 2) / 2) * 30, 1);
    expect(entryOf(view, "other")?.lifetimeValue).toBeCloseTo((rate / 2) * 30, 1);
  });

  test("falls with the time that a buyer stays away, and by what was paid back", async () => {
    const others = [visitor("x", [300, "purchase", order(50)], [10, "purchase", order(50)])];
    const value = async (...events: Parameters<typeof visitor>[1][]) =>
      entryOf(await viewOf(...others, visitor("v", ...events)), "v")?.lifetimeValue ?? 0;
    expect(await value([10, "purchase", order(50)])).toBeGreaterThan(await value([900, "purchase", order(50)]));
    const kept = await value([10, "purchase", order(50)]);
    expect(await value([10, "purchase", order(50)], [9, "refund", order(20)])).toBeCloseTo(kept - 20, 1);
  });

  test("is 0 for everybody on a site without orders", async () => {
    expect(entryOf(await viewOf(visitor("v", [9, "page_view"])), "v")?.lifetimeValue).toBe(0);
  });

  test("goes by the items' prices when an order names no value", async () => {
    const bought = { items: [{ id: "lamp-10", price: 10, quantity: 3 }] };
    const view = await viewOf(visitor("v", [1, "purchase", bought]));
    expect(entryOf(view, "v")?.lifetimeValue).toBeGreaterThan(30);
  });
});

describe("preferences", () => {
  test("are shares of decayed interactions; the catalogue tells what events leave out", async () => {
    const view = await viewOf(
      visitor(
        "v",
        [0, "view_item", items("lamp-10")],
        [0, "add_to_cart", { items: [{ id: "r", category: "rugs" }] }],
        [180, "add_to_cart", { items: [{ id: "c", category: "chairs" }] }],
      ),
    );
    // 1, 3, and 3 halved.
    expect(entryOf(view, "v")?.categories).toEqual([
      ["rugs", 0.545],
      ["chairs", 0.273],
      ["lamps", 0.182],
    ]);
    expect(entryOf(view, "v")?.brands).toEqual([["Lumen", 1]]);
  });

  test("are the strongest eight, and an entry fits its bytes whatever the names", async () => {
    const many = Array.from({ length: 20 }, (_, i): [number, string, object] => [
      i,
      "view_item",
      { items: [{ id: `i${i}`, category: `é${"\u0001".repeat(50)}${i}`, brand: `b${i}` }] },
    ]);
    const long: [number, string, object] = [0, "view_item", { items: [{ id: "i", category: "c".repeat(65) }] }];
    const view = await viewOf(visitor("v", ...many, long));
    const entry = entryOf(view, "v");
    expect(entry?.brands.map(([name]) => name)).toEqual(["b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"]);
    expect(entry?.categories.length).toBeGreaterThan(0);
    for (const line of view.shards.join("").trimEnd().split("\n")) {
      expect(utf8Length(line)).toBeLessThanOrEqual(BATCH_LIMITS.lineBytes);
    }
  });
});

describe("visitors", () => {
  test("bots are left out, and what the system put in does not count", async () => {
    const session = { system: { kind: "session_end", session: 1 } } as const;
    const view = await viewOf(
      visitor("bot", [1, "page_view", { bot: true }]),
      visitor("v", [3, "page_view"], [2, "session_end", session]),
    );
    expect(entryOf(view, "bot")).toBeNull();
    expect(entryOf(view, "v")?.segments).toEqual(["new"]);
    expect(view.pointer.visitors).toBe(2);
  });

  test("one who logged in is one, with what was done before; a session of both is one", async () => {
    const merge = { system: { kind: "merge", from: "default:a:anonymous", epoch: "1", state: "" } } as const;
    const minute = 1 / 1440;
    const view = await viewOf(
      visitor("anonymous", [9, "view_item", items("lamp-10")], [2, "purchase", order(30, "o1")]),
      visitor("user", [2 - minute, "identity_merged", merge], [2 - minute, "purchase", order(30, "o1")]),
    );
    expect(entryOf(view, "anonymous")).toBeNull();
    expect(entryOf(view, "user")).toMatchObject({
      segments: ["returning", "one_time_buyer"],
      categories: [["lamps", 1]],
    });
    expect(view.pointer.visitors).toBe(2);
  });

  test("nobody gives no view", async () => {
    expect(await batchViewOf([], { items: catalogue, sessionTimeoutMs: 1 })).toBeNull();
  });

  test("every one is in the shard that its name leads to, in as many shards as are needed", async () => {
    const names = Array.from({ length: 1500 }, (_, i) => `v${i}`);
    const view = await viewOf(...names.map((name) => visitor(name, [1, "page_view"])));
    expect(view.pointer.shards).toBe(4);
    expect(names.filter((name) => entryOf(view, name) === null)).toEqual([]);
  });

  test("equal lakes give equal bytes under the same version, another event another", async () => {
    const one = visitor("v", [3, "page_view"], [2, "purchase", order(9)]);
    const view = await viewOf(one, visitor("w", [1, "page_view"]));
    expect(await viewOf(visitor("w", [1, "page_view"]), one)).toEqual(view);
    expect(view.pointer).toMatchObject({ asOf: NOW, version: expect.stringMatching(/^2026-11-22-[0-9a-f]{12}$/) });
    expect((await viewOf(one)).pointer.version).not.toBe(view.pointer.version);
  });
});

describe("the folder", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "nowcast-batch-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  test("is read as it was written, and holds nothing of the view before", async () => {
    expect(await readBatchViewPointer(dir)).toBeNull();
    await writeBatchView(
      dir,
      await viewOf(...Array.from({ length: 600 }, (_, i) => visitor(`v${i}`, [1, "page_view"]))),
    );
    await writeFile(join(dir, "batch", "notes.txt"), "the user's own");
    const view = await viewOf(visitor("v", [1, "page_view"]));
    await writeBatchView(dir, view);
    expect(await readBatchViewPointer(dir)).toEqual(view.pointer);
    expect(new TextDecoder().decode(await readBatchShard(dir, 0))).toBe(view.shards[0]);
    expect((await readdir(join(dir, "batch"))).toSorted()).toEqual(["0.ndjson", "current.json", "notes.txt"]);
  });

  test("with a pointer that is none is refused", async () => {
    await writeBatchView(dir, await viewOf());
    await writeFile(join(dir, "batch", "current.json"), "{}");
    await expect(readBatchViewPointer(dir)).rejects.toThrow(/does not name a batch view/);
  });
});
