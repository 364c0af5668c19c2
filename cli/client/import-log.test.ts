import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import { FakeNowcast } from "./fake-nowcast.ts";
import { importLog } from "./import-log.ts";
import { RefusedError } from "./transport.ts";

let folder: string;
let server: FakeNowcast;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nowcast-"));
  server = await FakeNowcast.started();
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const LINES = Array.from({ length: 2_000 }, (_, i) =>
  JSON.stringify({ id: `e${i}`, type: "page_view", ts: 1_700_000_000_000 + i, anonymousId: `v${i % 7}` }),
);

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  const text = `${lines.join("\n")}\n`;
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

const state = (): string => join(folder, "state");

/** Refuses everything from the given request on, as if the key had been withdrawn. */
function refuseAfter(requests: number): void {
  const events = server.routes["POST /v1/events"];
  let seen = 0;
  server.routes["POST /v1/events"] = (request) =>
    seen++ < requests ? (events?.(request) ?? { status: 500 }) : { status: 401, body: { code: "key_unknown" } };
}

test("a log goes in, packed or not, and leaves no checkpoint", async () => {
  for (const name of ["log.ndjson", "log.ndjson.gz"]) {
    const result = await importLog(write(name, LINES), server.client(), { stateFolder: state() });
    expect(result).toMatchObject({ events: 2_000, badLines: 0, resumedAt: 0 });
    expect(result.accepted + result.duplicates).toBe(2_000);
    expect(readdirSync(state())).toEqual([]);
  }
  expect(server.arrivals.length).toBe(2_000);
});

test("what was broken off goes on from its checkpoint, with the counts of both", async () => {
  const log = write("log.ndjson", LINES);
  const events = server.routes["POST /v1/events"];
  refuseAfter(2);
  await expect(importLog(log, server.client(), { stateFolder: state() })).rejects.toThrow(RefusedError);
  expect(server.arrivals.length).toBe(1_000);
  if (events) server.routes["POST /v1/events"] = events;
  server.lake.appended = 1_000;
  const result = await importLog(log, server.client(), { stateFolder: state() });
  expect(result).toMatchObject({ resumedAt: 1_000, events: 2_000, accepted: 2_000, duplicates: 0 });
  expect(server.arrivals.length).toBe(2_000);
});

test("a checkpoint belongs to one log and one server", async () => {
  const log = write("log.ndjson", LINES);
  refuseAfter(2);
  await expect(importLog(log, server.client(), { stateFolder: state() })).rejects.toThrow(RefusedError);
  await server.stop();
  server = new FakeNowcast(createRandom(2));
  await server.start();
  const client = server.client();
  const checkpoint = readdirSync(state())[0] ?? "";
  const other = write("other.ndjson", LINES);
  expect(await importLog(other, client, { stateFolder: state() })).toMatchObject({ resumedAt: 0, events: 2_000 });
  expect(readdirSync(state())).toEqual([checkpoint]);
});

test("a checkpoint of a server that holds nothing is set aside", async () => {
  const log = write("log.ndjson", LINES);
  const events = server.routes["POST /v1/events"];
  refuseAfter(2);
  const client = server.client();
  await expect(importLog(log, client, { stateFolder: state() })).rejects.toThrow(RefusedError);
  if (events) server.routes["POST /v1/events"] = events;
  server.lake.appended = 0;
  expect(await importLog(log, client, { stateFolder: state() })).toMatchObject({ resumedAt: 0, events: 2_000 });
});

test("lines that cannot be read are told of and skipped", async () => {
  const bad: number[] = [];
  const result = await importLog(
    write("log.ndjson", [...LINES.slice(0, 5), "{", "[]", ...LINES.slice(5)]),
    server.client(),
    {
      stateFolder: state(),
      onBadLine: ({ line }) => bad.push(line),
    },
  );
  expect(result).toMatchObject({ events: 2_000, badLines: 2 });
  expect(bad).toEqual([6, 7]);
});
