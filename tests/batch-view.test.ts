// The batch view over the API: shards, then the version that counts; what is refused; what is left of older versions.
import { describe, expect, test } from "vitest";
import { batchLine } from "../src/profile/batch-view.ts";
import type { BatchEntry } from "../src/profile/profile.ts";
import { problemOf } from "./support/answers.ts";
import { KEYS, type RequestOptions, useSystem } from "./support/system.ts";

const nowcast = useSystem();

const ENTRY: BatchEntry = {
  asOf: 1_767_225_600_000,
  segments: ["returning"],
  lifetimeValue: 42,
  categories: [["lamps", 1]],
  brands: [],
};
const line = (visitor: string): string => `${batchLine(visitor, ENTRY)}\n`;
const pointer = (version: string, shards = 1) => ({ version, shards, asOf: ENTRY.asOf, visitors: shards });

const putShard = (version: string, shard: number | string, body: string | ReadableStream, options?: RequestOptions) =>
  nowcast.request(`/v1/batch-view/${version}/${shard}`, { method: "PUT", body, ...options });
const switchTo = (json: unknown, options?: RequestOptions) => nowcast.request("/v1/batch-view", { json, ...options });
const current = async (options?: RequestOptions) => (await nowcast.request("/v1/batch-view", options)).json();
const fileOf = (key: string, options?: RequestOptions) =>
  nowcast.request(`/v1/lake/file?key=${encodeURIComponent(`batch/site=default/${key}`)}`, options);

async function publish(version: string, ...shards: string[]): Promise<void> {
  for (const [shard, lines] of shards.entries()) expect((await putShard(version, shard, lines)).status).toBe(201);
  expect((await switchTo(pointer(version, shards.length))).status).toBe(200);
}

test("before the first, no version counts", async () => {
  expect(await current()).toEqual({ current: null });
});

test("a version counts once it is switched to, and its shards stand in the bucket as they were sent", async () => {
  const put = await putShard("v1", 0, line("default:a:1") + line("default:u:2"));
  expect(put.status).toBe(201);
  expect(await put.json()).toEqual({ version: "v1", shard: 0, visitors: 2 });
  expect(await current()).toEqual({ current: null });

  const switched = await switchTo(pointer("v1"));
  expect(switched.status).toBe(200);
  expect(await switched.json()).toEqual(pointer("v1"));
  expect(await current()).toEqual({ current: pointer("v1") });
  expect(await (await fileOf("v1/0.ndjson")).text()).toBe(line("default:a:1") + line("default:u:2"));
  expect(await (await fileOf("current.json")).json()).toEqual(pointer("v1"));
});

test("a version whose shards are not all there does not count, and is told which are missing", async () => {
  await publish("whole", line("default:a:1"));
  await putShard("part", 1, line("default:a:1"));
  const { detail } = await problemOf(await switchTo(pointer("part", 3)), 422, "batch_view_incomplete");
  expect(detail).toContain("0, 2");
  expect(await current()).toEqual({ current: pointer("whole") });
});

test("the version before stays for those who still read it; what came before that is deleted", async () => {
  for (const version of ["one", "two", "three"]) await publish(version, line("default:a:1"), "");
  expect((await fileOf("two/0.ndjson")).status).toBe(200);
  expect((await fileOf("three/1.ndjson")).status).toBe(200);
  await problemOf(await fileOf("one/0.ndjson"), 404, "file_unknown");
  await publish("three", line("default:a:1"), "");
  expect((await fileOf("three/0.ndjson")).status).toBe(200);
});

describe("a shard", () => {
  test("with lines that are no entry, or another site's, is refused whole, each line named", async () => {
    const lines = [line("default:a:1"), "{\n", line("other:a:1"), "\n", line("default:a:2")].join("");
    const { errors } = await problemOf(await putShard("bad", 0, lines), 422, "batch_line_invalid");
    expect(errors).toMatchObject([
      { field: "lines.1", message: "is no entry within the bounds" },
      { field: "lines.2", message: "is about a visitor of another site than default" },
    ]);
    await problemOf(await fileOf("bad/0.ndjson"), 404, "file_unknown");
  });

  test("of more than 4 MB is refused, with and without a length", async () => {
    const much = line("default:a:1").repeat(40_000);
    await problemOf(await putShard("big", 0, much), 413, "body_too_large");
    await problemOf(await putShard("big", 0, new Blob([much]).stream()), 413, "body_too_large");
  });

  test.each([
    ["a number past the last", "v", 4096],
    ["a negative number", "v", -1],
    ["half a number", "v", "0.5"],
    ["no number", "v", "x"],
    ["a version with a dot", "v.1", 0],
    ["a version of 65 characters", "v".repeat(65), 0],
  ])("of %s is refused", async (_, version, shard) => {
    await problemOf(await putShard(version, shard, ""), 400, "invalid_request");
  });

  test("that is not UTF-8 is refused", async () => {
    const response = await nowcast.request("/v1/batch-view/v/0", { method: "PUT", body: Uint8Array.of(0xff, 0xfe) });
    await problemOf(response, 400, "not_utf8");
  });
});

test.each([
  ["no JSON", "{", "not_json"],
  ["no shards", JSON.stringify({ ...pointer("v"), shards: 0 }), "invalid_request"],
  ["a version that leads elsewhere", JSON.stringify(pointer("../../x")), "invalid_request"],
  ["no time", JSON.stringify({ ...pointer("v"), asOf: "today" }), "invalid_request"],
])("a switch with %s is refused", async (_, body, code) => {
  await problemOf(await nowcast.request("/v1/batch-view", { method: "POST", body }), 400, code);
});

test("only a secret key reaches it, and sites are apart", async () => {
  await publish("mine", line("default:a:1"));
  for (const key of [KEYS.public, KEYS.otherPublic]) {
    await problemOf(await putShard("x", 0, "", { key }), 403, "secret_key_required");
    await problemOf(await switchTo(pointer("mine"), { key }), 403, "secret_key_required");
    await problemOf(await nowcast.request("/v1/batch-view", { key }), 403, "secret_key_required");
  }
  const key = KEYS.otherSecret;
  expect(await current({ key })).toEqual({ current: null });
  await problemOf(await switchTo(pointer("mine"), { key }), 422, "batch_view_incomplete");
  await problemOf(await fileOf("mine/0.ndjson", { key }), 404, "file_unknown");
  await problemOf(await putShard("x", 0, line("default:a:1"), { key }), 422, "batch_line_invalid");
});
