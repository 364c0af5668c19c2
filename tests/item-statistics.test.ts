// Item statistics on the whole way: what the system publishes as epochs is the fold over the rows of its lake.
import { expect, test } from "vitest";
import { ItemTable } from "../src/catalog/item-table.ts";
import { type CountedEvent, placementHash } from "../src/catalog/outcomes.ts";
import { trend } from "../src/catalog/trend.ts";
import { postEvents } from "./support/answers.ts";
import { eventually } from "./support/eventually.ts";
import { type Row, readLake } from "./support/lake.ts";
import { useSystem } from "./support/system.ts";

const nowcast = useSystem();
const ITEMS = Array.from({ length: 9 }, (_, index) => `item-${index}`);
const VISITORS = 12;

/** The table that the epochs in R2 make, applied in order. */
async function tableOfEpochs(): Promise<ItemTable> {
  const table = new ItemTable();
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await nowcast.request(`/v1/lake/files?cursor=${encodeURIComponent(cursor)}`);
    const listing = (await page.json()) as { files: { key: string }[]; cursor: string | null };
    for (const { key } of listing.files.filter(({ key }) => key.startsWith("epochs/"))) {
      const file = await nowcast.request(`/v1/lake/file?key=${encodeURIComponent(key)}`);
      table.apply(new Uint8Array(await file.arrayBuffer()));
    }
    cursor = listing.cursor;
  }
  return table;
}

function eventOf(row: Row): CountedEvent {
  const items = typeof row.items === "string" ? JSON.parse(row.items) : row.items;
  return { ...row, items, receivedAt: Number(row.received_at) } as unknown as CountedEvent;
}

function said(table: ItemTable, now: number) {
  const items = table.ids.map((_, slot) => ({
    row: table.rowAt(slot),
    expected: table.expectedClicks(slot),
    trend: trend(table, slot, now),
  }));
  return items.toSorted((a, b) => (a.row.id < b.row.id ? -1 : 1));
}

test("the epochs of the system are, to the bit, the fold over the rows of its lake", async () => {
  for (let visitor = 0; visitor < VISITORS; visitor++) {
    const anonymousId = `v${visitor}`;
    const shown = ITEMS.filter((_, index) => (index + visitor) % 3 !== 0).map((id) => ({ id }));
    const [first] = shown as [{ id: string }];
    const line = { ...first, price: 4.99, quantity: 2 };
    await postEvents(nowcast, {
      events: [
        { id: `l${visitor}`, type: "view_item_list", anonymousId, placement: "home", items: shown },
        { id: `c${visitor}`, type: "select_item", anonymousId, placement: "home", position: 0, items: [first] },
        { id: `a${visitor}`, type: "add_to_cart", anonymousId, items: [line] },
        { id: `p${visitor}`, type: "purchase", anonymousId, items: [line], value: 9.98 },
      ],
    });
  }

  await postEvents(nowcast, {
    id: "crawl",
    type: "select_item",
    anonymousId: "crawler",
    items: [{ id: "crawled" }],
    context: { userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
  });

  const { rows, table } = await untilAllIsThere();

  const offline = new ItemTable();
  for (const row of rows) offline.observe(eventOf(row));
  const now = Math.max(...rows.map((row) => Number(row.received_at))) + 60_000;
  expect(said(table, now)).toEqual(said(offline, now));
  expect(table.sumOf("purchases")).toBe(VISITORS);
  expect(rows.filter(({ bot }) => bot === true)).toHaveLength(1);
  expect(table.slotOf("crawled")).toBe(-1);
  expect(table.revenue.reduce((sum, revenue) => sum + revenue, 0)).toBe(VISITORS * 998);
  expect(table.placements.sumsOf(placementHash("home")).clicks).toBe(VISITORS);
});

/** The rows of the lake, and the epochs once they are in R2: the objects write them a second later. */
async function untilAllIsThere(): Promise<{ rows: Row[]; table: ItemTable }> {
  return eventually(async () => {
    const rows = await readLake(nowcast, "events");
    if (rows.length < VISITORS * 4 + 1) return null;
    const table = await tableOfEpochs();
    const { itemEpoch } = (await (await nowcast.request("/v1/lake/status")).json()) as { itemEpoch: number };
    return table.epoch === itemEpoch && table.sumOf("purchases") === VISITORS ? { rows, table } : null;
  }, 25_000);
}
