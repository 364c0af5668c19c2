// The commands that need no server, run as a user runs them: convert, train, evaluate, by cli/bin.js.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { partitionKey } from "../src/lake/keys.ts";
import { encodeParquet } from "../src/lake/parquet.ts";
import type { LakeRow } from "../src/lake/tables.ts";
import { findBatchEntry } from "../src/profile/batch-view.ts";

const bin = fileURLToPath(new URL("./bin.js", import.meta.url));
let dir: string;
let log: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-cli-"));
  log = join(dir, "shop.ndjson");
  const records = simulateLog({ seed: 7, endTs: 1_732_280_000_000, shoppers: 60 });
  await writeFile(log, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
});
afterAll(() => rm(dir, { recursive: true }));

/** @param readBytes stop reading standard output after so many */
async function nowcast(args: readonly string[], readBytes = Number.POSITIVE_INFINITY) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (out.length >= readBytes) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, error };
}

const small = ["--vector-dimensions", "4", "--content-dimensions", "6"];

test("train writes a snapshot that evaluate takes; the same train side gives the same figures", async () => {
  const out = join(dir, "snapshot");
  const trained = await nowcast(["train", "--log", log, "--split", "time:0.8", "--out", out, ...small, "--json"]);
  expect(trained).toMatchObject({ code: 0, error: expect.stringMatching(/clicked lists.*\n.*NDCG@10/) });
  expect(trained.out.split("\n")).toHaveLength(2);
  expect(JSON.parse(trained.out)).toEqual(JSON.parse(await readFile(join(out, "report.json"), "utf8")));

  const given = await nowcast(["evaluate", "--log", log, "--snapshot", out, "--json"]);
  expect(given).toMatchObject({ code: 0, error: expect.not.stringContaining("warning") });
  const own = await nowcast(["evaluate", "--log", log, "--protocol", "rerank", ...small, "--json"]);
  expect(own.out).toBe(given.out);
  expect(JSON.parse(own.out)).toMatchObject({
    protocol: "rerank",
    split: "time:0.8",
    itemStatistics: "live",
    queries: expect.any(Number),
    metrics: { "ndcg@10": expect.any(Number), mrr: expect.any(Number) },
    baselines: { popular: {}, ctr: {}, "logged-order": {} },
    ci95: { "ndcg@10": [expect.any(Number), expect.any(Number)] },
    versus: { ctr: { delta: expect.any(Number), ci95: [expect.any(Number), expect.any(Number)] } },
  });
});

test("a snapshot that may have seen the test lists is taken, with a warning", async () => {
  const out = join(dir, "all");
  await nowcast(["train", "--log", log, "--out", out, ...small]);
  const { code, out: table, error } = await nowcast(["evaluate", "--log", log, "--snapshot", out]);
  expect(code).toBe(0);
  expect(error).toMatch(/warning: the snapshot learned from events up to .* it may have seen their clicks/);
  expect(table).toMatch(/^rerank, time:0\.8, live item statistics: \d+ lists.*\n\n +NDCG@10/);
});

test("of a log without lists, train leaves out the sessions that evaluate tests with; else there is a warning", async () => {
  const views = join(dir, "views.ndjson");
  const lines = Array.from({ length: 360 }, (_, n) => {
    const [visit, step] = [Math.floor(n / 3), n % 3];
    const items = [{ id: `item-${(7 * visit + step) % 20}` }];
    const ts = 1_732_280_000_000 + 60_000 * n;
    return JSON.stringify({ id: `e${n}`, type: "view_item", ts, anonymousId: `v${visit}`, items });
  });
  await writeFile(views, lines.join("\n"));
  const protocol = ["--protocol", "next-item", "--json"];
  const own = await nowcast(["evaluate", "--log", views, ...protocol, ...small]);
  for (const [split, warning] of [
    [["--split", "time:0.8"], expect.not.stringContaining("warning")],
    [[], expect.stringMatching(/warning: .* the test sessions begin at .* it may have seen their events/)],
  ] as const) {
    const out = join(dir, `views${split.length}`);
    expect(await nowcast(["train", "--log", views, "--out", out, ...split, ...small])).toMatchObject({ code: 0 });
    const given = await nowcast(["evaluate", "--log", views, "--snapshot", out, ...protocol]);
    expect(given).toMatchObject({ code: 0, error: warning });
    if (split.length > 0) expect(given.out).toBe(own.out);
  }
});

test("train from a lake writes the visitors' segments beside the snapshot; with a split, none", async () => {
  const lake = join(dir, "lake");
  const seqs = new Map<string, number>();
  const rows = simulateLog({ seed: 7, endTs: 1_732_280_000_000, shoppers: 60 }).flatMap((record): LakeRow[] => {
    if (record.kind === "item") return [];
    const visitor = `default:a:${record.anonymousId ?? record.userId}`;
    const seq = (seqs.get(visitor) ?? 0) + 1;
    seqs.set(visitor, seq);
    return [{ ...record, receivedAt: record.ts, visitor, seq }];
  });
  const file = join(lake, partitionKey("events", "default", 0, "log-0", 1));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, new Uint8Array(encodeParquet("events", rows)));

  const out = join(dir, "with-segments");
  const trained = await nowcast(["train", "--lake", lake, "--out", out, ...small]);
  expect(trained).toMatchObject({
    code: 0,
    error: expect.stringMatching(/batch view 2024-11-2\d-\w{12} of \d+ visitors/),
  });
  const pointer = JSON.parse(await readFile(join(out, "batch", "current.json"), "utf8"));
  expect(pointer).toMatchObject({ shards: 1, visitors: seqs.size });
  const shard = await readFile(join(out, "batch", "0.ndjson"), "utf8");
  for (const visitor of seqs.keys()) expect(findBatchEntry(shard, visitor)?.asOf).toBe(pointer.asOf);

  await nowcast(["train", "--lake", lake, "--out", out, ...small, "--split", "time:0.8"]);
  expect(await readdir(join(out, "batch"))).toEqual([]);
});

test.each([
  [["evaluate"], "give either --log LOG or --lake DIR"],
  [["evaluate", "--log", "LOG", "--lake", "x"], "give either --log LOG or --lake DIR"],
  [
    ["evaluate", "--log", "LOG", "--protocol", "best"],
    'protocol "best" is not supported; there are: rerank and next-item',
  ],
  [["evaluate", "--log", "LOG", "--protocol", "next-item", "--split", "hold-last"], "next-item splits by time"],
  [["evaluate", "--log", "LOG", "--split", "random"], "it is time:SHARE, such as time:0.8, or hold-last"],
  [["evaluate", "--log", "LOG", "--item-statistics", "epochs"], "needs --decisions FILE and --epochs DIR"],
  [["train", "--log", "LOG"], "Missing required argument: --out"],
  [
    ["train", "--log", "LOG", "--out", "x", "--objective", "next-item", "--split", "hold-last"],
    "next-item splits by time",
  ],
  [["train", "--log", "nowhere", "--out", "LOG"], "shop.ndjson: is a file, not a folder"],
  [["train", "--log", "nowhere", "--out", "LOG/model"], "shop.ndjson/model: lies in what is a file, not a folder"],
  [["train", "--log", "LOG", "--out", "x", "--seed", "one"], '--seed must be a whole number from 0, not "one"'],
  [["train", "--log", "LOG", "--out", "x", "--vector-dimensions", "0"], "must be a whole number from 1"],
  [["train", "--log", "LOG", "--out", "x", "--until", "tomorrow"], "must be an ISO 8601 date or epoch milliseconds"],
  [["convert", "yoochoose", "x"], "--part is missing: yoochoose has train and test"],
  [["convert", "movielens", "x"], '"movielens" is not a known dataset'],
])("%j is wrong use", async (args, message) => {
  const { code, out, error } = await nowcast(args.map((arg) => arg.replace("LOG", log)));
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(error).toContain(message);
});

test("what cannot be read fails with the file and the line, without a stack", async () => {
  const broken = join(dir, "broken.ndjson");
  await writeFile(broken, '{"kind":"item","id":"x"}\n{"id":1}\n');
  const missing = join(dir, "missing");
  for (const [args, message] of [
    [["train", "--log", broken, "--out", join(dir, "none")], "broken.ndjson:2: id must be a string"],
    [["train", "--log", missing, "--out", join(dir, "none")], "missing: cannot be read: ENOENT"],
    [["train", "--lake", missing, "--out", join(dir, "none")], "holds no events of site default"],
    [["evaluate", "--log", log, "--snapshot", missing], "is this the folder of a snapshot?"],
    [["convert", "ranklens", missing], "ENOENT"],
  ] as const) {
    const { code, out, error } = await nowcast(args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toContain(message);
    expect(error).not.toMatch(/\bat .*:\d+:\d+/);
  }
});

test("a reader of convert may stop early, and that is no failure", async () => {
  const item = { event: "item", timestamp: "1", fields: [{ name: "title", value: "x".repeat(2000) }] };
  const lines = Array.from({ length: 3000 }, (_, i) => JSON.stringify({ ...item, id: `e${i}`, item: `i${i}` }));
  await writeFile(join(dir, "events.jsonl.gz"), gzipSync(lines.join("\n")));
  expect(await nowcast(["convert", "ranklens", dir], 1000)).toMatchObject({ code: 0, error: "" });
  const whole = await nowcast(["convert", "ranklens", dir]);
  expect(whole.out.split("\n")).toHaveLength(3001);
});
