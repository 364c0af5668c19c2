// What the commands that talk to a server make of their arguments.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import { FakeNowcast } from "../client/fake-nowcast.ts";
import { type CommandEntry, runCli } from "../run.ts";

const commands: Record<string, CommandEntry> = {
  import: { description: "", load: () => import("./import.ts") },
  lake: { description: "", load: () => import("./lake.ts") },
  publish: { description: "", load: () => import("./publish.ts") },
  replay: { description: "", load: () => import("./replay.ts") },
};

let folder: string;
let server: FakeNowcast;
let printed: string;
let said: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nowcast-"));
  server = new FakeNowcast(createRandom(1));
  server.routes["POST /v1/snapshots/rollback"] = () => ({ status: 200, body: { champion: "1", challengers: [] } });
  await server.start();
  [printed, said] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** @returns the exit code */
function nowcast(...argv: string[]): Promise<number> {
  const write = (text: string): void => {
    said += text;
  };
  const url = server.client().transport.url;
  return runCli("nowcast", commands, [...argv, "--url", url], { out: write, error: write, debug: false });
}

function writeLog(): string {
  const list = (i: number) => ({ decisionId: `l${i}`, anonymousId: "me", items: [{ id: "a" }, { id: "b" }] });
  const event = (i: number, type: string, ts: number, more: object) => ({ id: `${type}${i}`, type, ts, ...more });
  const records = [0, 1, 2, 3, 4].flatMap((i) => [
    event(i, "view_item_list", 1_700_000_000_000 + i * 60_000, list(i)),
    event(i, "select_item", 1_700_000_001_000 + i * 60_000, { ...list(i), items: [{ id: "b" }] }),
  ]);
  const path = join(folder, "log.ndjson");
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  return path;
}

test.each([
  { argv: ["publish"] },
  { argv: ["publish", "DIR", "--rollback"] },
  { argv: ["publish", "--rollback", "--force"] },
  { argv: ["publish", "DIR", "--share", "0"] },
  { argv: ["publish", "DIR", "--share", "10%"] },
  { argv: ["replay", "LOG", "--split", "hold-last"] },
  { argv: ["replay", "LOG", "--split", "half"] },
  { argv: ["import", "LOG", "--timeout", "soon"] },
  { argv: ["import"] },
  { argv: ["lake"] },
  { argv: ["lake", "pull"] },
])("nothing is sent for $argv, which is wrong use", async ({ argv }) => {
  expect(await nowcast(...argv)).toBe(2);
  expect(server.requests).toEqual([]);
  expect(printed).toBe("");
});

test("a rollback is asked for by name", async () => {
  expect(await nowcast("publish", "--rollback", "--json")).toBe(0);
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /v1/snapshots/rollback"]);
  expect(JSON.parse(printed)).toEqual({ champion: "1", challengers: [] });
});

test("import prints its counts as one JSON object", async () => {
  expect(await nowcast("import", writeLog(), "--json")).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({ events: 10, accepted: 10, duplicates: 0, rejected: 0, items: 0 });
  expect(said).toContain("Records: 10 of 10");
});

test("replay prints its figures as one JSON object and records each decision as a line", async () => {
  const record = join(folder, "decisions.ndjson");
  expect(await nowcast("replay", writeLog(), "--split", "time:0.8", "--record", record, "--json")).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({ split: "time:0.8", decisions: 1, quality: { queries: 1 } });
  const lines = readFileSync(record, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { list: "l4", itemEpoch: expect.any(Number), snapshot: "2026-11-22.1", items: ["b", "a"], degraded: [] },
  ]);
});

test("a server that refuses the key makes the command fail with its reason", async () => {
  server.fallback = () => ({ status: 401, body: { code: "key_unknown", detail: "The API key is not known." } });
  expect(await nowcast("lake", "pull", "--out", folder)).toBe(1);
  expect(said).toContain("401 key_unknown: The API key is not known.");
});
