import { beforeAll, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { features } from "../../nowcast.config.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { checkRefit } from "./check-refit.ts";
import { type HeldBack, holdBack } from "./held-out.ts";
import { buildHistory } from "./history.ts";
import { train } from "./train.ts";
import { type TrainedWithReport, trainWithReport } from "./train-with-report.ts";

const options = {
  vectorDimensions: 4,
  contentDimensions: 5,
  neighbours: 3,
  rankers: ["linear"],
  holdout: 0.2,
} as const;
const END = 1_732_280_000_000;
/** A product that shoppers first see in the part that is held back. */
const NEWCOMER = "newcomer";
const records = simulateLog({ seed: 8, endTs: END, shoppers: 30 });
const newest = records.findLast((record) => record.kind === "event");
const log = [
  ...records,
  ...["a", "b"].map((name) => ({
    ...newest,
    kind: "event" as const,
    id: `late-${name}`,
    type: "view_item",
    ts: END,
    anonymousId: `late-${name}`,
    items: [{ id: NEWCOMER }],
  })),
];
const history = buildHistory(log);
const held = holdBack(history, 0.2) as HeldBack;
let refitted: TrainedWithReport;
let measured: TrainedWithReport;

beforeAll(async () => {
  refitted = await trainWithReport(history, options);
  measured = await trainWithReport(history, { ...options, refit: false });
});

test("what is measured has not seen the lists held back; what is published has, by the same recipe", async () => {
  const alone = await train(held.train, options);
  expect(refitted.candidate?.manifest).toEqual(alone.manifest);
  expect(refitted.manifest.candidate).toEqual(alone.manifest);
  const { manifest, ranker, report } = refitted;
  expect(manifest.features).toEqual(alone.manifest.features);
  expect(ranker.recipe).toEqual(alone.ranker.recipe);
  expect(manifest.training.until).toBe(END);
  expect(manifest.training.queries).toBe(alone.manifest.training.queries + (report.heldOut?.lists ?? 0));
  expect(alone.manifest.training.until).toBeLessThan(held.heldOut.lists[0]?.ts ?? 0);
  const published = await decodeSnapshot(refitted.manifest, refitted.files);
  const candidate = await decodeSnapshot(alone.manifest, alone.files);
  expect(published.ids.indexOf(NEWCOMER)).toBeGreaterThanOrEqual(0);
  expect(candidate.ids.indexOf(NEWCOMER)).toBe(-1);
  expect([...published.linear.weight]).not.toEqual([...candidate.linear.weight]);
});

test("it is checked on what it has learned from, and published when it ranks that no worse", async () => {
  expect(refitted.report.refit?.check).toMatchObject({ metric: "ndcg@10", passed: true });
  const ranked = refitted.heldOut?.lists.map(({ request, relevant }) => {
    const ids = request.type === "rank" ? request.items.map(({ id }) => id) : [];
    return [...relevant, ...ids.filter((id) => !relevant.includes(id))];
  });
  // Beside a candidate that foresaw every click it fails.
  const check = await checkRefit(held.heldOut, ranked ?? [], refitted, features, 1, () => {});
  expect(check.passed).toBe(false);
  expect(check.delta).toBeLessThan(0);
});

test("without it the candidate itself is published; figures are the same either way", () => {
  expect(measured.manifest).toEqual(refitted.candidate?.manifest);
  expect(measured.candidate).toBeNull();
  expect(measured.report.refit).toBeNull();
  expect(measured.report.heldOut).toEqual(refitted.report.heldOut);
  expect(measured.report.ranker.validation).toEqual(refitted.report.ranker.validation);
  expect(refitted.report.refit).toMatchObject({ candidate: measured.manifest.id });
});

test("equal logs and seeds give equal snapshots", async () => {
  const again = await trainWithReport(history, options);
  expect(again.manifest).toEqual(refitted.manifest);
});

test("of next items as many others teach as in the training rows, and a list without its answer teaches nothing", async () => {
  const nextItem = { ...options, objective: "next-item", allFeatures: true } as const;
  const { manifest, candidate, report } = await trainWithReport(history, nextItem);
  const [before, after] = [candidate?.manifest.training.queries ?? 0, manifest.training.queries];
  expect(after).toBeGreaterThan(before);
  expect(after - before).toBeLessThanOrEqual(report.heldOut?.lists ?? 0);
  expect(report.counts.rows / after).toBeLessThan(82);
});
