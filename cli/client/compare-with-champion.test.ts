import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { features } from "../../nowcast.config.ts";
import { holdBack } from "../../src/training/held-out.ts";
import { buildHistory } from "../../src/training/history.ts";
import { type SnapshotFiles, sectionFiles } from "../../src/training/snapshot-files.ts";
import { writeSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { type TrainOptions, train } from "../../src/training/train.ts";
import { misled } from "../../tests/support/misled.ts";
import { compareWithChampion, describeComparison } from "./compare-with-champion.ts";
import { FakeNowcast } from "./fake-nowcast.ts";

const small: TrainOptions = { vectorDimensions: 4, contentDimensions: 5, neighbours: 3, rankers: ["linear"] };
const CHAMPION = "2026-11-22.1";

let dir: string;
let server: FakeNowcast;
let champion: SnapshotFiles;
let fetched: string[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "nowcast-"));
  const history = buildHistory(simulateLog({ seed: 3, endTs: Date.parse("2026-11-01T00:00:00Z"), shoppers: 60 }));
  const held = holdBack(history, 0.2);
  if (held === null) throw new Error("nothing was held back");
  await writeSnapshotDir(dir, { ...(await train(held.train, small)), heldOut: held.heldOut });
  champion = await train(buildHistory(misled(held.train.timeline.map(({ record }) => record))), small);
});

afterAll(() => rmSync(dir, { recursive: true }));

beforeEach(async () => {
  server = await FakeNowcast.started();
  fetched = [];
  server.routes["GET /v1/snapshots"] = () => ({ status: 200, body: { champion: CHAMPION, challengers: [] } });
  server.routes[`GET /v1/snapshots/${CHAMPION}`] = () => ({
    status: 200,
    body: { version: CHAMPION, manifest: champion.manifest },
  });
  serveSections((file) => file);
});

afterEach(() => server.stop());

function serveSections(change: (file: Uint8Array) => Uint8Array): void {
  server.fallback = ({ path }) => {
    const section = sectionFiles(champion).find(({ sha256 }) => path.endsWith(sha256));
    if (section === undefined) return { status: 404, body: { code: "section_unknown" } };
    fetched.push(section.name);
    return { status: 200, body: change(section.file) };
  };
}

const compare = () => compareWithChampion(dir, server.client(), { features });

test("only sections that the folder does not have are fetched, and the worse champion is told from the new one", async () => {
  const comparison = await compare();
  expect(comparison).toMatchObject({ metric: "ndcg@10", worse: false });
  expect(describeComparison(comparison)).toMatch(
    /^NDCG@10 on \d+ lists that neither learned from: .* difference \+0\.\d+ \[/,
  );
  expect(fetched).toContain("linear");
  // Titles are the same whoever clicked what.
  expect(fetched).not.toContain("attributes");
});

test("a champion that learned from the whole log is measured by its candidate, which has not seen the lists", async () => {
  const misledCandidate = champion;
  const history = buildHistory(simulateLog({ seed: 3, endTs: Date.parse("2026-11-01T00:00:00Z"), shoppers: 60 }));
  const whole = await train(history, small);
  const manifest = { ...whole.manifest, candidate: misledCandidate.manifest };
  server.routes[`GET /v1/snapshots/${CHAMPION}`] = () => ({ status: 200, body: { version: CHAMPION, manifest } });
  const comparison = await compare();
  // Of the whole log no list is left that it has not seen.
  expect(comparison).toMatchObject({ metric: "ndcg@10", worse: false, delta: expect.any(Number) });
  server.routes[`GET /v1/snapshots/${CHAMPION}`] = () => ({
    status: 200,
    body: { version: CHAMPION, manifest: whole.manifest },
  });
  expect(await compare()).toMatchObject({ reason: "no_common_lists" });
});

test("before the first publication there is nothing to compare with, and nothing is fetched", async () => {
  server.routes["GET /v1/snapshots"] = () => ({ status: 200, body: { champion: null, challengers: [] } });
  expect(await compare()).toMatchObject({ reason: "first_publication" });
  expect(server.requests).toHaveLength(1);
});

test.each([
  ["a server without the route", { status: 404, body: { code: "not_found" } }, "champion_unknown"],
  [
    "a manifest of another format",
    { status: 200, body: { version: CHAMPION, manifest: { format: 999 } } },
    "champion_unrankable",
  ],
] as const)("%s is no error", async (_, answer, reason) => {
  server.routes[`GET /v1/snapshots/${CHAMPION}`] = () => answer;
  const comparison = await compare();
  expect(comparison).toMatchObject({ reason });
  expect(describeComparison(comparison)).toMatch(/^not compared with a champion: /);
  expect(fetched).toEqual([]);
});

test("a champion whose features this build lacks is told by its manifest", async () => {
  const [first, ...rest] = champion.manifest.features;
  const manifest = { ...champion.manifest, features: [{ ...first, version: 99 }, ...rest] };
  server.routes[`GET /v1/snapshots/${CHAMPION}`] = () => ({ status: 200, body: { version: CHAMPION, manifest } });
  expect(await compare()).toMatchObject({
    reason: "champion_unrankable",
    detail: expect.stringContaining("version 99"),
  });
  expect(fetched).toEqual([]);
});

test("a champion whose sections are damaged cannot be ranked with; one that is not handed out fails the command", async () => {
  serveSections((file) => file.slice(0, -1));
  expect(await compare()).toMatchObject({
    reason: "champion_unrankable",
    detail: expect.stringContaining("snapshot_corrupt"),
  });
  server.fallback = () => ({ status: 403, body: { code: "key_unknown" } });
  await expect(compare()).rejects.toThrow("403 key_unknown");
});
