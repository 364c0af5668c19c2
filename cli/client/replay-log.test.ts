import { afterEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import type { LogEvent, LogRecord } from "../../src/training/log.ts";
import type { QuestionDecision } from "./ask-question.ts";
import { FakeNowcast, fakePorts } from "./fake-nowcast.ts";
import { recordLine, replayLog } from "./replay-log.ts";
import { rerank } from "./replay-rerank.ts";

let server: FakeNowcast;

afterEach(() => server.stop());

async function start(seed: number, faults: FakeNowcast["faults"] = {}): Promise<FakeNowcast> {
  server = await FakeNowcast.started(seed, faults);
  return server;
}

const SHOWN = ["i0", "i1", "i2", "i3", "i4"];

/** Lists of five of which the last is clicked: what a reversed order puts first. Every third list has no click. */
function log(seed: number, lists: number, visitors: number): LogRecord[] {
  const random = createRandom(seed);
  const records: LogRecord[] = SHOWN.map((id) => ({ kind: "item", id }));
  let ts = 1_700_000_000_000;
  const add = (anonymousId: string, event: Partial<LogEvent> & { type: string }): void => {
    ts += 1_000;
    records.push({ kind: "event", id: `e${records.length}`, ts, anonymousId, ...event });
  };
  for (let i = 0; i < lists; i++) {
    const visitor = `v${random.integer(visitors)}`;
    add(visitor, { type: "view_item_list", decisionId: `l${i}`, items: SHOWN.map((id) => ({ id })) });
    if (i % 3 > 0) add(visitor, { type: "select_item", decisionId: `l${i}`, items: [{ id: "i4" }] });
    add(`v${random.integer(visitors)}`, { type: "page_view" });
  }
  return records;
}

const newest = { protocol: rerank, trainShare: 0.8 };
const all = { protocol: rerank, trainShare: null };
const eventsOf = (records: LogRecord[]): LogEvent[] => records.filter((record) => record.kind === "event");

function expectInOrder(records: LogRecord[]): void {
  const events = eventsOf(records);
  for (const visitor of new Set(events.map(({ anonymousId = "" }) => anonymousId))) {
    const ids = events.filter(({ anonymousId }) => anonymousId === visitor).map(({ id }) => id);
    expect(server.idsOf(visitor)).toEqual(ids);
  }
  expect(server.overtaken).toBe(0);
}

test("what comes before the first test list is imported, the rest is decided list by list, and the orders are measured", async () => {
  await start(1);
  const records = log(1, 60, 7);
  const decisions: QuestionDecision[] = [];
  const report = await replayLog(records, server.client(), { ...newest, onDecision: (one) => decisions.push(one) });
  expectInOrder(records);
  const cut = records.findIndex((record) => record.kind === "event" && record.decisionId === "l49");
  const [before, after] = [eventsOf(records.slice(0, cut)), eventsOf(records.slice(cut))];
  expect(report.history).toMatchObject({
    events: before.length,
    accepted: before.length,
    items: 5,
    lakeComplete: true,
  });
  expect(report.replayed).toMatchObject({ events: after.length, accepted: after.length, unanswered: 0 });
  expect(decisions.map(({ list }) => list).sort()).toEqual(Array.from({ length: 11 }, (_, i) => `l${49 + i}`));
  expect(report.quality).toMatchObject({ queries: 8, metrics: { "ndcg@10": 1, mrr: 1 } });
  expect(report.quality?.baselines["logged-order"]["ndcg@10"]).toBeCloseTo(1 / Math.log2(6));
  // The click rate has seen that the last item is the one that is clicked.
  expect(report.quality?.baselines.ctr["ndcg@10"]).toBe(1);
  expect(JSON.parse(recordLine(decisions[0] as QuestionDecision))).toMatchObject({
    list: decisions[0]?.list,
    items: ["i4", "i3", "i2", "i1", "i0"],
    snapshot: "2026-11-22.1",
  });
});

test.each([1, 2, 3, 4])(
  "every list is decided when the visitor's earlier events are in and its own are not, whatever fails (seed %i)",
  async (seed) => {
    await start(seed, { drop: 0.1, dropAfter: 0.1, busy: 0.1, tooMany: 0.1, broken: 0.1, putOff: 0.1 });
    const records = log(seed, 120, 12);
    const events = eventsOf(records);
    const wrong: string[] = [];
    const { decide } = server;
    server.decide = (request) => {
      const list = events.find(({ ts }) => ts === request.ts);
      const earlier = events.filter(({ anonymousId, ts }) => anonymousId === request.anonymousId && ts < request.ts);
      const known = server.idsOf(request.anonymousId);
      if (list !== undefined && known.join() !== earlier.map(({ id }) => id).join()) wrong.push(list.id);
      return decide.call(server, request);
    };
    const random = createRandom(seed + 100);
    const report = await replayLog(
      records,
      server.client(
        fakePorts(() => random.next()),
        1e9,
      ),
      newest,
    );
    expectInOrder(records);
    expect(wrong).toEqual([]);
    expect(report.decisions).toBe(23);
  },
);

test("decisions ask to be logged whole when the replay is told so, and only then", async () => {
  const asked = () => server.requests.filter(({ path, json }) => path === "/v1/decide" && json.record === true).length;
  await start(9);
  const records = log(9, 12, 3);
  await replayLog(records, server.client(), { ...all });
  expect(asked()).toBe(0);
  const { decisions } = await replayLog(records, server.client(), { ...all, recordWhole: true });
  expect([decisions, asked()]).toEqual([12, 12]);
});

test("nobody gets further ahead of the others than the window", async () => {
  await start(5);
  const records = log(5, 400, 40);
  const events = eventsOf(records);
  await replayLog(records, server.client(), { ...all });
  const place = new Map(server.arrivals.map((id, i) => [id, i]));
  const ahead = events.map(({ id }, i) => Math.abs((place.get(id) ?? -1) - i));
  expect(Math.max(...ahead)).toBeLessThan(256);
});

test("a decision that stepped down is counted by reason and asked again with time to spare", async () => {
  await start(6, { stepDown: 0.5 });
  const report = await replayLog(log(6, 60, 7), server.client(), { ...all });
  const { first, firstByReason, remaining } = report.degraded;
  expect(first).toBeGreaterThan(10);
  expect(firstByReason).toEqual({ profile_timeout: first });
  expect(remaining).toBe(0);
  const patient = server.requests.filter(({ json }) => json?.budgetMs?.profile === 5_000 && json.ts !== undefined);
  expect(patient.length).toBe(first);
});

test("a reason that stays, such as no snapshot at all, is not asked again", async () => {
  await start(7);
  server.routes["GET /v1/snapshots"] = () => ({ status: 200, body: { champion: null, challengers: [] } });
  const { decide } = server;
  server.decide = (request) => {
    const { status, body } = decide.call(server, request);
    return { status, body: { ...(body as object), degraded: ["snapshot_cold"] } };
  };
  const warnings: string[] = [];
  const report = await replayLog(log(7, 30, 5), server.client(), { ...all, warn: (text) => warnings.push(text) });
  expect(report.degraded).toMatchObject({ first: 30, remaining: 30 });
  expect(server.requests.filter(({ path }) => path === "/v1/decide").length).toBe(31);
  expect(warnings.join()).toContain("snapshot_cold");
});

test("a second replay into the same system says that its figures flatter", async () => {
  await start(8);
  const records = log(8, 30, 5);
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  await replayLog(records, server.client(), { ...newest, warn });
  expect(warnings).toEqual([]);
  await replayLog(records, server.client(), { ...newest, warn });
  expect(warnings.join()).toContain("were there already");
});

test("a list that the server refuses to rank is left out, and the rest goes on", async () => {
  await start(9);
  const { decide } = server;
  server.decide = (request) =>
    request.ts % 7 === 0 ? { status: 400, body: { code: "invalid_request" } } : decide.call(server, request);
  const records = log(9, 60, 7);
  const report = await replayLog(records, server.client(), { ...all });
  expect(report.replayed.unanswered).toBeGreaterThan(0);
  expect(report.decisions + report.replayed.unanswered).toBe(60);
  expectInOrder(records);
});

test("a log without clicks is played and measures nothing", async () => {
  await start(10);
  const records = log(10, 20, 4).filter((record) => record.kind === "item" || record.type !== "select_item");
  const report = await replayLog(records, server.client(), { ...all });
  expect(report.quality).toBeNull();
  expect(report.decisions).toBe(20);
});
