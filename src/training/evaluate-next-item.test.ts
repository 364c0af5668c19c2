import { beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { evaluateNextItem } from "./evaluate-next-item.ts";
import { buildHistory, type History } from "./history.ts";
import { frozenItems, liveItems } from "./item-history.ts";
import type { LogEvent } from "./log.ts";
import { NEXT_ITEM_BASELINES } from "./next-item-baselines.ts";
import type { NextItemEvaluation } from "./next-item-report.ts";
import { splitSessions } from "./split.ts";
import { TrainingError, train } from "./train.ts";

const START = 1_700_000_000_000;
const ITEMS = 60;

/** Visits that walk round a circle of items one by one, with a look back now and then and some at random. */
function walks(count: number): LogEvent[] {
  const random = createRandom(5);
  return Array.from({ length: count }, (_, visit) => {
    let item = random.integer(ITEMS);
    return Array.from({ length: 2 + random.integer(4) }, (_, step): LogEvent => {
      const chance = random.next();
      if (step > 0 && chance > 0.2) item = chance > 0.9 ? random.integer(ITEMS) : (item + 1) % ITEMS;
      return {
        kind: "event",
        id: `${visit}-${step}`,
        type: "view_item",
        ts: START + visit * 60_000 + step * 1000,
        anonymousId: `v${visit}`,
        items: [{ id: `item-${item}` }],
      };
    });
  }).flat();
}

let history: History;
let trainSide: History;
let snapshot: Snapshot;
let evaluation: NextItemEvaluation;
const small = { vectorDimensions: 4, contentDimensions: 4, neighbours: 4, rankers: [] };

beforeAll(async () => {
  history = buildHistory(walks(700));
  const sides = splitSessions(history, 0.8);
  trainSide = buildHistory(sides.train);
  const { manifest, files } = await train(trainSide, small);
  snapshot = await decodeSnapshot(manifest, files);
  const itemHistory = frozenItems(trainSide.timeline);
  evaluation = await evaluateNextItem(history, { snapshot, trainSide, test: sides.test, itemHistory, live: false });
});

describe("a log of views alone", () => {
  test("trains a ranker on what came next, without clicked lists, the same twice", async () => {
    expect(trainSide.queries).toHaveLength(0);
    expect(snapshot.manifest.training.queries).toBeGreaterThan(300);
    expect(snapshot.manifest.features.map(({ name }) => name)).toContain("session_knn");
    // Nothing was shown, searched or put in a cart: features that say nothing here are left out.
    expect(snapshot.manifest.features.map(({ name }) => name)).not.toContain("negative_evidence");
    expect((await train(trainSide, small)).manifest.id).toBe(snapshot.manifest.id);
  });

  test("is asked about every event after the first of each test session", () => {
    const { test } = splitSessions(history, 0.8);
    expect(evaluation.queries).toBe(test.reduce((sum, { steps }) => sum + steps.length - 1, 0));
    expect(evaluation.sessions).toBe(test.length);
  });

  test("is predicted far better than by popularity, by what follows in the circle", () => {
    const { metrics, baselines, versus, ci95 } = evaluation;
    expect(metrics["hr@20"]).toBeGreaterThan(0.8);
    expect(metrics["mrr@20"]).toBeGreaterThan(baselines.popular["mrr@20"] + 0.2);
    expect(versus.popular["mrr@20"].ci95[0]).toBeGreaterThan(0);
    expect(versus.popular.delta).toBeCloseTo(metrics["hr@20"] - baselines.popular["hr@20"]);
    expect(ci95["hr@20"][0]).toBeLessThan(metrics["hr@20"]);
    for (const name of NEXT_ITEM_BASELINES) expect(baselines[name]["hr@20"]).toBeGreaterThan(0);
  });

  test("repeats may be hit, and the parts make the whole", () => {
    const { breakdown, queries } = evaluation;
    expect(breakdown.repeat?.metrics["hr@20"]).toBeGreaterThan(0.5);
    expect((breakdown.repeat?.queries ?? 0) + (breakdown["another-item"]?.queries ?? 0)).toBe(queries);
    expect((breakdown["first-prediction"]?.queries ?? 0) + (breakdown.later?.queries ?? 0)).toBe(queries);
  });
});

test("live and frozen statistics are asked about the same queries", async () => {
  const { test } = splitSessions(history, 0.8);
  const few = test.slice(0, 20);
  const itemHistory = liveItems<{ position: number }>(history.timeline, ({ position }) => position + 1);
  const live = await evaluateNextItem(history, { snapshot, trainSide, test: few, itemHistory, live: true });
  expect(live.sessions).toBe(20);
  await expect(evaluateNextItem(history, { snapshot, trainSide, test: [], itemHistory, live: true })).rejects.toThrow(
    "no test session has a second event",
  );
});

test("a log without a session of two events is refused", async () => {
  const single = walks(30).filter(({ id }) => id.endsWith("-0"));
  await expect(train(buildHistory(single), small)).rejects.toThrow(TrainingError);
});
