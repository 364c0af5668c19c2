import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeNowcast, fakePorts } from "./fake-nowcast.ts";
import { pullLake } from "./pull-lake.ts";
import { waitForLake } from "./wait-for-lake.ts";

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

/** Serves `keys` in pages of two; each file holds its own key. */
function serveFiles(keys: readonly string[]): void {
  server.routes["GET /v1/lake/files"] = ({ query }) => {
    const from = Number(query.get("cursor") ?? 0);
    const files = keys.slice(from, from + 2).map((key) => ({ key, bytes: key.length }));
    return { status: 200, body: { files, cursor: from + 2 < keys.length ? String(from + 2) : null } };
  };
  server.routes["GET /v1/lake/file"] = ({ query }) => ({
    status: 200,
    body: new TextEncoder().encode(query.get("key") ?? ""),
  });
}

const KEYS = ["items", "events", "failed_events"].flatMap((table) =>
  [1, 2, 3].map((n) => `table=${table}/site=default/dt=2026-11-22/hour=21/log-0-00${n}.parquet`),
);

test("every file of every page arrives under its own name", async () => {
  serveFiles(KEYS);
  const counts = await pullLake(folder, server.client());
  expect(counts).toEqual({ files: 9, fetched: 9, bytes: KEYS.join("").length });
  for (const key of KEYS) expect(readFileSync(join(folder, key), "utf8")).toBe(key);
});

test("files that are there whole are not fetched again; one that was cut off is", async () => {
  serveFiles(KEYS);
  await pullLake(folder, server.client());
  writeFileSync(join(folder, KEYS[4] ?? ""), "cut");
  expect(await pullLake(folder, server.client())).toMatchObject({ files: 9, fetched: 1 });
  expect(readFileSync(join(folder, KEYS[4] ?? ""), "utf8")).toBe(KEYS[4]);
});

test("a name that leads out of the folder is refused", async () => {
  for (const key of ["../outside", "/outside", "a/../../outside"]) {
    serveFiles([key]);
    await expect(pullLake(join(folder, "in"), server.client())).rejects.toThrow("outside");
  }
  expect(existsSync(join(folder, "outside"))).toBe(false);
});

const NOTHING = { appended: 0, written: 0, pendingBytes: 0, itemEpoch: 0 };

/** Answers one status after the other, the last for ever; a flush writes what was appended. */
function serveStatuses(appended: readonly number[], written = 0): { flushes: number } {
  const seen = { flushes: 0 };
  let at = 0;
  let done = written;
  const status = (rows: number) => ({ ...NOTHING, appended: rows, written: done, pendingBytes: rows - done });
  const now = (): number => appended[Math.min(at, appended.length - 1)] ?? 0;
  server.routes["GET /v1/lake/status"] = () => {
    const body = status(now());
    at++;
    return { status: 200, body };
  };
  server.routes["POST /v1/lake/flush"] = () => {
    seen.flushes++;
    done = now();
    return { status: 200, body: status(done) };
  };
  return seen;
}

test("the lake is waited for until it has every row, and asked to write them only when no more arrive", async () => {
  const seen = serveStatuses([10, 40, 80, 100]);
  const written: number[] = [];
  const { complete, status } = await waitForLake(server.client(), {
    before: NOTHING,
    rows: 100,
    perhaps: 0,
    onProgress: (rows) => written.push(rows),
  });
  expect(complete).toBe(true);
  expect(status.written).toBe(100);
  expect(seen.flushes).toBe(1);
  expect(written.at(-1)).toBe(100);
});

test("rows that waited from before do not count as ours", async () => {
  serveStatuses([50, 50, 80, 80, 110, 110, 110, 110, 130], 20);
  const before = { ...NOTHING, appended: 50, written: 20, pendingBytes: 30 };
  const { complete, status } = await waitForLake(server.client(), { before, rows: 80, perhaps: 0 });
  expect(complete).toBe(true);
  expect(status.appended).toBe(130);
});

test("rows that may or may not have been new are waited for as long as objects take to hand them over again", async () => {
  serveStatuses([100]);
  const ports = fakePorts();
  const { complete } = await waitForLake(server.client(ports), { before: NOTHING, rows: 100, perhaps: 5 });
  expect(complete).toBe(true);
  expect(ports.slept).toBeGreaterThan(60_000);
});

test("a lake that stands still is given up, and said to be incomplete", async () => {
  serveStatuses([90]);
  const ports = fakePorts();
  expect(await waitForLake(server.client(ports), { before: NOTHING, rows: 100, perhaps: 0 })).toMatchObject({
    complete: false,
    status: { written: 90 },
  });
  expect(ports.slept).toBeGreaterThan(180_000);
});
