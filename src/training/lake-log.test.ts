import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { partitionKey } from "../lake/keys.ts";
import type { Table } from "../lake/message.ts";
import { encodeParquet } from "../lake/parquet.ts";
import type { LakeRow } from "../lake/tables.ts";
import { buildHistory } from "./history.ts";
import { type LakeVisitor, readLake, readLakeVisitors } from "./lake-log.ts";
import type { LogRecord } from "./log.ts";

let dir: string;
let segment = 0;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-lake-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function write(table: Table, rows: readonly LakeRow[], site = "default"): Promise<void> {
  const path = join(dir, partitionKey(table, site, rows[0]?.receivedAt ?? 0, "log-0", ++segment));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, new Uint8Array(encodeParquet(table, rows)));
}

const event = (visitor: string, seq: number, receivedAt: number, fields: object = {}): LakeRow => ({
  id: `${visitor}-${seq}`,
  type: "page_view",
  ts: receivedAt,
  receivedAt,
  visitor,
  seq,
  anonymousId: visitor,
  ...fields,
});

async function read(options = {}): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readLake(dir, options)) records.push(record);
  return records;
}
const ids = (records: readonly LogRecord[]): string[] => records.map(({ id }) => id);

test("a whole history comes back as it went in, whatever files it is spread over", async () => {
  const records = simulateLog({ seed: 6, endTs: 1_732_280_000_000, shoppers: 8 });
  const history = buildHistory(records);
  const events = history.visitors.flatMap(({ key, events }) => events.map((event) => ({ ...event, visitor: key })));
  const items = [...history.items.values()].map(({ kind, ...item }, i) => ({ ...item, seq: i + 1, receivedAt: 1 }));
  for (let at = 0; at < events.length; at += 97) await write("events", events.slice(at, at + 97) as LakeRow[]);
  await write("items", items);

  const back = buildHistory(await read());
  expect(back.items).toEqual(history.items);
  const byKey = (key: string) => back.visitors.find((visitor) => visitor.key === key)?.events;
  for (const { key, events } of history.visitors) expect(byKey(key)).toEqual(events);
  expect(back.queries.map(({ list }) => list.id)).toEqual(history.queries.map(({ list }) => list.id));
});

test("events come by time of receipt; a visitor's own in the order of seq even where its clock went back", async () => {
  await write("events", [event("v", 2, 50), event("w", 1, 70), event("v", 3, 90)]);
  await write("events", [event("v", 1, 60)]);
  expect(ids(await read())).toEqual(["v-1", "v-2", "w-1", "v-3"]);
});

test("two lives of a visitor, before and after an erasure, are two histories, each in its own order", async () => {
  const life = (incarnation: string, seq: number, at: number) => event("v", seq, at, { incarnation });
  await write("events", [life("b", 1, 30), life("a", 1, 10), life("b", 2, 40), life("a", 2, 20)]);
  const { visitors } = buildHistory(await read());
  expect(visitors.map(({ events }) => events.map(({ ts }) => ts))).toEqual([
    [10, 20],
    [30, 40],
  ]);
  const ordered: number[] = [];
  for await (const { events } of readLakeVisitors(dir)) ordered.push(...events.map(({ ts }) => ts));
  expect(ordered).toEqual([10, 20, 30, 40]);
});

test("rows without a visitor are nobody's history", async () => {
  await write("events", [event("v", 1, 10), event("v", 2, 20, { visitor: null, id: null, seq: null })]);
  expect(ids(await read())).toEqual(["v-1"]);
});

test("what went to a user's object is the user's, under whatever id it came; a merge in the log is not made again", async () => {
  const login = { anonymousId: "a", userId: "u" };
  await write("events", [event("default:a:1", 1, 10, { anonymousId: "a" })]);
  await write("events", [event("default:u:1", 1, 20, login), event("default:u:1", 2, 30, { anonymousId: "a" })]);
  const { visitors } = buildHistory(await read());
  expect(visitors.map(({ key, events }) => [key, events.map(({ id }) => id)])).toEqual([
    ["a:a", ["default:a:1-1"]],
    ["u:u", ["default:u:1-1", "default:u:1-2"]],
  ]);
});

test("an event without ids has its visitor's pseudonym; ts is never after the receipt", async () => {
  await write("events", [
    event("default:a:x", 1, 10, { anonymousId: null, ts: 15, items: [{ id: "i", price: 2 }], value: 3, position: 4 }),
    event("default:u:y", 1, 20, { anonymousId: "a", userId: "u", properties: { k: [1] } }),
  ]);
  expect(await read()).toEqual([
    {
      kind: "event",
      id: "default:a:x-1",
      type: "page_view",
      ts: 10,
      receivedAt: 10,
      visitor: "default:a:x",
      anonymousId: "default:a:x",
      items: [{ id: "i", price: 2 }],
      value: 3,
      position: 4,
    },
    {
      kind: "event",
      id: "default:u:y-1",
      type: "page_view",
      ts: 20,
      receivedAt: 20,
      visitor: "default:u:y",
      anonymousId: "a",
      userId: "u",
      properties: { k: [1] },
    },
  ]);
});

test("the newest row of an item holds, a deleted one is left out, and items come first", async () => {
  await write("events", [event("v", 1, 10)]);
  const item = (id: string, seq: number, fields: object): LakeRow => ({ id, seq, receivedAt: seq, ...fields });
  await write("items", [item("x", 1, { title: "old", tags: ["t"] }), item("y", 3, { title: "y" })]);
  await write("items", [
    item("y", 5, { deleted: true }),
    item("x", 4, { title: "new", tags: ["a", "b"], attributes: { watt: 7 }, publishedAt: 12, available: false }),
  ]);
  const [x, ...rest] = await read();
  expect(x).toEqual({
    kind: "item",
    id: "x",
    title: "new",
    tags: ["a", "b"],
    attributes: { watt: 7 },
    publishedAt: 12,
    available: false,
  });
  expect(ids(rest)).toEqual(["v-1"]);
});

test("until leaves out what was received from then on, of items too; sites are apart", async () => {
  await write("events", [event("v", 1, 10), event("v", 2, 20)]);
  await write("events", [event("other", 1, 5)], "shop-2");
  await write("items", [
    { id: "x", seq: 1, receivedAt: 5, title: "old" },
    { id: "x", seq: 2, receivedAt: 25, title: "new" },
  ]);
  expect(await read({ until: 20 })).toMatchObject([{ id: "x", title: "old" }, { id: "v-1" }]);
  expect(ids(await read({ site: "shop-2" }))).toEqual(["other-1"]);
});

test("a folder without events of the site is refused", async () => {
  await expect(read()).rejects.toThrow(/holds no events of site default/);
  await write("events", [event("v", 1, 10)]);
  await expect(read({ site: "nope" })).rejects.toThrow(/holds no events of site nope/);
});

test("visitor by visitor, events come under the pseudonym, in the order of seq, whatever files they are in", async () => {
  await write("events", [event("w", 1, 70), event("v", 2, 50, { bot: true })]);
  await write("events", [event("v", 1, 60, { anonymousId: null, userId: "u" })]);
  await write("events", [event("x", 1, 5)], "shop-2");
  const visitors: LakeVisitor[] = [];
  for await (const visitor of readLakeVisitors(dir)) visitors.push(visitor);
  expect(visitors.map(({ visitor, events }) => [visitor, ids(events)])).toEqual([
    ["v", ["v-1", "v-2"]],
    ["w", ["w-1"]],
  ]);
  expect(visitors[0]?.events).toMatchObject([{ userId: "u" }, { bot: true }]);
  await expect(readLakeVisitors(dir, { site: "nope" }).next()).rejects.toThrow(/holds no events of site nope/);
});
