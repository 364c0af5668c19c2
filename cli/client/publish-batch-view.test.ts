import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import type { BatchView } from "../../src/training/batch-view.ts";
import { writeBatchView } from "../../src/training/batch-view-writer.ts";
import { FakeNowcast } from "./fake-nowcast.ts";
import { publishBatchView } from "./publish-batch-view.ts";

const VIEW: BatchView = {
  pointer: { version: "2026-11-22-ab", shards: 2, asOf: 1_767_225_600_000, visitors: 3 },
  shards: ["a\nb\n", "ü\n"],
  segments: {},
};

let dir: string;
let server: FakeNowcast;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-"));
  server = await FakeNowcast.started();
  server.routes["POST /v1/batch-view"] = ({ json }) => ({ status: 200, body: json });
  server.fallback = () => ({ status: 201, body: {} });
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

test("shards go first, as they are, then the pointer that makes them count", async () => {
  await writeBatchView(dir, VIEW);
  expect(await publishBatchView(dir, server.client())).toEqual(VIEW.pointer);
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "PUT /v1/batch-view/2026-11-22-ab/0",
    "PUT /v1/batch-view/2026-11-22-ab/1",
    "POST /v1/batch-view",
  ]);
  expect(server.requests.slice(0, 2).map(({ bytes }) => bytes.toString())).toEqual(VIEW.shards);
  expect(server.requests.at(-1)?.json).toEqual(VIEW.pointer);
});

test("a folder without a batch view sends nothing", async () => {
  expect(await publishBatchView(dir, server.client())).toBeNull();
  expect(server.requests).toEqual([]);
});

test("a refusal carries the server's reason, and the pointer is not sent", async () => {
  await writeBatchView(dir, VIEW);
  server.fallback = () => ({ status: 422, body: { code: "batch_line_invalid", detail: "lines.0 is no entry." } });
  await expect(publishBatchView(dir, server.client())).rejects.toThrow(/lines\.0 is no entry/);
  expect(server.requests).toHaveLength(1);
});

test("an interrupted upload is sent again whole", async () => {
  await writeBatchView(dir, VIEW);
  const random = createRandom(5);
  server.fallback = () => ({ status: random.next() < 0.5 ? 503 : 201, body: {} });
  expect(await publishBatchView(dir, server.client())).toEqual(VIEW.pointer);
});
