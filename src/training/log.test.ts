import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogError, type LogRecord, parseLogLine, type ReadLogOptions, readLog } from "./log.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nowcast-log-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string, options?: ReadLogOptions): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readLog(path, options)) records.push(record);
  return records;
}

const ITEM = { kind: "item", id: "lamp-1", title: "Læselampe", price: 49.5, tags: ["brass"], attributes: { watt: 7 } };
const EVENT = { id: "e1", type: "view_item", ts: 1732280000000, anonymousId: "a1", items: [{ id: "lamp-1" }] };
const LOG = `${JSON.stringify(ITEM)}\n${JSON.stringify(EVENT)}\n`;

test("items and events come back in file order, and an event needs no kind", async () => {
  expect(await readAll(file("plain.ndjson", LOG))).toEqual([ITEM, { ...EVENT, kind: "event" }]);
});

test("a gzipped log reads like the plain one", async () => {
  expect(await readAll(file("packed.ndjson.gz", gzipSync(LOG)))).toEqual([ITEM, { ...EVENT, kind: "event" }]);
});

test("a byte-order mark, CRLF, empty lines and a missing last line end change nothing", async () => {
  const path = file("windows.ndjson", `\uFEFF${LOG.trim().replaceAll("\n", "\r\n\r\n")}`);
  expect(await readAll(path)).toEqual([ITEM, { ...EVENT, kind: "event" }]);
});

test("a log of many chunks keeps every line whole", async () => {
  const lines = Array.from({ length: 3000 }, (_, i) =>
    JSON.stringify({ kind: "item", id: `ø${i}`, title: "ü".repeat(i % 97) }),
  );
  const records = await readAll(file("long.ndjson", lines.join("\n")));
  expect(
    records.map((record) =>
      JSON.stringify({ kind: "item", id: record.id, title: (record as { title: string }).title }),
    ),
  ).toEqual(lines);
});

test("ISO times become epoch milliseconds, and without a zone they are UTC", () => {
  const read = (fields: object): unknown => parseLogLine(JSON.stringify(fields));
  const at = (ts: unknown): unknown => (read({ ...EVENT, ts }) as { record: { ts: number } }).record.ts;
  expect(at("2026-11-22T10:00:00Z")).toBe(Date.UTC(2026, 10, 22, 10));
  expect(at("2026-11-22T10:00:00+02:00")).toBe(Date.UTC(2026, 10, 22, 8));
  expect(at("2026-11-22T10:00:00.250")).toBe(Date.UTC(2026, 10, 22, 10) + 250);
  expect(at("2026-11-22")).toBe(Date.UTC(2026, 10, 22));
  expect(at(1732280000000.9)).toBe(1732280000000);
  expect(read({ kind: "item", id: "old", publishedAt: "1969-07-20" })).toEqual({
    record: { kind: "item", id: "old", publishedAt: Date.UTC(1969, 6, 20) },
  });
});

test("a null field counts as absent and an unknown field stays", () => {
  const line = JSON.stringify({ ...EVENT, userId: null, query: null, source: "till" });
  expect(parseLogLine(line)).toEqual({ record: { ...EVENT, kind: "event", source: "till" } });
});

test.each([
  ["{", /^not JSON/],
  ["[1]", /must be a JSON object, not \[1\]/],
  ['{"kind":"user","id":"u"}', /kind must be "item" or "event", not "user"/],
  ['{"kind":"item"}', /id is missing: it must be a string that is not empty/],
  ['{"kind":"item","id":"a","price":"12"}', /price must be a number, not "12"/],
  ['{"kind":"item","id":"a","tags":["x",1]}', /tags must be an array of strings/],
  ['{"kind":"item","id":"a","publishedAt":"soon"}', /publishedAt must be epoch milliseconds or an ISO 8601 date/],
  [JSON.stringify({ ...EVENT, id: "" }), /id must be a string that is not empty, not ""/],
  [JSON.stringify({ ...EVENT, ts: undefined }), /ts is missing/],
  [JSON.stringify({ ...EVENT, ts: "11/22/2026" }), /ts must be epoch milliseconds/],
  [JSON.stringify({ ...EVENT, ts: "2026-13-45" }), /ts must be epoch milliseconds/],
  [JSON.stringify({ ...EVENT, type: "View Item" }), /type must be 1 to 40 characters/],
  [JSON.stringify({ ...EVENT, items: [{ price: 1 }] }), /items must be an array of objects, each with an id/],
  [JSON.stringify({ ...EVENT, position: -1 }), /position must be an integer from 0, not -1/],
  [JSON.stringify({ ...EVENT, anonymousId: undefined }), /must have anonymousId, userId or both/],
])("the line %s is refused with the reason", (line, reason) => {
  const parsed = parseLogLine(line);
  expect("problem" in parsed ? parsed.problem : "accepted").toMatch(reason);
});

test("parsing never throws, whatever the line holds", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseLogLine(line)),
    { seed: 1 },
  );
});

test("a bad line throws a LogError with file and line number", async () => {
  const path = file("bad.ndjson", `${LOG}\n{"kind":"item"}\n`);
  const error = await readAll(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LogError);
  expect(error).toMatchObject({ file: path, line: 4 });
  expect((error as LogError).message).toBe(`${path}:4: id is missing: it must be a string that is not empty`);
});

test("onBadLine collects the bad lines and reading goes on", async () => {
  const bad: LogError[] = [];
  const path = file("mixed.ndjson", `nonsense\n${LOG}{"kind":7}\n`);
  const records = await readAll(path, { onBadLine: (error) => bad.push(error) });
  expect(records).toHaveLength(2);
  expect(bad.map((error) => error.line)).toEqual([1, 4]);
});

test("a missing file and a damaged archive are errors even when bad lines are collected", async () => {
  const onBadLine = (): void => {};
  await expect(readAll(join(folder, "absent.ndjson"), { onBadLine })).rejects.toThrow(/cannot be read: ENOENT/);
  const packed = gzipSync(LOG.repeat(50));
  const cut = file("cut.ndjson.gz", packed.subarray(0, packed.length - 12));
  await expect(readAll(cut, { onBadLine })).rejects.toThrow(LogError);
});
