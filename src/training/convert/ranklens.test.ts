import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type LogEvent, type LogItem, type LogRecord, parseLogLine } from "../log.ts";
import { convertRankLens } from "./ranklens.ts";

const FIELDS = [
  { name: "title", value: "Moon Harbour" },
  { name: "genres", value: ["drama", "crime"] },
  { name: "tags", value: ["sea", "crime"] },
  { name: "actors", value: ["A. Person"] },
  { name: "release_date", value: -86400 },
  { name: "writer", value: "not kept" },
];
const ITEM = { event: "item", id: "i1", item: "10", timestamp: "100", fields: FIELDS };
const UNDATED = { ...ITEM, id: "i2", item: "11", fields: [{ name: "title", value: "Undated" }] };
const RANKING = {
  event: "ranking",
  id: "r1",
  user: "u1",
  timestamp: "200",
  items: [{ id: "11" }, { id: "99" }, { id: "10" }],
};
const CLICK = {
  event: "interaction",
  id: "c1",
  user: "u1",
  ranking: "r1",
  item: "10",
  type: "click",
  timestamp: "205",
};

async function convert(events: readonly object[]): Promise<LogRecord[]> {
  const dir = mkdtempSync(join(tmpdir(), "nowcast-ranklens-"));
  writeFileSync(join(dir, "events.jsonl.gz"), gzipSync(events.map((event) => `${JSON.stringify(event)}\n`).join("")));
  try {
    return await collect(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function collect(dir: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const line of convertRankLens(dir)) {
    const parsed = parseLogLine(line);
    if ("problem" in parsed) throw new Error(`${parsed.problem}: ${line}`);
    records.push(parsed.record);
  }
  return records;
}

test("a movie becomes an item with its first genre as category and its genres in front of its tags", async () => {
  const [movie, undated] = (await convert([ITEM, UNDATED])) as LogItem[];
  expect(movie).toEqual({
    kind: "item",
    id: "10",
    title: "Moon Harbour",
    category: "drama",
    tags: ["drama", "crime", "sea"],
    publishedAt: -86_400_000,
    attributes: { genres: ["drama", "crime"], actors: ["A. Person"] },
  });
  expect(undated).toEqual({ kind: "item", id: "11", title: "Undated", tags: [], attributes: {} });
});

test("a ranking becomes an impression, and its click carries list and position; ids without metadata stay", async () => {
  const event = { kind: "event", anonymousId: "u1", decisionId: "r1", placement: "ranklens" };
  expect(await convert([RANKING, CLICK])).toEqual([
    { ...event, id: "r1", type: "view_item_list", ts: 200, items: [{ id: "11" }, { id: "99" }, { id: "10" }] },
    { ...event, id: "c1", type: "select_item", ts: 205, items: [{ id: "10" }], position: 2 },
  ]);
});

test("an unsorted source comes out in time order, and at equal times a list precedes its own clicks only", async () => {
  const click = { ...CLICK, timestamp: "200" };
  const other = { ...RANKING, id: "r2", user: "u2" };
  const early = { ...RANKING, id: "r0", timestamp: "150" };
  const earlyClick = { ...CLICK, id: "c0", ranking: "r0", timestamp: "200" };
  const records = await convert([click, other, earlyClick, RANKING, { ...CLICK, id: "c2", timestamp: "200" }, early]);
  expect(records.map((record) => record.id)).toEqual(["r0", "r2", "c0", "r1", "c1", "c2"]);
});

test("a click on an item that its list does not hold is refused", async () => {
  await expect(convert([RANKING, { ...CLICK, item: "12" }])).rejects.toThrow(/its list does not hold item 12/);
  await expect(convert([CLICK])).rejects.toThrow(/click c1/);
});

test("a line of another format is refused with its number", async () => {
  await expect(convert([ITEM, { event: "user", id: "u" }])).rejects.toThrow(/:2: unknown event "user"/);
  await expect(convert([{ ...ITEM, timestamp: "noon" }])).rejects.toThrow(/:1: timestamp is not a number/);
});

const DATA = join(process.env.NOWCAST_DATA ?? "../shared/data", "ranklens");
const absent = !existsSync(join(DATA, "events.jsonl.gz"));

test.skipIf(absent)(
  `the whole dataset has the published counts${absent ? ` (skipped: no ${DATA}, set NOWCAST_DATA)` : ""}`,
  async () => {
    const records = await collect(DATA);
    const items = records.filter((record) => record.kind === "item");
    const events = records.filter((record): record is LogEvent => record.kind === "event");
    const lists = new Map(
      events.filter((event) => event.type === "view_item_list").map((event) => [event.decisionId, event]),
    );
    const clicks = events.filter((event) => event.type === "select_item");
    expect([items.length, lists.size, clicks.length]).toEqual([2512, 9800, 46125]);
    expect(new Set(events.map((event) => event.anonymousId)).size).toBe(2145);
    expect(new Set(clicks.map((click) => click.decisionId)).size).toBe(8773);
    expect([...lists.values()].every((list) => list.items?.length === 24)).toBe(true);
    const described = new Set(items.map((item) => item.id));
    const shown = new Set([...lists.values()].flatMap((list) => (list.items ?? []).map((item) => item.id)));
    expect([...shown].filter((id) => !described.has(id))).toHaveLength(8);

    const opened = new Set<string>();
    const orphans = events.filter((event) => {
      if (event.type === "view_item_list") opened.add(event.decisionId ?? "");
      return !opened.has(event.decisionId ?? "");
    });
    expect(orphans).toHaveLength(0);
    expect(events.filter((event, i) => event.ts < (events[i - 1]?.ts ?? 0))).toHaveLength(0);
    expect(
      clicks.every((click) => lists.get(click.decisionId)?.items?.[click.position ?? -1]?.id === click.items?.[0]?.id),
    ).toBe(true);
  },
);
