import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ItemTable } from "../src/catalog/item-table.ts";
import { epochKey } from "../src/lake/keys.ts";

const lamp = { id: "lamp", title: "Lamp", category: "lamps", price: 12, available: true };

async function tableOf(name: string, since = 0): Promise<ItemTable> {
  const table = new ItemTable();
  table.epoch = since;
  const delta = await env.ITEM_STATS.getByName(name).changesSince(since);
  if (delta !== null) table.apply(delta);
  return table;
}

describe("items and their statistics", () => {
  test("every change is an epoch, and a delta brings any older copy up to it", async () => {
    const stats = env.ITEM_STATS.getByName("site-a:items");
    expect(await stats.putItems("site-a", [lamp, { id: "rug" }])).toBe(1);
    expect(await stats.patchItem("site-a", "lamp", { price: 9, available: false })).toBe(2);
    expect(await stats.deleteItem("site-a", "rug")).toBe(3);
    expect(await stats.patchItem("site-a", "rug", { price: 1 })).toBeNull();
    expect(await stats.deleteItem("site-a", "nowhere")).toBeNull();
    await evictDurableObject(stats);
    const table = await tableOf("site-a:items");
    expect(table.epoch).toBe(3);
    expect(table.price[table.slotOf("lamp")]).toBe(9);
    expect([table.available[table.slotOf("lamp")], table.available[table.slotOf("rug")]]).toEqual([0, 0]);
    expect((await tableOf("site-a:items", 2)).ids).toEqual(["rug"]);
    expect(await stats.changesSince(3)).toBeNull();
  });

  test("a segment's counts are added once, however often they are delivered", async () => {
    const stats = env.ITEM_STATS.getByName("site-b:items");
    await stats.putItems("site-b", [lamp]);
    const counts = [["lamp", { impressions: 10, clicks: 2 }] as const, ["unlisted", { purchases: 1 }] as const];
    const batch = { site: "site-b", log: "log-0", segment: 5, counts };
    expect(await stats.applyCounts(batch)).toBe(2);
    await evictDurableObject(stats);
    expect(await stats.applyCounts(batch)).toBe(2);
    expect(await stats.applyCounts({ ...batch, log: "log-1" })).toBe(3);
    const table = await tableOf("site-b:items");
    const slot = table.slotOf("lamp");
    expect([table.impressions[slot], table.clicks[slot], table.price[slot]]).toEqual([20, 4, 12]);
    expect(table.purchases[table.slotOf("unlisted")]).toBe(2);
  });

  test("each epoch's delta reaches R2, and folding them gives the same table", async () => {
    const stats = env.ITEM_STATS.getByName("site-c:items");
    await stats.putItems("site-c", [lamp]);
    await stats.applyCounts({ site: "site-c", log: "log-0", segment: 1, counts: [["lamp", { clicks: 3 }]] });
    await runDurableObjectAlarm(stats);
    const rebuilt = new ItemTable();
    for (const epoch of [1, 2]) {
      const file = await env.LAKE.get(epochKey("site-c", epoch));
      rebuilt.apply(new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0)));
    }
    const live = await tableOf("site-c:items");
    expect(rebuilt.epoch).toBe(live.epoch);
    expect(rebuilt.clicks[rebuilt.slotOf("lamp")]).toBe(3);
    expect(live.clicks[live.slotOf("lamp")]).toBe(3);
  });
});
