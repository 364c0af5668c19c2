import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { features } from "../../nowcast.config.ts";
import { misled } from "../../tests/support/misled.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { ruleFactsOf } from "../catalog/rule-facts.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { type Compared, compareSnapshots, isWorse, type NotCompared } from "./compare-snapshots.ts";
import { evaluateRerank } from "./evaluate.ts";
import { evaluateNextItem } from "./evaluate-next-item.ts";
import { encodeItems, type HeldBack, holdBack, holdOutSize } from "./held-out.ts";
import { decodeHeldOut, encodeHeldOut, readHeldOut, writeHeldOut } from "./held-out-file.ts";
import { holdBackSessions } from "./held-out-sessions.ts";
import { buildHistory, type History } from "./history.ts";
import { frozenItems } from "./item-history.ts";
import { measureRankings, rankHeldOut } from "./rank-held-out.ts";
import { heldOutFigures } from "./report/held-out-figures.ts";
import { splitSessions } from "./split.ts";
import { type TrainOptions, train } from "./train.ts";

const small: TrainOptions = { vectorDimensions: 4, contentDimensions: 5, neighbours: 3, rankers: ["linear"] };
const records = simulateLog({ seed: 3, endTs: 1_732_280_000_000, shoppers: 90 });
const history = buildHistory(records);
const held = holdBack(history, 0.2) as HeldBack;
const { heldOut } = held;
let snapshot: Snapshot;

async function trained(from: History): Promise<Snapshot> {
  const { manifest, files } = await train(from, small);
  return decodeSnapshot(manifest, files);
}

beforeAll(async () => {
  snapshot = await trained(held.train);
});

describe("holding back", () => {
  test.each([
    [10_000, 0.1, 1_000],
    [100_000, 0.1, 2_000],
    [300, 0.1, 30],
    // A tenth would be too few to tell anything: a fifth at most goes.
    [160, 0.1, 30],
    [149, 0.1, 0],
    [10_000, 0, 0],
  ])("of %i lists, share %f, takes %i", (lists, share, size) => {
    expect(holdOutSize(lists, share)).toBe(size);
  });

  test("training sees nothing from the oldest of them on", () => {
    const first = heldOut.lists[0]?.ts ?? 0;
    const newest = Math.max(...held.train.visitors.flatMap(({ events }) => events.map(({ ts }) => ts)));
    expect(newest).toBeLessThanOrEqual(first);
    expect(heldOut.lists.map(({ ts }) => ts)).toEqual(heldOut.lists.map(({ ts }) => ts).toSorted((a, b) => a - b));
    expect(heldOut.lists).toHaveLength(Math.floor(history.queries.length * 0.2));
  });

  test("what the catalogue told of items goes along: a snapshot older than an item ranks it by its age", () => {
    const [told, named] = [ruleFactsOf({ brand: "Lumen", publishedAt: 5, tags: ["brass"] }), new ItemTable()];
    named.observe({ type: "view_item", receivedAt: 1, items: [{ id: "named" }] });
    named.put("lamp", "lamps", 12, true, told);
    const table = new ItemTable();
    table.apply(encodeItems(named));
    expect(table.facts.read(table.slotOf("lamp"))).toEqual(told);
    expect(table.facts.read(table.slotOf("named"))).toBeNull();
    expect(table.slotOf("named")).toBeGreaterThanOrEqual(0);
  });

  test("a log with too few lists is left whole", () => {
    const few = buildHistory(records.slice(0, history.queries[100]?.position));
    expect(holdBack(few, 0.1)).toBeNull();
    expect(holdBack(buildHistory([]), 0.1)).toBeNull();
  });

  test("the lists rank as they do in an evaluation with the statistics of the split", async () => {
    const test = history.queries.slice(-heldOut.lists.length);
    const itemHistory = frozenItems(history.timeline.slice(0, test[0]?.position));
    const evaluation = await evaluateRerank(history, { snapshot, test, itemHistory });
    const mean = (rankings: string[][] | undefined): number => {
      const values = measureRankings("rerank", heldOut.lists, rankings ?? [])["ndcg@10"] as Float64Array;
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    expect(mean(await rankHeldOut(heldOut, snapshot, features))).toBeCloseTo(evaluation.metrics["ndcg@10"], 12);
    const baselines = held.baselines();
    for (const name of ["popular", "ctr", "logged-order"] as const) {
      expect(mean(baselines[name])).toBeCloseTo(evaluation.baselines[name]["ndcg@10"], 12);
    }
  });
});

describe("holding back sessions", () => {
  test("measures the model and its baselines as an evaluation with the statistics of the split does", async () => {
    const shop = buildHistory(simulateLog({ seed: 3, endTs: 1_732_280_000_000, shoppers: 14 }));
    const back = holdBackSessions(shop, 0.2) as HeldBack;
    const { manifest, files } = await train(back.train, { ...small, objective: "next-item" });
    const model = await decodeSnapshot(manifest, files);
    const evaluation = await evaluateNextItem(shop, {
      snapshot: model,
      trainSide: back.train,
      test: splitSessions(shop, 0.8).test,
      itemHistory: frozenItems(back.train.timeline),
      live: false,
    });
    const ranked = await rankHeldOut(back.heldOut, model, features);
    const figures = heldOutFigures(back.heldOut, { model: ranked, ...back.baselines() }, 1);
    expect(figures).toMatchObject({ protocol: "next-item", metrics: ["mrr@20", "hr@20"], lists: evaluation.queries });
    const all = { model: evaluation.metrics, ...evaluation.baselines };
    expect(figures.rankings.map(({ name }) => name).sort()).toEqual(Object.keys(all).sort());
    for (const { name, values } of figures.rankings) {
      for (const metric of ["mrr@20", "hr@20"] as const) {
        expect(values[metric]?.mean).toBeCloseTo(all[name as keyof typeof all][metric], 12);
      }
    }
    const read = decodeHeldOut(encodeHeldOut(back.heldOut, manifest.id));
    expect(read).toEqual({ snapshot: manifest.id, ...back.heldOut });
    expect(manifest.training.until).toBeLessThanOrEqual(back.heldOut.lists[0]?.ts ?? 0);
  });

  test("leaves a log whole that has too few, or only one that goes on", () => {
    const view = (n: number, session: number) => ({
      kind: "event" as const,
      id: `e${n}`,
      type: "view_item",
      ts: 1_700_000_000_000 + 1_000 * n,
      anonymousId: `a${session}`,
      items: [{ id: `i${n % 5}` }],
    });
    expect(holdBackSessions(buildHistory([view(1, 1), view(2, 1)]), 0.1)).toBeNull();
    const one = Array.from({ length: 1_000 }, (_, n) => view(n, 1));
    expect(holdBackSessions(buildHistory(one), 0.1)).toBeNull();
    const many = Array.from({ length: 1_000 }, (_, n) => view(n, Math.floor(n / 5)));
    expect(holdBackSessions(buildHistory(many), 0)).toBeNull();
    expect(holdBackSessions(buildHistory(many), 0.1)?.heldOut.lists).toHaveLength(80);
  });
});

describe("the file", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "nowcast-holdout-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  test("reads back as it was written, and names no visitor", async () => {
    await writeHeldOut(dir, heldOut, "0123456789abcdef");
    const read = await readHeldOut(dir, "0123456789abcdef");
    expect(read).toEqual({ snapshot: "0123456789abcdef", ...heldOut });
    const text = Buffer.from(encodeHeldOut(heldOut, "0123456789abcdef")).toString("latin1");
    const ids = new Set(records.flatMap((record) => (record.kind === "event" ? (record.anonymousId ?? []) : [])));
    expect(ids.size).toBeGreaterThan(50);
    for (const id of ids) expect(text.includes(id)).toBe(false);
  });

  test("goes when a later training holds nothing back", async () => {
    await writeHeldOut(dir, heldOut, "0123456789abcdef");
    await writeHeldOut(dir, null, "0123456789abcdef");
    expect(await readdir(dir)).toEqual([]);
    expect(await readHeldOut(dir, "0123456789abcdef")).toBeNull();
  });

  test("of another snapshot is refused", async () => {
    await writeHeldOut(dir, heldOut, "0123456789abcdef");
    await expect(readHeldOut(dir, "fedcba9876543210")).rejects.toMatchObject({ code: "holdout_corrupt" });
  });

  test("is refused when it is cut anywhere, or when a bit is another", () => {
    const bytes = encodeHeldOut({ ...heldOut, lists: heldOut.lists.slice(0, 2) }, "0123456789abcdef");
    const step = Math.ceil(bytes.length / 200);
    for (let at = 0; at < bytes.length; at += step) {
      expect(() => decodeHeldOut(bytes.slice(0, at))).toThrowError(
        expect.objectContaining({ code: "holdout_corrupt" }),
      );
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      expect(() => decodeHeldOut(flipped)).toThrowError(expect.objectContaining({ code: "holdout_corrupt" }));
    }
    expect(() => decodeHeldOut(encodeHeldOut({ ...heldOut, lists: [] }, ""))).toThrow("it holds no list");
  });
});

describe("a comparison", () => {
  const compare = (champion: Snapshot, challenger: Snapshot, lists = heldOut.lists, registry = features) =>
    compareSnapshots({ ...heldOut, lists }, { manifest: champion.manifest, load: async () => champion }, challenger, {
      features: registry,
    });
  let worse: Snapshot;
  beforeAll(async () => {
    worse = await trained(buildHistory(misled(held.train.timeline.map(({ record }) => record))));
  });

  test("tells the worse from the better, whichever is new", async () => {
    const lost = (await compare(snapshot, worse)) as Compared;
    const won = (await compare(worse, snapshot)) as Compared;
    expect(lost).toMatchObject({ metric: "ndcg@10", lists: heldOut.lists.length, worse: true });
    expect(won).toMatchObject({ champion: lost.challenger, challenger: lost.champion, worse: false });
    expect(lost.ci95[1]).toBeLessThan(0);
    expect(won.delta).toBeCloseTo(-lost.delta, 12);
    expect(lost.delta).toBeCloseTo(lost.challenger - lost.champion, 12);
  });

  test("works between snapshots of different features", async () => {
    const { manifest, files } = await train(held.train, { ...small, features: features.slice(0, 6) });
    const narrow = await decodeSnapshot(manifest, files);
    expect(await compare(narrow, snapshot)).toMatchObject({ lists: heldOut.lists.length });
    expect(await compare(snapshot, narrow)).toMatchObject({ lists: heldOut.lists.length });
  });

  test("leaves out what the champion learned from, and says so when nothing is left", async () => {
    const knowing = (lists: number): Snapshot => {
      const until = heldOut.lists.at(-lists - 1)?.ts ?? 0;
      return { ...snapshot, manifest: { ...snapshot.manifest, training: { ...snapshot.manifest.training, until } } };
    };
    expect(await compare(knowing(40), snapshot)).toMatchObject({ lists: 40, delta: 0, worse: false });
    expect(await compare(knowing(29), snapshot)).toMatchObject({ reason: "too_few_lists" });
    expect(await compare(knowing(0), snapshot)).toMatchObject({ reason: "no_common_lists" });
  });

  test("with lists of few visitors proves nothing", async () => {
    const alike = heldOut.lists.map((list) => ({ ...list, visitor: list.visitor % 9 }));
    expect(await compare(snapshot, worse, alike)).toMatchObject({ reason: "too_few_lists" });
  });

  test("says why a champion cannot be ranked with; a new one that cannot is an error", async () => {
    const { manifest, files } = await train(held.train, { ...small, features: features.slice(0, 6) });
    const narrow = await decodeSnapshot(manifest, files);
    const build = features.slice(0, 6);
    const told = (await compare(snapshot, narrow, heldOut.lists, build)) as NotCompared;
    expect(told).toMatchObject({ reason: "champion_unrankable", detail: expect.stringContaining("snapshot_features") });
    await expect(compare(narrow, snapshot, heldOut.lists, build)).rejects.toMatchObject({ code: "snapshot_features" });
  });

  test.each([
    [-0.002, [-0.003, -0.001], 40, true],
    [-0.02, [-0.05, 0.01], 499, false],
    [-0.02, [-0.05, 0.01], 500, true],
    [-0.009, [-0.02, 0.001], 2_000, false],
    [0.01, [-0.01, 0.03], 2_000, false],
  ] as const)("a difference of %f with interval %j on %i lists is worse: %s", (delta, ci95, lists, worse) => {
    expect(isWorse(delta, ci95, lists)).toBe(worse);
  });
});
