import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { features } from "../../nowcast.config.ts";
import { createRanker } from "../ranking/ranker.ts";
import { SECTIONS } from "../snapshot/manifest.ts";
import { buildHistory } from "./history.ts";
import { readSnapshotDir, readSnapshotFiles, sectionPath, writeSnapshotDir } from "./snapshot-writer.ts";
import { type TrainOptions, train } from "./train.ts";
import type { TrainingReport } from "./training-report.ts";

const records = simulateLog({ seed: 2, endTs: 1_732_280_000_000, shoppers: 25 });
const history = buildHistory(records);
const small: TrainOptions = { vectorDimensions: 4, contentDimensions: 5, neighbours: 3 };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-train-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("what is written is read back, fits this build's features and says what it is", async () => {
  const trained = await train(history, small);
  await writeSnapshotDir(dir, trained);
  const snapshot = await readSnapshotDir(dir);

  expect(snapshot.manifest).toEqual(trained.manifest);
  expect(snapshot.manifest).toMatchObject({
    items: history.items.size,
    vectorDimensions: 4,
    contentDimensions: 5,
    neighbours: 3,
    training: { events: records.length - history.items.size, queries: history.queries.length, seed: 1 },
  });
  expect(snapshot.manifest.training.until).toBe(history.visitors.flatMap(({ events }) => events).reduce(newest, 0));
  expect(createRanker(snapshot, features).twin.columns).toBe(snapshot.linear.weight.length);
  expect([...snapshot.ids]).toEqual([...history.items.keys()].sort());
  const byPopularity = Array.from(snapshot.byPopularity, (index) => snapshot.popularity[index] ?? -1);
  expect(byPopularity).toEqual(byPopularity.toSorted((a, b) => b - a));
});

test("the ranker's columns are those of the features that the manifest lists; --all-features drops none", async () => {
  const trained = await train(history, small);
  const widthOf = (each: typeof trained) => each.manifest.features.reduce((sum, { width }) => sum + width, 0);
  expect(trained.rows.data.columns).toBe(widthOf(trained));
  expect(trained.rows.data.matrix).toHaveLength(trained.rows.data.labels.length * widthOf(trained));
  const all = await train(history, { ...small, allFeatures: true });
  expect(all.manifest.features.map(({ name }) => name)).toEqual(features.map(({ name }) => name));
  expect(all.report.ranker.selection).toBeNull();
  expect(widthOf(all)).toBeGreaterThan(widthOf(trained));
});

const timeless = (report: TrainingReport) => ({ ...report, seconds: {}, peakBytes: {} });
const newest = (until: number, { ts }: { ts: number }): number => Math.max(until, ts);

test("equal logs and seeds give equal bytes but for the seconds; another seed or log another id", async () => {
  const [first, second] = [await train(history, small), await train(buildHistory(records), small)];
  for (const name of SECTIONS) expect(Buffer.compare(first.files[name], second.files[name])).toBe(0);
  expect(second.manifest).toEqual(first.manifest);
  expect(timeless(second.report)).toEqual(timeless(first.report));

  const otherSeed = await train(history, { ...small, seed: 2 });
  const shorter = await train(buildHistory(records.slice(0, -40)), small);
  expect(new Set([first, otherSeed, shorter].map(({ manifest }) => manifest.id)).size).toBe(3);
});

test("the report tells counts, the penalty's trials, every column's weight and the orders to beat", async () => {
  const stages: string[] = [];
  const progress: number[] = [];
  const observer = {
    start: (stage: string) => void stages.push(`> ${stage}`),
    progress: (done: number, total: number) => void progress.push(done / total),
    end: (stage: string) => void stages.push(stage),
  };
  const { report, manifest } = await train(history, { ...small, observer });

  expect(report.snapshot).toBe(manifest.id);
  expect(report.counts).toEqual({
    events: records.length - history.items.size,
    visitors: history.visitors.length,
    items: history.items.size,
    queries: history.queries.length,
    rows: history.queries.reduce((sum, { list }) => sum + (list.items?.length ?? 0), 0),
  });
  const weights = report.ranker.weights.map(({ weight }) => Math.abs(weight));
  expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  expect(report.ranker.weights).toHaveLength(manifest.features.reduce((sum, { width }) => sum + width, 0));
  const { validation } = report.ranker;
  expect(validation?.queries).toBe(Math.floor(history.queries.length * 0.2));
  expect(validation?.trials.map(({ l2 }) => l2)).toContain(report.ranker.l2);
  expect(validation?.ndcg10.loggedOrder).toBeGreaterThan(0);
  // What the order shown does to so few clicks, a model does not unlearn.
  expect(validation?.ndcg10.model).toBeGreaterThan(validation?.ndcg10.ctr ?? 1);
  expect(stages.filter((stage) => !stage.startsWith(">"))).toEqual(Object.keys(report.seconds));
  expect(Math.max(...progress)).toBe(1);
});

test("a handful of lists trains without holding any back", async () => {
  const few = buildHistory(records.slice(0, history.queries[4]?.position));
  const { report } = await train(few, small);
  expect(report.ranker).toMatchObject({ l2: 0.01, validation: null });
});

test("a log without a clicked list is refused with what is missing", async () => {
  const unclicked = records.filter((record) => record.kind === "item" || record.type !== "select_item");
  const asked = { ...small, objective: "rerank" } as const;
  await expect(train(buildHistory(unclicked), asked)).rejects.toThrow(/no view_item_list has a later select_item/);
  await expect(train(buildHistory([]), small)).rejects.toThrow(/nothing to learn/);
});

describe("a folder that is not a whole snapshot is refused by name:", () => {
  beforeEach(async () => writeSnapshotDir(dir, await train(history, small)));

  test("without its manifest", async () => {
    await rm(join(dir, "manifest.json"));
    await expect(readSnapshotDir(dir)).rejects.toMatchObject({ code: "snapshot_missing" });
  });

  test.each(SECTIONS)("without its %s", async (name) => {
    await rm(sectionPath(dir, name));
    await expect(readSnapshotFiles(dir)).rejects.toMatchObject({ code: "snapshot_missing" });
  });

  test.each(SECTIONS)("with a changed byte in its %s", async (name) => {
    const bytes = await readFile(sectionPath(dir, name));
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    await writeFile(sectionPath(dir, name), bytes);
    await expect(readSnapshotDir(dir)).rejects.toMatchObject({ code: "snapshot_corrupt" });
  });

  test("with a manifest that is not JSON or not one", async () => {
    for (const text of ["", "{", "{}", "null"]) {
      await writeFile(join(dir, "manifest.json"), text);
      await expect(readSnapshotDir(dir)).rejects.toMatchObject({ code: expect.stringMatching(/^snapshot_/) });
    }
  });

  test("the folder holds nothing else", async () => {
    expect((await readdir(dir, { recursive: true })).sort()).toEqual(
      [
        "manifest.json",
        "report.json",
        "sections",
        "sections/attributes.safetensors",
        "sections/behaviour.safetensors",
        "sections/catalogue.safetensors",
        "sections/content.safetensors",
        "sections/linear.safetensors",
        "sections/neighbours.safetensors",
        "sections/popularity.safetensors",
        "sections/ranker.onnx",
        "sections/sessions.safetensors",
        "sections/taste.safetensors",
      ].sort(),
    );
  });
});
