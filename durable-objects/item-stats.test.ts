import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { items as config } from "../nowcast.config.ts";
import { encodePart } from "../src/catalog/delta.ts";
import { byItemShard, itemEpochsName, itemShardName, itemShardOf, itemsOfVersion1 } from "../src/catalog/item-shard.ts";
import { ItemTable } from "../src/catalog/item-table.ts";
import { encodeOutcomes } from "../src/catalog/outcome-codec.ts";
import { type CountedEvent, outcomesOf } from "../src/catalog/outcomes.ts";
import { encodePairs, type PairedEvent, pairsOf } from "../src/catalog/pairs.ts";
import { ruleFactsOf } from "../src/catalog/rule-facts.ts";
import { trend } from "../src/catalog/trend.ts";
import { epochKey, epochOfKey, itemBaseKey, itemBasePrefix } from "../src/lake/keys.ts";
import { bareRow, someEvents } from "../tests/support/item-events.ts";
import { cachedEpochs, directEpochs, type EpochSource } from "../workers/decision/item-epochs.ts";
import { BYTES_A_BASE, EPOCHS_A_BASE } from "./item-epochs.ts";

const NOW = 1_732_280_000_000;
/** As all items of these tests but for the random ones, of shard 0. */
const lamp = { id: "lamp", title: "Lamp", category: "lamps", price: 12, available: true };

const shardOf = (site: string, shard = 0) => ({
  stub: env.ITEM_STATS.getByName(itemShardName(site, shard)),
  at: { site, shard },
});
const epochsOf = (site: string) => env.ITEM_EPOCHS.getByName(itemEpochsName(site));
const listOf = (...ids: string[]): CountedEvent => ({
  type: "view_item_list",
  items: ids.map((id) => ({ id })),
  receivedAt: NOW,
});
const segmentOf = (segment: number, events: readonly (CountedEvent & PairedEvent)[], log = "log-0") => ({
  log,
  segment,
  outcomes: encodeOutcomes(events.flatMap(outcomesOf)),
  pairs: encodePairs(events.flatMap(pairsOf)),
});

function idsOfShard0(prefix: string, count: number): string[] {
  const ids: string[] = [];
  for (let i = 0; ids.length < count; i++) {
    if (itemShardOf(`${prefix}-${i}`, config.shards) === 0) ids.push(`${prefix}-${i}`);
  }
  return ids;
}

async function tableOf(site: string, table = new ItemTable()): Promise<ItemTable> {
  const { epoch } = await epochsOf(site).head();
  const delta = await epochsOf(site).range(table.epoch, epoch);
  if (delta !== null) table.apply(delta);
  return table;
}

/** Everything that a table says, by item. */
function said(table: ItemTable) {
  const items = table.ids.map((id, slot) => ({
    row: table.rowAt(slot),
    expected: table.expectedClicks(slot),
    trend: trend(table, slot, NOW),
    week: table.windowCount(slot, "clicks", "7d", NOW),
    id,
  }));
  return { expected: table.expectedClicksInAll, items: items.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

describe("items and their statistics", () => {
  test("what pages show of an item is what was put last; of one that was never put, or is deleted, nothing", async () => {
    const { stub, at } = shardOf("site-displays");
    const large = { story: "x".repeat(3_000) };
    const full = { ...lamp, url: "/lamp", tags: ["brass"], attributes: { color: "red" } };
    await stub.putItems(at, [full, { id: "vase", title: "Vase", attributes: large }, { id: "gone", title: "Gone" }]);
    await stub.patchItem(at, "lamp", { title: "Lamp no. 2", price: 9 });
    await stub.deleteItem(at, "gone");
    await stub.applyOutcomes(at, segmentOf(1, [listOf("named")]));
    const displays = await stub.displaysOf(["nowhere", "lamp", "gone", "vase", "named"]);
    expect(displays.map((display) => (display === null ? null : JSON.parse(display)))).toEqual([
      null,
      { title: "Lamp no. 2", url: "/lamp", price: 9, category: "lamps", attributes: { color: "red" } },
      null,
      { title: "Vase" },
      null,
    ]);
  });

  test("what rules ask of an item is what was put last, whatever is counted after it, in a base too", async () => {
    const { stub, at } = shardOf("site-facts");
    const told = async (table: ItemTable, id: string) => table.facts.read(table.slotOf(id));
    await stub.putItems(at, [
      { ...lamp, brand: "Lumen", tags: ["brass"] },
      { id: "vase", publishedAt: NOW },
    ]);
    await stub.applyOutcomes(at, segmentOf(1, [listOf("lamp", "vase", "named")]));
    const before = await tableOf("site-facts");
    expect(await told(before, "lamp")).toEqual(ruleFactsOf({ brand: "Lumen", tags: ["brass"] }));
    expect(await told(before, "vase")).toEqual(ruleFactsOf({ publishedAt: NOW }));
    expect(await told(before, "named")).toBeNull();
    await stub.patchItem(at, "lamp", { brand: "Lux" });
    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(2, [listOf("lamp")]));
    for (const table of [await tableOf("site-facts"), await tableOf("site-facts", before)]) {
      expect(await told(table, "lamp")).toEqual(ruleFactsOf({ brand: "Lux", tags: ["brass"] }));
      expect(await told(table, "vase")).toEqual(ruleFactsOf({ publishedAt: NOW }));
    }
  });

  test("every change is an epoch, and a range brings any older copy up to it", async () => {
    const { stub, at } = shardOf("site-a");
    expect(await stub.putItems(at, [lamp, { id: "vase" }])).toBe(1);
    expect(await stub.patchItem(at, "lamp", { price: 9, available: false })).toBe(2);
    expect(await stub.deleteItem(at, "vase")).toBe(3);
    expect(await stub.patchItem(at, "vase", { price: 1 })).toBeNull();
    expect(await stub.deleteItem(at, "nowhere")).toBeNull();
    await evictDurableObject(stub);
    await evictDurableObject(epochsOf("site-a"));
    const table = await tableOf("site-a");
    expect(table.epoch).toBe(3);
    expect(table.price[table.slotOf("lamp")]).toBe(9);
    expect([table.available[table.slotOf("lamp")], table.available[table.slotOf("vase")]]).toEqual([0, 0]);
    const late = new ItemTable();
    late.epoch = 2;
    expect((await tableOf("site-a", late)).ids).toEqual(["vase"]);
    expect(await epochsOf("site-a").range(3, 3)).toBeNull();
    expect(await epochsOf("site-a").range(2, 4)).toBeNull();
  });

  test("a segment's outcomes are folded once, however often they are delivered, and from however many logs", async () => {
    const { stub, at } = shardOf("site-b");
    await stub.putItems(at, [lamp]);
    const click: CountedEvent = { type: "select_item", items: [{ id: "lamp" }], receivedAt: NOW };
    const purchase: CountedEvent = { type: "purchase", items: [{ id: "mug" }], value: 7.5, receivedAt: NOW };
    const events = [listOf("lamp"), listOf("lamp"), click, purchase];
    expect(await stub.applyOutcomes(at, segmentOf(5, events))).toBe(2);
    await evictDurableObject(stub);
    expect(await stub.applyOutcomes(at, segmentOf(5, events))).toBe(2);
    expect(await stub.applyOutcomes(at, segmentOf(4, events))).toBe(2);
    expect(await stub.applyOutcomes(at, segmentOf(5, events, "log-1"))).toBe(3);
    const table = await tableOf("site-b");
    const slot = table.slotOf("lamp");
    expect([table.impressions[slot], table.clicks[slot], table.price[slot]]).toEqual([4, 2, 12]);
    expect([table.purchases[table.slotOf("mug")], table.revenue[table.slotOf("mug")]]).toEqual([2, 1500]);
  });

  test("a delta whose publication was not heard of is handed on by the alarm and changes nothing", async () => {
    const { stub, at } = shardOf("site-d");
    await stub.putItems(at, [lamp]);
    // As if the object had died between its own transaction and the answer of the sequencer.
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("INSERT INTO unpublished_parts (n, part) VALUES (1, x'00')");
    });
    await runDurableObjectAlarm(stub);
    expect((await epochsOf("site-d").head()).epoch).toBe(1);
    expect((await tableOf("site-d")).ids).toEqual(["lamp"]);
  });

  test("each epoch's delta reaches R2, and applying them gives the same table", async () => {
    const { stub, at } = shardOf("site-c");
    await stub.putItems(at, [lamp]);
    await stub.applyOutcomes(at, segmentOf(1, [listOf("lamp", "vase"), listOf("lamp")]));
    await runDurableObjectAlarm(epochsOf("site-c"));
    const rebuilt = new ItemTable();
    for (const epoch of [1, 2]) {
      const file = await env.LAKE.get(epochKey("site-c", epoch));
      rebuilt.apply(new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0)));
    }
    expect(rebuilt.epoch).toBe(2);
    expect(said(rebuilt)).toEqual(said(await tableOf("site-c")));
  });

  test("shards that folded batches and the offline fold over the same events are equal to the bit", {
    timeout: 30_000,
  }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(someEvents(NOW), { minLength: 1, maxLength: 4 }), async (batches) => {
        const site = `parity-${run++}`;
        const offline = new ItemTable();
        const live = new ItemTable();
        for (const [segment, events] of batches.entries()) {
          const outcomes = byItemShard(events.flatMap(outcomesOf), ({ itemId }) => itemId, config.shards);
          const pairs = byItemShard(events.flatMap(pairsOf), ({ itemId }) => itemId, config.shards);
          for (const shard of new Set([...outcomes.keys(), ...pairs.keys()])) {
            const { stub, at } = shardOf(site, shard);
            const batch = {
              log: "log-0",
              segment,
              outcomes: encodeOutcomes(outcomes.get(shard) ?? []),
              pairs: encodePairs(pairs.get(shard) ?? []),
            };
            await stub.applyOutcomes(at, batch);
            if (segment % 2 === 0) await stub.applyOutcomes(at, batch);
          }
          for (const event of events) offline.observe(event);
          await tableOf(site, live);
          expect(said(live)).toEqual(said(offline));
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("pairs of items", () => {
  const view = (id: string, ...follows: string[]): CountedEvent & PairedEvent => ({
    type: "view_item",
    items: [{ id }],
    receivedAt: NOW,
    follows: follows.map((id) => ({ id, weight: 256 })),
  });

  test("are counted once, however often a segment is delivered, and outlive the object's memory", async () => {
    const { stub, at } = shardOf("site-pairs");
    await stub.putItems(at, [lamp, { id: "vase" }, { id: "mug" }]);
    const events = [view("lamp"), view("vase", "lamp"), view("mug", "vase", "lamp")];
    await stub.applyOutcomes(at, segmentOf(1, events));
    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(1, events));
    await stub.applyOutcomes(at, segmentOf(2, [view("vase", "lamp")]));
    const table = await tableOf("site-pairs");
    const { successors } = table;
    const slot = table.slotOf("lamp");
    const factor = successors.factorAt(slot, NOW);
    const first = successors.firstOf(slot);
    const served = Array.from({ length: successors.sizeOf(slot) }, (_, at) => [
      table.ids[table.slotOfHash(successors.next[first + at] as number)],
      (successors.weight[first + at] as number) * factor,
    ]);
    expect(served).toEqual([
      ["vase", expect.closeTo(2, 6)],
      ["mug", expect.closeTo(1, 6)],
    ]);
    expect(successors.totalOf(slot) * factor).toBeCloseTo(3, 6);
  });

  test("of an item that is not known any more make no row of it", async () => {
    const { stub, at } = shardOf("site-gone");
    await stub.putItems(at, [lamp]);
    await stub.applyOutcomes(at, segmentOf(1, [view("lamp", "vase")]));
    expect((await tableOf("site-gone")).ids).toEqual(["lamp"]);
  });

  test("cost one row a batch, however many items they are of", async () => {
    const { stub, at } = shardOf("site-rows");
    const ids = idsOfShard0("many", 60);
    await stub.putItems(at, [lamp, ...ids.map((id) => ({ id }))]);
    let segment = 0;
    /** Rows changed by a batch, what every batch costs with it. */
    const changes = async (...events: (CountedEvent & PairedEvent)[]): Promise<number> => {
      const counted = (): Promise<number> =>
        runInDurableObject(
          stub,
          (_, { storage }) => storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n,
        );
      const before = await counted();
      await stub.applyOutcomes(at, segmentOf(++segment, events));
      return (await counted()) - before;
    };
    await changes(view("lamp"));
    const bare = await changes(view("lamp"));
    expect(await changes(view("lamp", ...ids.slice(0, 5)))).toBe(bare + 1);
    // A dozen visitors who come to one item from five others each.
    const many = Array.from({ length: 12 }, (_, visitor) => view("lamp", ...ids.slice(visitor * 5, visitor * 5 + 5)));
    expect(await changes(...many)).toBe(bare + 1);
    // An item's own row takes what waits of it.
    expect(await changes(view("lamp"), view(ids[0] as string))).toBe(bare + 2);
    const before = await tableOf("site-rows");
    await evictDurableObject(stub);
    await changes(view("lamp", ...ids));
    const table = await tableOf("site-rows");
    const weightOf = (of: ItemTable, id: string) =>
      of.successors.weight[of.successors.firstOf(of.slotOf(id))] as number;
    for (const id of ids.slice(0, 5)) expect(weightOf(table, id) / weightOf(before, id)).toBeCloseTo(1.5, 6);
    expect(weightOf(table, ids[9] as string) / weightOf(before, ids[9] as string)).toBe(1);
  });

  test("that are too many to wait go to their items' rows, and none is lost or counted twice", async () => {
    const { stub, at } = shardOf("site-many-pairs");
    const ids = idsOfShard0("a-rather-long-name-of-an-item", 400);
    await stub.putItems(at, [lamp, ...ids.map((id) => ({ id }))]);
    const waiting = () =>
      runInDurableObject(
        stub,
        (_, { storage }) =>
          storage.sql
            .exec<{ bytes: number }>("SELECT coalesce(sum(length(pairs)), 0) AS bytes FROM waiting_pairs")
            .one().bytes,
      );
    const sizes: number[] = [];
    for (let segment = 1; segment <= 9; segment++) {
      const events = Array.from({ length: 240 }, (_, n) =>
        view("lamp", ...ids.slice((n * 5) % 400, ((n * 5) % 400) + 5)),
      );
      await stub.applyOutcomes(at, segmentOf(segment, events));
      sizes.push(await waiting());
      if (segment % 2 === 0) await evictDurableObject(stub);
    }
    expect(Math.max(...sizes)).toBeGreaterThan(20_000);
    expect(Math.max(...sizes)).toBeLessThan(80_000);
    expect(sizes.some((size, i) => i > 0 && size < (sizes[i - 1] as number))).toBe(true);
    const table = await tableOf("site-many-pairs");
    const { successors } = table;
    for (const id of ids) {
      const slot = table.slotOf(id);
      expect((successors.weight[successors.firstOf(slot)] as number) * successors.factorAt(slot, NOW)).toBeCloseTo(
        27,
        4,
      );
    }
  });

  test("are taken back where they are too many, from the tables as well", async () => {
    const { stub, at } = shardOf("site-scarce");
    await stub.putItems(at, [lamp, { id: "vase" }, { id: "mug" }]);
    await stub.applyOutcomes(at, segmentOf(1, [view("vase", "lamp"), view("mug", "vase")]));
    const table = await tableOf("site-scarce");
    const served = () => ["lamp", "vase", "mug"].map((id) => table.successors.sizeOf(table.slotOf(id)));
    expect(served()).toEqual([1, 1, 0]);
    // As if there were others, and pairs had to weigh 256 clicks to be seen from now on.
    const setBudget = (change: string) =>
      runInDurableObject(stub, (_, { storage }) => {
        storage.sql.exec(`UPDATE shard_state SET pairs = json_set(pairs, ${change})`);
      });
    await setBudget(`'$.served', ${config.maxPairs / config.shards}, '$.level', 14`);
    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(2, [view("lamp", "mug")]));
    await tableOf("site-scarce", table);
    expect(served()).toEqual([0, 0, 0]);
    // They were counted all the while.
    await setBudget("'$.served', 0, '$.level', 0, '$.walkedTo', NULL");
    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(3, [view("lamp", "mug"), view("vase", "lamp"), view("mug", "vase")]));
    await tableOf("site-scarce", table);
    expect(served()).toEqual([1, 1, 1]);
    const { successors } = table;
    const slot = table.slotOf("mug");
    expect((successors.weight[successors.firstOf(slot)] as number) * successors.factorAt(slot, NOW)).toBeCloseTo(2, 6);
  });

  test("a shard of the version before goes on with what it has, and counts them from then on", async () => {
    const { stub, at } = shardOf("site-before");
    await stub.putItems(at, [lamp, { id: "vase" }]);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("ALTER TABLE item_rows DROP COLUMN pairs");
      storage.sql.exec("ALTER TABLE item_rows DROP COLUMN since");
    });
    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(1, [view("lamp"), view("vase", "lamp")]));
    const table = await tableOf("site-before");
    expect(table.successors.sizeOf(table.slotOf("lamp"))).toBe(1);
    expect([table.since[table.slotOf("lamp")], table.views[table.slotOf("lamp")]]).toEqual([0, 1]);
  });
});

describe("what anyone can send", () => {
  const limit = config.maxUnlisted / config.shards;
  const rowsOf = (stub: DurableObjectStub) =>
    runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec<{ rows: number }>("SELECT count(*) AS rows FROM item_rows").one(),
    );

  test("items that only events name are kept up to a bound; those with the least recent traffic go, everywhere", {
    timeout: 60_000,
  }, async () => {
    const { stub, at } = shardOf("site-h");
    const week = 7 * 86_400_000;
    const old = idsOfShard0("old", 3);
    const busy = idsOfShard0("busy", 2);
    await stub.putItems(at, [lamp]);
    await stub.deleteItem(at, "lamp");
    await stub.applyOutcomes(at, segmentOf(1, [{ ...listOf(...old), receivedAt: NOW - week }]));
    // Twenty showings two weeks ago weigh more than one now.
    const often = Array.from({ length: 20 }, () => ({ ...listOf(...busy), receivedAt: NOW - 2 * week }));
    await stub.applyOutcomes(at, segmentOf(2, often));
    const offline = new ItemTable();
    for (const event of [{ ...listOf(...old), receivedAt: NOW - week }, ...often]) offline.observe(event);
    const live = await tableOf("site-h");
    expect(live.size).toBe(6);

    const flood = idsOfShard0("made-up", limit + 500);
    await stub.applyOutcomes(at, segmentOf(3, [listOf(...flood.slice(0, limit - 4))]));
    expect((await rowsOf(stub)).rows).toBe(limit + 1);
    offline.observe(listOf(...flood.slice(0, limit - 4)));
    expect([...(await tableOf("site-h", live)).ids].filter((id) => old.includes(id))).toHaveLength(2);

    await evictDurableObject(stub);
    await stub.applyOutcomes(at, segmentOf(4, [listOf(...flood.slice(limit - 4))]));
    offline.observe(listOf(...flood.slice(limit - 4)));
    expect((await rowsOf(stub)).rows).toBe(limit + 1);
    await tableOf("site-h", live);
    const whole = await tableOf("site-h");
    expect([live.size, whole.size]).toEqual([limit + 1, limit + 1]);
    expect(said(live)).toEqual(said(whole));
    expect(old.filter((id) => live.slotOf(id) >= 0)).toEqual([]);
    expect([live.deleted[live.slotOf("lamp")], live.impressions[live.slotOf(busy[0] as string)]]).toEqual([1, 20]);
    // What was dropped is still part of the catalogue's totals.
    expect([live.meanClickRate, live.expectedClicksInAll]).toEqual([
      offline.meanClickRate,
      offline.expectedClicksInAll,
    ]);

    // A flood that finds no room changes no item, and no row.
    expect(flood.slice(0, limit - 4).every((id) => live.slotOf(id) >= 0)).toBe(true);
    const before = said(live).items;
    const more = listOf(...idsOfShard0("more", 5_000));
    await stub.applyOutcomes(at, segmentOf(9, [more]));
    offline.observe(more);
    const delta = await epochsOf("site-h").range(live.epoch, live.epoch + 1);
    expect(delta?.length).toBeLessThan(100);
    await tableOf("site-h", live);
    expect(said(live).items.map(({ row }) => row)).toEqual(before.map(({ row }) => row));
    expect(live.meanClickRate).toBe(offline.meanClickRate);

    // One that is put is in the catalogue, and makes room.
    await stub.putItems(at, [{ id: busy[0] as string }]);
    await stub.applyOutcomes(at, segmentOf(10, [listOf("vase"), listOf("vase")]));
    expect((await rowsOf(stub)).rows).toBe(limit + 2);
  });

  test("an item of another shard is left out, whatever bytes its id has", async () => {
    const { stub, at } = shardOf("site-i");
    const foreign = ["\uFEFFsku-1", "sku-1"];
    expect(foreign.map((id) => itemShardOf(id, config.shards))).toEqual([0, 3]);
    await stub.applyOutcomes(at, segmentOf(1, [listOf(...foreign, "lamp")]));
    await stub.applyOutcomes(at, segmentOf(2, [listOf("sku-1")]));
    expect((await tableOf("site-i")).ids).toEqual(["\uFEFFsku-1", "lamp"]);
  });

  test("a time to come counts as now", async () => {
    const { stub, at } = shardOf("site-j");
    const ahead = Date.now() + 400 * 86_400_000;
    await stub.applyOutcomes(at, segmentOf(1, [{ ...listOf("lamp"), receivedAt: ahead }]));
    const { statistics } = (await tableOf("site-j")).rowAt(0);
    expect(Math.abs(statistics.hour - Date.now() / 3_600_000)).toBeLessThan(2);
  });
});

describe("the sequencer", () => {
  test("is asked once for what the cache of its data centre holds", async () => {
    const { stub, at } = shardOf("site-g");
    await stub.putItems(at, [lamp]);
    const direct = directEpochs(epochsOf("site-g"));
    const asked: string[] = [];
    const ask = <T>(what: string, answer: Promise<T>): Promise<T> => {
      asked.push(what);
      return answer;
    };
    const counting: EpochSource = {
      head: () => ask("head", direct.head()),
      range: (head, from) => ask("range", direct.range(head, from)),
      base: (head) => ask("base", direct.base(head)),
    };
    const writes: Promise<unknown>[] = [];
    const cached = cachedEpochs(
      "site-g",
      counting,
      () => caches.open("nowcast-items"),
      (write) => void writes.push(write),
    );
    for (let isolate = 0; isolate < 3; isolate++) {
      const table = new ItemTable();
      table.apply(await cached.range(await cached.head(), 0));
      expect(table.price[0]).toBe(12);
      await Promise.all(writes);
    }
    // A head lives for a second, which a slow machine may need.
    expect(asked.filter((what) => what === "range")).toEqual(["range"]);
    expect(asked.filter((what) => what === "head").length).toBeLessThan(3);
  });

  test("writes the whole catalogue from time to time and forgets deltas that are long past", {
    timeout: 30_000,
  }, async () => {
    const epochs = epochsOf("site-e");
    const { stub, at } = shardOf("site-e");
    await stub.putItems(at, [lamp]);
    await stub.applyOutcomes(at, segmentOf(1, [listOf("lamp")]));
    const part = await runInDurableObject(epochs, (_, { storage }) => {
      return storage.sql.exec<{ part: ArrayBuffer }>("SELECT part FROM deltas WHERE epoch = 2").one().part;
    });
    let n = 0;
    const publish = async (times: number, bytes = new Uint8Array(part)) => {
      await runInDurableObject(epochs, async (object) => {
        for (let i = 0; i < times; i++) await object.publish("site-e", { shard: 1, incarnation: "x", n: ++n }, bytes);
      });
      await runDurableObjectAlarm(epochs);
    };
    await publish(EPOCHS_A_BASE - 3);
    expect((await epochs.head()).base).toBe(0);
    await publish(1);
    expect(await epochs.head()).toMatchObject({ base: EPOCHS_A_BASE, oldest: 0 });
    // A few large deltas are as much to read as many small ones.
    const rows = Array.from({ length: 2500 }, (_, i) =>
      bareRow({ id: `item-${i}`, deleted: false, available: true, price: i, category: "c".repeat(600) }, {}),
    );
    const large = encodePart({ shard: 1, sinceHour: null, clicksAt: [], rows });
    await publish(Math.ceil(BYTES_A_BASE / large.length), large);
    const head = await epochs.head();
    expect(head).toMatchObject({ base: head.epoch, oldest: EPOCHS_A_BASE });
    expect(head.epoch).toBeLessThan(EPOCHS_A_BASE + 10);
    await publish(2);
    expect(await epochs.head()).toMatchObject({ epoch: head.epoch + 2, base: head.base });
    expect(await epochs.range(head.oldest - 1, head.epoch)).toBeNull();
    const stream = await epochs.base(head.base);
    const table = new ItemTable();
    table.apply(new Uint8Array(await new Response(stream).arrayBuffer()));
    expect([table.epoch, table.price[table.slotOf("lamp")], table.impressions[0]]).toEqual([head.base, 12, 1]);
    expect(await epochs.base(7)).toBeNull();
    expect((await env.LAKE.head(itemBaseKey("site-e", EPOCHS_A_BASE)))?.size).toBeGreaterThan(0);
    const kept = await runInDurableObject(epochs, (_, { storage }) =>
      storage.sql.exec<{ first: number }>("SELECT min(epoch) AS first FROM deltas").one(),
    );
    expect(kept.first).toBe(EPOCHS_A_BASE + 1);
  });

  test("keeps two bases, and makes one that got lost again from the epochs, in steps, whatever lies in between", {
    timeout: 60_000,
  }, async () => {
    const site = "site-k";
    const epochs = epochsOf(site);
    const { stub, at } = shardOf(site);
    await stub.putItems(at, [lamp]);
    let n = 0;
    const publish = async (times: number) => {
      await runInDurableObject(epochs, async (object) => {
        for (let i = 0; i < times; i++, n++) {
          const row = bareRow({ id: `item-${n % 9}`, deleted: false, available: true, price: n, category: "" }, {});
          const part = encodePart({
            shard: 1,
            sinceHour: null,
            clicksAt: [],
            rows: [row],
            droppedIds: [`item-${n % 7}x`],
          });
          await object.publish(site, { shard: 1, incarnation: "x", n: n + 1 }, part);
        }
      });
      await runDurableObjectAlarm(epochs);
    };
    const basesOf = async () => {
      const { objects } = await env.LAKE.list({ prefix: itemBasePrefix(site) });
      return objects.map(({ key }) => epochOfKey(key));
    };
    const baseOf = async (epoch: number) => {
      const stream = await epochs.base(epoch);
      return stream === null ? null : new Uint8Array(await new Response(stream).arrayBuffer());
    };
    await publish(EPOCHS_A_BASE - 1);
    await publish(EPOCHS_A_BASE);
    await publish(EPOCHS_A_BASE);
    expect(await basesOf()).toEqual([2 * EPOCHS_A_BASE, 3 * EPOCHS_A_BASE]);

    const { base } = await epochs.head();
    const lost = await baseOf(base);
    for (const loss of ["newest", "all", "damaged"]) {
      if (loss === "all") await env.LAKE.delete((await basesOf()).map((epoch) => itemBaseKey(site, epoch)));
      if (loss === "newest") await env.LAKE.delete(itemBaseKey(site, base));
      if (loss === "damaged") await env.LAKE.put(itemBaseKey(site, base), "garbage");
      if (loss !== "damaged") expect(await baseOf(base)).toBeNull();
      // More than one step when all are lost.
      for (let alarm = 0; alarm < 4; alarm++) {
        if (loss === "damaged" && alarm === 0) await publish(EPOCHS_A_BASE);
        else await runDurableObjectAlarm(epochs);
      }
      if (loss === "damaged") break;
      const [before, after] = [new ItemTable(), new ItemTable()];
      before.apply(lost as Uint8Array);
      after.apply((await baseOf(base)) as Uint8Array);
      expect(said(after)).toEqual(said(before));
      expect([after.epoch, after.size]).toEqual([base, 10]);
    }
    expect((await epochs.head()).base).toBe(base + EPOCHS_A_BASE);
    expect(await basesOf()).toEqual([base, base + EPOCHS_A_BASE]);
  });

  test("that lost its storage goes on after the epochs in R2, and writes none of them over", async () => {
    const site = "site-l";
    const before = [1, 2, 3, 900, 901];
    for (const epoch of before) await env.LAKE.put(epochKey(site, epoch), String(epoch));
    await env.LAKE.put(epochKey(`${site}-other`, 5000), "");
    const { stub, at } = shardOf(site);
    expect(await stub.putItems(at, [lamp])).toBe(902);
    await runDurableObjectAlarm(epochsOf(site));
    for (const epoch of before) expect(await (await env.LAKE.get(epochKey(site, epoch)))?.text()).toBe(String(epoch));
    expect((await tableOf(site, Object.assign(new ItemTable(), { epoch: 901 }))).ids).toEqual(["lamp"]);
  });

  test("goes on where the epochs of 0.1 ended, from a delta that takes the place of everything", async () => {
    await runInDurableObject(env.ITEM_STATS.getByName(itemsOfVersion1("site-f")), (_, { storage }) => {
      storage.sql.exec("CREATE TABLE state (id INTEGER, site TEXT, epoch INTEGER)");
      storage.sql.exec("INSERT INTO state VALUES (1, 'site-f', 41)");
    });
    const { stub, at } = shardOf("site-f");
    expect(await stub.putItems(at, [lamp])).toBe(42);
    await runDurableObjectAlarm(epochsOf("site-f"));
    const file = await env.LAKE.get(epochKey("site-f", 42));
    const table = new ItemTable();
    table.put("of before", "", 1, true);
    table.epoch = 41;
    table.apply(new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0)));
    expect([table.epoch, table.ids, table.price[0]]).toEqual([42, ["lamp"], 12]);
    expect((await tableOf("site-f", Object.assign(new ItemTable(), { epoch: 41 }))).ids).toEqual(["lamp"]);
  });
});
