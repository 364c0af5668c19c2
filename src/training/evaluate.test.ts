import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { clickRate } from "../catalog/click-rate.ts";
import { encodeDelta, encodePart } from "../catalog/delta.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { outcomesOf } from "../catalog/outcomes.ts";
import type { OutcomeCounts } from "../catalog/statistics-columns.ts";
import { epochKey } from "../lake/keys.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { type EvaluateOptions, evaluateRerank } from "./evaluate.ts";
import type { Evaluation } from "./evaluation-report.ts";
import { buildHistory, type Query } from "./history.ts";
import { frozenItems, liveItems, recordedEpochs } from "./item-history.ts";
import { itemTableOf } from "./item-statistics.ts";
import { ndcgAt, rankingOf } from "./metrics.ts";
import { type RecordedDecision, readDecisions } from "./recorded-decisions.ts";
import { parseSplit, splitHistory } from "./split.ts";
import { train } from "./train.ts";

const history = buildHistory(simulateLog({ seed: 4, endTs: 1_732_280_000_000, shoppers: 120 }));
const { train: trainRecords, test: lists } = splitHistory(history, parseSplit("time:0.8"));
const trainSide = buildHistory(trainRecords);
let snapshot: Snapshot;
let dir: string;
let live: Evaluation;

const ofList =
  (decisions: ReadonlyMap<string, RecordedDecision>) =>
  ({ list }: Query): RecordedDecision | undefined =>
    decisions.get(list.decisionId ?? "");

const evaluate = (options: Partial<EvaluateOptions> = {}): Promise<Evaluation> =>
  evaluateRerank(history, { snapshot, test: lists, itemHistory: liveItems(history.timeline), ...options });

beforeAll(async () => {
  const { manifest, files } = await train(trainSide, { vectorDimensions: 8, contentDimensions: 8 });
  snapshot = await decodeSnapshot(manifest, files);
  dir = await mkdtemp(join(tmpdir(), "nowcast-evaluate-"));
  live = await evaluate();
});
afterAll(() => rm(dir, { recursive: true }));

test("the model beats the click rate on simulated shoppers, and the interval says so", () => {
  expect(live.queries).toBe(lists.length);
  expect(live.versus.ctr.ci95[0]).toBeGreaterThan(0);
  expect(live.versus.ctr.delta).toBeCloseTo(live.metrics["ndcg@10"] - live.baselines.ctr["ndcg@10"], 12);
  expect(live.ci95["ndcg@10"][0]).toBeLessThan(live.metrics["ndcg@10"]);
  expect(live.ci95["ndcg@10"][1]).toBeGreaterThan(live.metrics["ndcg@10"]);
});

test("the bootstrap draws people: visitors who are one in the end hang together", async () => {
  const pairs = history.visitors.map((visitor, index) => ({ ...visitor, identity: `person-${index >> 1}` }));
  const drawn = await evaluateRerank(
    { ...history, visitors: pairs },
    { snapshot, test: lists, itemHistory: liveItems(history.timeline) },
  );
  expect(drawn.metrics).toEqual(live.metrics);
  expect(drawn.ci95["ndcg@10"]).not.toEqual(live.ci95["ndcg@10"]);
});

test("the baselines order by the counts that came strictly before each list", () => {
  const tables = lists.map(({ position }) => bareTableOf(position));
  const mean = (score: (items: ItemTable, slot: number, row: number) => number): number => {
    const values = lists.map(({ list, labels }, index) => {
      const items = tables[index] as ItemTable;
      const scores = (list.items ?? []).map(({ id }, row) => score(items, items.slotOf(id), row));
      return ndcgAt(labels, rankingOf(scores), 10);
    });
    return values.reduce((a, b) => a + b, 0) / values.length;
  };
  expect(live.baselines.ctr["ndcg@10"]).toBeCloseTo(
    mean((items, slot) => clickRate(items, slot, 0, 0)),
    12,
  );
  expect(live.baselines.popular["ndcg@10"]).toBeCloseTo(
    mean((items, slot) => items.clicks[slot] ?? 0),
    12,
  );
  expect(live.baselines["logged-order"]["ndcg@10"]).toBeCloseTo(
    mean((_items, _slot, row) => -row),
    12,
  );
});

/** The plain totals before a position of the log. */
function bareTableOf(position: number): ItemTable {
  const totals = new Map<string, OutcomeCounts>();
  for (const entry of history.timeline.slice(0, position)) {
    for (const { itemId, outcome } of "event" in entry ? outcomesOf(entry.event) : []) {
      const counts = totals.get(itemId) ?? {};
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      totals.set(itemId, counts);
    }
  }
  const table = new ItemTable();
  table.add(totals);
  return table;
}

test("nothing from a list on is known when it is ranked: a log cut after the list gives the same", async () => {
  const some = lists.slice(0, 7);
  const last = some.at(-1)?.position ?? 0;
  const timeline = history.timeline.slice(0, last + 1);
  const cut = await evaluateRerank(
    { ...history, timeline },
    { snapshot, test: some, itemHistory: liveItems(timeline) },
  );
  expect(cut).toEqual(await evaluate({ test: some }));
});

test("first lists and those of returning visitors are told apart and add up", () => {
  const { "first-list": first, returning } = live.breakdown;
  expect((first?.queries ?? 0) + (returning?.queries ?? 0)).toBe(live.queries);
  const seen = lists.filter(({ visitor, list }) => {
    const past = history.visitors[visitor]?.events.slice(0, list.seq - 1) ?? [];
    return past.some(({ type }) => ["view_item_list", "select_item", "view_item"].includes(type));
  });
  expect(returning?.queries).toBe(seen.length);
  const sum = [first, returning].reduce((sum, part) => sum + (part ? part.queries * part.metrics["ndcg@10"] : 0), 0);
  expect(sum / live.queries).toBeCloseTo(live.metrics["ndcg@10"], 12);
});

test("frozen statistics are those of the training side for every list", async () => {
  const frozen = await evaluate({ itemHistory: frozenItems(trainSide.timeline) });
  const first = [lists[0]].flatMap((list) => list ?? []);
  expect(frozen.metrics).not.toEqual(live.metrics);
  expect(await evaluate({ test: first, itemHistory: frozenItems(trainSide.timeline) })).toEqual(
    await evaluate({ test: first }),
  );
});

test("equal runs give equal reports, progress reaches the end, and no list is an error", async () => {
  const seen: number[] = [];
  const again = await evaluate({ onProgress: (done, total) => seen.push(done / total) });
  expect(again).toEqual(live);
  expect(seen.at(-1)).toBe(1);
  await expect(evaluate({ test: [] })).rejects.toThrow(/no list to test with/);
});

describe("recorded decisions", () => {
  const itemsOf = (index: number): string[] => (lists[index]?.list.items ?? []).map(({ id }) => id);
  const decision = (index: number, itemEpoch: number, items: readonly string[]): RecordedDecision => {
    return { list: lists[index]?.list.decisionId ?? "", itemEpoch, snapshot: "v1", items };
  };
  const byList = (decisions: readonly RecordedDecision[]) => new Map(decisions.map((each) => [each.list, each]));

  test("epoch statistics of the state before each list rank as live ones do, in any order of epochs", async () => {
    const some = lists.slice(0, 6);
    const site = "default";
    // Epoch n holds what came before list n − 1; the deltas hold only what changed since the epoch before.
    const before = new Map<string, string>();
    for (const [index, { position }] of some.entries()) {
      const items = itemTableOf(history.timeline.slice(0, position));
      const rows = items.ids.map((_, slot) => items.rowAt(slot));
      const changed = rows.filter((row) => before.get(row.id) !== JSON.stringify(row));
      for (const row of changed) before.set(row.id, JSON.stringify(row));
      const path = join(dir, epochKey(site, index + 1));
      await mkdir(dirname(path), { recursive: true });
      const part = encodePart({ shard: 0, ...items.shardNumbers(), rows: changed });
      await writeFile(path, encodeDelta(index, index + 1, [part]));
    }
    const decisions = byList(some.map((_, index) => decision(index, index + 1, itemsOf(index).toReversed())));
    const reversed = [...some].reverse();

    const expected = await evaluate({ test: some });
    const { recorded, ...byEpoch } = await evaluate({
      test: some,
      decisions,
      itemHistory: recordedEpochs(ofList(decisions), dir, site),
    });
    expect(byEpoch).toEqual(expected);
    const backwards = await evaluate({
      test: reversed,
      decisions,
      itemHistory: recordedEpochs(ofList(decisions), dir, site),
    });
    expect(backwards.metrics["ndcg@10"]).toBeCloseTo(expected.metrics["ndcg@10"], 12);

    const late = byList(some.map((_, index) => decision(index, 99, itemsOf(index))));
    await expect(
      evaluate({ test: some, decisions: late, itemHistory: recordedEpochs(ofList(late), dir, site) }),
    ).rejects.toThrow(/epoch 7 of the item statistics is missing/);
  });

  test("epoch 0 stands for a system without any item statistics", async () => {
    const one = lists.slice(0, 1);
    const decisions = byList([decision(0, 0, itemsOf(0))]);
    const empty = await evaluate({ test: one, itemHistory: () => [[0, new ItemTable()]] });
    const { recorded, ...epoch0 } = await evaluate({
      test: one,
      decisions,
      itemHistory: recordedEpochs(ofList(decisions), dir, "default"),
    });
    expect(epoch0).toEqual(empty);
  });

  test("their orders are measured, those that differ counted, lists without one left out", async () => {
    const shown = byList([decision(0, 0, itemsOf(0)), decision(1, 0, itemsOf(1))]);
    const report = await evaluate({ decisions: shown });
    expect(report.queries).toBe(2);
    expect(report.recorded).toEqual({
      metrics: report.baselines["logged-order"],
      snapshots: ["v1"],
      differing: 2,
      missing: lists.length - 2,
    });
  });

  test("a file of them is read by line, the last of a list holds, and what is wrong is named", async () => {
    const path = join(dir, "decisions.ndjson");
    const line = (items: string[]) => JSON.stringify({ list: "a", itemEpoch: 3, snapshot: "v", items });
    await writeFile(path, `${line(["x"])}\n\n${line(["y", "x"])}\n`);
    expect(await readDecisions(path)).toEqual(
      new Map([["a", { list: "a", itemEpoch: 3, snapshot: "v", items: ["y", "x"] }]]),
    );
    for (const [text, problem] of [
      ["{", "not JSON"],
      ["[]", "must be a JSON object, not []"],
      [`{"itemEpoch":1,"items":[]}`, "list must be the decisionId of a list or the id of an event, not undefined"],
      [`{"list":"a","itemEpoch":1.5,"items":[]}`, "itemEpoch must be an integer from 0, not 1.5"],
      [`{"list":"a","itemEpoch":1,"items":[1]}`, "items must be an array of ids, not [1]"],
    ] as const) {
      await writeFile(path, `${line(["x"])}\n${text}\n`);
      await expect(readDecisions(path)).rejects.toThrow(`${path}:2: ${problem}`);
    }
    await expect(readDecisions(join(dir, "nothing"))).rejects.toThrow(/ENOENT/);
  });
});
