// Publication by the command line into a running system: the first, a worse one that is refused and forced, the way back.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runCli } from "../cli/run.ts";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { sectionsOf } from "../src/snapshot/manifest.ts";
import type { LogRecord } from "../src/training/log.ts";
import { problemOf } from "./support/answers.ts";
import { misled } from "./support/misled.ts";
import { KEYS, useSystem } from "./support/system.ts";

const system = useSystem();
const commands = {
  publish: { description: "", load: () => import("../cli/commands/publish.ts") },
  train: { description: "", load: () => import("../cli/commands/train.ts") },
};
const small = ["--vector-dimensions", "4", "--content-dimensions", "6", "--ranker", "linear"];

let dir: string;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-publication-"));
  url = String((await system.harness.listen()).url);
  const records = simulateLog({ seed: 5, endTs: 1_732_280_000_000, shoppers: 60 });
  const cut = Math.floor(records.length * 0.7);
  // What the misled one learns from is wrong, what it is measured on is right.
  const half: LogRecord[] = [...misled(records.slice(0, cut)), ...records.slice(cut)];
  for (const [name, log] of Object.entries({ good: records, bad: half })) {
    const path = join(dir, `${name}.ndjson`);
    await writeFile(path, log.map((record) => `${JSON.stringify(record)}\n`).join(""));
    const { code, said } = await nowcast(
      "train",
      "--log",
      path,
      "--out",
      join(dir, name),
      "--holdout",
      "0.2",
      ...small,
    );
    expect({ code, said }).toMatchObject({ code: 0 });
  }
});
afterAll(() => rm(dir, { recursive: true }));

async function nowcast(command: string, ...argv: string[]): Promise<{ code: number; out: string; said: string }> {
  let [out, said] = ["", ""];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const write = (text: string): void => {
    said += text;
  };
  const connection = command === "publish" ? ["--url", url] : [];
  const code = await runCli("nowcast", commands, [command, ...argv, ...connection], {
    out: write,
    error: write,
    debug: false,
  });
  stdout.mockRestore();
  stderr.mockRestore();
  return { code, out, said };
}

interface Registry {
  readonly champion: string | null;
  readonly versions: readonly { readonly version: string; readonly id: string }[];
  readonly previous: readonly string[];
}
const registry = async () => (await (await system.request("/v1/snapshots")).json()) as Registry;

test("a worse snapshot is refused, forced, and taken back by one command; the history shows all of it", async () => {
  const first = await nowcast("publish", join(dir, "good"));
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining("there is no champion yet") });
  const { champion: good } = await registry();

  const refused = await nowcast("publish", join(dir, "bad"), "--json");
  expect(refused.code).toBe(1);
  expect(refused.said).toMatch(
    /snapshot_worse: NDCG@10 on \d+ lists that neither learned from: .* --force publishes it/,
  );
  const { refused: code, comparison } = JSON.parse(refused.out);
  expect(code).toBe("snapshot_worse");
  expect(comparison).toMatchObject({ metric: "ndcg@10", worse: true });
  expect(comparison.ci95[1]).toBeLessThan(0);
  expect(await registry()).toMatchObject({ champion: good, previous: [] });

  const forced = await nowcast("publish", join(dir, "bad"), "--force", "--json");
  expect(forced.code).toBe(0);
  const { champion: bad, comparison: again } = JSON.parse(forced.out);
  expect(again).toEqual(comparison);
  expect(await registry()).toMatchObject({ champion: bad, previous: [good] });

  const better = await nowcast("publish", join(dir, "good"), "--share", "0.1", "--json");
  expect(JSON.parse(better.out)).toMatchObject({
    champion: bad,
    challengers: [{ share: 0.1 }],
    comparison: { worse: false, metric: "ndcg@10" },
  });

  expect(JSON.parse(better.out).comparison.ci95[0]).toBeGreaterThan(0);

  const back = await nowcast("publish", "--rollback");
  expect(back).toMatchObject({ code: 0, out: `${good} is the champion again\n` });
  const { champion, previous, versions } = await registry();
  expect({ champion, previous }).toEqual({ champion: good, previous: [] });
  expect(versions.map(({ id }) => id)).toEqual([versions[0]?.id, versions[1]?.id, versions[0]?.id]);

  const same = await nowcast("publish", join(dir, "good"), "--json");
  expect(JSON.parse(same.out)).toMatchObject({ comparison: { reason: "same_snapshot" } });
});

test("held-out lists that are damaged keep a snapshot from being published, unless it is forced", async () => {
  const path = join(dir, "good", "holdout.bin");
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 7));
  const before = await registry();
  const refused = await nowcast("publish", join(dir, "good"));
  expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(/holdout\.bin: .* truncated or damaged/) });
  expect(await registry()).toEqual(before);
  const forced = await nowcast("publish", join(dir, "good"), "--force");
  expect(forced).toMatchObject({ code: 0, out: expect.stringContaining("not compared with a champion") });
  await rm(path);
  const without = await nowcast("publish", join(dir, "good"));
  expect(without).toMatchObject({ code: 0, out: expect.stringContaining("training held no lists back") });
});

test("a published snapshot can be fetched as it was published: manifest and every section", async () => {
  const { champion } = await registry();
  const manifest = JSON.parse(await readFile(join(dir, "good", "manifest.json"), "utf8"));
  const answer = await system.request(`/v1/snapshots/${champion}`);
  expect(await answer.json()).toEqual({ version: champion, manifest });
  expect(manifest.candidate.training.until).toBeLessThan(manifest.training.until);
  for (const [, { sha256, bytes }] of [...sectionsOf(manifest), ...sectionsOf(manifest.candidate)]) {
    const section = await system.request(`/v1/snapshots/sections/${sha256}`);
    expect(section.status).toBe(200);
    const body = await section.arrayBuffer();
    expect(body.byteLength).toBe(bytes);
    const digest = await crypto.subtle.digest("SHA-256", body);
    expect(Buffer.from(digest).toString("hex")).toBe(sha256);
  }
});

test("a snapshot whose candidate is not all there is refused by name", async () => {
  const manifest = JSON.parse(await readFile(join(dir, "good", "manifest.json"), "utf8"));
  manifest.candidate.sections.linear.sha256 = "0".repeat(64);
  const before = await registry();
  await problemOf(await system.request("/v1/snapshots", { json: { manifest } }), 422, "snapshot_missing");
  expect(await registry()).toEqual(before);
});

test("what was never published is not found, and other sites and public keys get nothing", async () => {
  const { champion } = await registry();
  const none = "0".repeat(64);
  await problemOf(await system.request("/v1/snapshots/2020-01-01.1"), 404, "snapshot_unknown");
  await problemOf(await system.request("/v1/snapshots/latest"), 400, "invalid_request");
  await problemOf(await system.request(`/v1/snapshots/sections/${none}`), 404, "section_unknown");
  await problemOf(await system.request("/v1/snapshots/sections/x"), 400, "invalid_request");
  const other = await system.request(`/v1/snapshots/${champion}`, { key: KEYS.otherSecret });
  await problemOf(other, 404, "snapshot_unknown");
  for (const path of [`/v1/snapshots/${champion}`, `/v1/snapshots/sections/${none}`]) {
    await problemOf(await system.request(path, { key: KEYS.public }), 403, "secret_key_required");
  }
});
