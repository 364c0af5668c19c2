// What comes next, through the running system: its answers are those of offline evaluation with the same item statistics,
// and a comparison that should fail does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "../cli/client/client.ts";
import { type ReplayReport, recordLine, replayLog } from "../cli/client/replay-log.ts";
import { type NextItemQuality, nextItem } from "../cli/client/replay-next-item.ts";
import { createRandom } from "../src/kernels/random.ts";
import { decodeSnapshot } from "../src/snapshot/snapshot.ts";
import { evaluateNextItem } from "../src/training/evaluate-next-item.ts";
import { buildHistory, type History } from "../src/training/history.ts";
import { recordedEpochs } from "../src/training/item-history.ts";
import type { LogEvent, LogRecord } from "../src/training/log.ts";
import type { NextItemQuery } from "../src/training/next-item-queries.ts";
import { decisionAfter, type RecordedDecision } from "../src/training/recorded-decisions.ts";
import type { SnapshotFiles } from "../src/training/snapshot-files.ts";
import { type SessionSides, splitSessions } from "../src/training/split.ts";
import { train } from "../src/training/train.ts";
import { eventually } from "./support/eventually.ts";
import { createHarness, KEYS } from "./support/harness.ts";
import { publish } from "./support/publish.ts";
import { pullInto } from "./support/pull.ts";
import { systemOf } from "./support/system.ts";

const START = 1_732_000_000_000;
const ITEMS = 40;

/** Visits that walk round a circle of items, with a look back now and then and some at random. */
function walks(count: number): LogEvent[] {
  const random = createRandom(11);
  return Array.from({ length: count }, (_, visit) => {
    let item = random.integer(ITEMS);
    return Array.from({ length: 3 + random.integer(3) }, (_, step): LogEvent => {
      const chance = random.next();
      if (step > 0 && chance > 0.2) item = chance > 0.9 ? random.integer(ITEMS) : (item + 1) % ITEMS;
      const ts = START + visit * 60_000 + step * 1000;
      const items = [{ id: `item-${item}` }];
      return { kind: "event", id: `${visit}-${step}`, type: "view_item", ts, anonymousId: `v${visit}`, items };
    });
  }).flat();
}

const harness = createHarness();
const system = systemOf(harness);
const dir = mkdtempSync(join(tmpdir(), "nowcast-next-item-"));
let client: Client;
let history: History;
let sides: SessionSides;
let played: LogRecord[];
let model: SnapshotFiles;

beforeAll(async () => {
  history = buildHistory(walks(360));
  sides = splitSessions(history, 0.85);
  played = history.timeline.slice(sides.train.length).map(({ record }) => record);
  const small = { vectorDimensions: 4, contentDimensions: 4, neighbours: 4, rankers: [] };
  model = await train(buildHistory(sides.train), { ...small, objective: "next-item" });
  const { url } = await harness.listen();
  client = new Client({ url: url.origin, key: KEYS.secret, timeoutMs: 60_000 });
});
afterAll(async () => {
  await harness.close();
  rmSync(dir, { recursive: true, force: true });
});

const decisions = new Map<string, RecordedDecision>();
const replay = (records: readonly LogRecord[]): Promise<ReplayReport<NextItemQuality>> =>
  replayLog(records, client, {
    protocol: nextItem,
    trainShare: null,
    onDecision(decision) {
      const recorded = JSON.parse(recordLine(decision)) as RecordedDecision;
      decisions.set(recorded.list, recorded);
    },
  });

const evaluate = async (recorded: ReadonlyMap<string, RecordedDecision>) =>
  evaluateNextItem(history, {
    snapshot: await decodeSnapshot(model.manifest, model.files),
    trainSide: buildHistory(sides.train),
    test: sides.test,
    itemHistory: recordedEpochs<NextItemQuery>((query) => decisionAfter(history, query, recorded), dir, "default"),
    live: true,
    decisions: recorded,
  });

test("without a snapshot every answer steps down, and the report says so beside the figures", async () => {
  const others = walks(6).map((event) => ({
    ...event,
    id: `other-${event.id}`,
    anonymousId: `other-${event.anonymousId}`,
  }));
  const report = await replay(others);
  expect(report.decisions).toBe(report.quality?.queries);
  expect(report.degraded.remaining).toBe(report.decisions);
  expect(report.degraded.remainingByReason).toHaveProperty("snapshot_cold");
  decisions.clear();
});

test("the system answers what offline evaluation answers with the item statistics that it had", async () => {
  const version = await publish(system, model);
  const { quality, degraded, snapshots, itemEpoch } = await replay(played);
  expect(quality?.queries).toBe(sides.test.reduce((sum, { steps }) => sum + steps.length - 1, 0));
  expect(degraded.remaining).toBe(0);
  expect(Object.keys(snapshots)).toEqual([version]);
  // The epochs that decisions used are in the lake as soon as they are made.
  await eventually(async () => {
    await pullInto(dir, system);
    return (await client.lakeStatus()).itemEpoch >= itemEpoch.max ? true : null;
  }, 30_000);
  const { metrics, queries, recorded, baselines } = await evaluate(decisions);
  expect(queries).toBe(quality?.queries);
  expect(recorded).toMatchObject({ differing: 0, missing: 0, snapshots: [version], metrics: quality?.metrics });
  expect(metrics).toEqual(quality?.metrics);
  expect(metrics["hr@20"]).toBeGreaterThan(baselines.popular["hr@20"] + 0.1);
});

test("a single answer in another order is noticed, and one that is missing is told", async () => {
  const [first, second] = [...decisions.values()] as [RecordedDecision, RecordedDecision];
  const changed = new Map(decisions).set(first.list, { ...first, items: first.items.toReversed() });
  changed.delete(second.list);
  const { recorded, queries } = await evaluate(changed);
  expect(recorded).toMatchObject({ differing: 1, missing: 1 });
  expect(queries).toBe(decisions.size - 1);
});
