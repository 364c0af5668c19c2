import { afterEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import { buildHistory } from "../../src/training/history.ts";
import type { LogEvent } from "../../src/training/log.ts";
import { nextItemQueries } from "../../src/training/next-item-queries.ts";
import { sessionsOf } from "../../src/training/sessions.ts";
import type { QuestionDecision } from "./ask-question.ts";
import { FakeNowcast, fakePorts } from "./fake-nowcast.ts";
import { replayLog } from "./replay-log.ts";
import { nextItem } from "./replay-next-item.ts";

let server: FakeNowcast;
afterEach(() => server.stop());

const MINUTE = 60_000;
const all = { protocol: nextItem, trainShare: null };

/** Visits of five touches: three items, the second of them once more, a new one; between them what is no touch. */
function visits(count: number): LogEvent[] {
  const random = createRandom(3);
  const events: LogEvent[] = [];
  for (let visit = 0; visit < count; visit++) {
    const visitor = `v${visit % 5}`;
    const start = 1_700_000_000_000 + Math.floor(visit / 5) * 120 * MINUTE + random.integer(5 * MINUTE);
    const add = (minute: number, type: string, item: string): void => {
      const ts = start + minute * MINUTE + random.integer(1000);
      const items = type === "page_view" ? {} : { items: [{ id: item }] };
      events.push({ kind: "event", id: `e${events.length}`, ts, type, anonymousId: visitor, ...items });
    };
    add(0, "view_item", `${visit}a`);
    add(1, "page_view", "");
    add(2, "view_item", `${visit}b`);
    add(3, "add_to_cart", `${visit}c`);
    add(4, "view_item_list", `${visit}z`);
    add(5, "view_item", `${visit}b`);
    add(6, "view_item", `${visit}d`);
    add(7, "page_view", "");
  }
  return events.sort((a, b) => a.ts - b.ts);
}

test.each([1, 2, 3])(
  "what comes next is asked when the session is told so far and nothing after it, whatever fails (seed %i)",
  async (seed) => {
    server = await FakeNowcast.started(seed, { drop: 0.05, dropAfter: 0.05, busy: 0.05, putOff: 0.05 });
    const records = visits(40);
    const wrong: string[] = [];
    const { decide } = server;
    server.decide = (request) => {
      const { anonymousId, ts } = request;
      const earlier = records.filter((event) => event.anonymousId === anonymousId && event.ts <= ts);
      if (ts !== undefined && server.idsOf(anonymousId).join() !== earlier.map(({ id }) => id).join()) wrong.push(ts);
      return decide.call(server, request);
    };
    const random = createRandom(seed + 100);
    const decisions: QuestionDecision[] = [];
    const client = server.client(
      fakePorts(() => random.next()),
      1e9,
    );
    const report = await replayLog(records, client, { ...all, onDecision: (one) => decisions.push(one) });
    expect(wrong).toEqual([]);
    const queries = nextItemQueries(sessionsOf(buildHistory(records)));
    expect(decisions.map(({ list }) => list).sort()).toEqual(
      queries.map(({ position }) => records[position]?.id).sort(),
    );
    // Of the four that follow in a visit, the third was the one before the last: it stands second.
    expect(report.quality).toMatchObject({ queries: 160, sessions: 40, metrics: { "hr@20": 0.25, "mrr@20": 0.125 } });
    expect(server.overtaken).toBe(0);
  },
);

test("an answer that never comes is a miss, and a decision is asked with the clock of the last event", async () => {
  server = await FakeNowcast.started(4);
  const records = visits(10);
  const { decide } = server;
  const refused = records.find(({ type }) => type === "add_to_cart") as LogEvent;
  server.decide = (request) =>
    request.ts === refused.ts ? { status: 400, body: { code: "invalid_request" } } : decide.call(server, request);
  const report = await replayLog(records, server.client(), all);
  expect(report.replayed.unanswered).toBe(1);
  expect(report.quality).toMatchObject({ queries: 40, metrics: { "hr@20": 9 / 40 } });
  const asked = server.requests.filter(({ path, json }) => path === "/v1/decide" && json.ts !== undefined);
  const times = new Set(records.map(({ ts }) => ts));
  expect(asked.every(({ json }) => times.has(json.ts))).toBe(true);
});

test("what stands before the test sessions is imported and not asked about", async () => {
  server = await FakeNowcast.started(5);
  const records = visits(40);
  const report = await replayLog(records, server.client(), { protocol: nextItem, trainShare: 0.75 });
  expect(report.history.events).toBeGreaterThan(0);
  expect(report.history.events + report.replayed.events).toBe(records.length);
  expect(report.quality?.sessions).toBeGreaterThan(5);
  expect(report.decisions).toBe(report.quality?.queries);
  expect(report.decisions).toBeLessThan(60);
});

test("a log without a session of two events is played and measures nothing", async () => {
  server = await FakeNowcast.started(6);
  const report = await replayLog(visits(10).slice(0, 1), server.client(), all);
  expect(report).toMatchObject({ quality: null, decisions: 0, replayed: { events: 1 } });
});
