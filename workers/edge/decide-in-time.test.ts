import { expect, test, vi } from "vitest";
import type { Timer } from "../../src/telemetry/budget.ts";
import type { DecisionAnswer, DecisionRequest } from "../decision/run-decision.ts";
import { encodeAnswer, type WireAnswer } from "../decision/wire.ts";
import { decideInTime } from "./decide-in-time.ts";

const REQUEST: DecisionRequest = {
  site: "default",
  nonce: [1, 2],
  visitor: "default:a:x",
  mayPersonalize: true,
  event: { json: "[]", receivedAt: 0, recorded: true },
  digest: null,
  placements: {
    home: { type: "recommend", count: 3 },
    search: { type: "rank", items: [{ id: "b" }, { id: "a" }] },
  },
  now: 0,
  explain: false,
};

/** Rings at once, and remembers what it was set to. */
function timerThat(set: number[]): Timer {
  return (ms) => {
    set.push(ms);
    return { rings: Promise.resolve(), cancel: () => {} };
  };
}

const LAST_RUNG = {
  home: { strategy: "default", items: [] },
  search: { strategy: "default", items: [{ id: "b" }, { id: "a" }] },
};

function expectLastRung({ head, placements }: WireAnswer, reason: string): void {
  expect(head).toMatchObject({ eventStatus: "pending", degraded: [reason] });
  expect(JSON.parse(placements)).toMatchObject(LAST_RUNG);
}

test("a decision Worker that does not answer in time leaves the order given, and the event pending", async () => {
  const set: number[] = [];
  const answer = await decideInTime(REQUEST, new Promise(() => {}), 50, timerThat(set));
  expectLastRung(answer, "decision_timeout");
  await decideInTime({ ...REQUEST, profileBudgetMs: 2000 }, new Promise(() => {}), 50, timerThat(set));
  expect(set).toEqual([50, 2050]);
});

test("a decision Worker that throws is stepped over and logged", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const never: Timer = () => ({ rings: new Promise(() => {}), cancel: () => {} });
  const answer = await decideInTime(REQUEST, Promise.reject(new Error("reset")), 50, never);
  expectLastRung(answer, "decision_failed");
  expect(log).toHaveBeenCalledOnce();
});

test("what is no answer is stepped over like one that failed", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const never: Timer = () => ({ rings: new Promise(() => {}), cancel: () => {} });
  expectLastRung(await decideInTime(REQUEST, Promise.resolve("<html>"), 50, never), "decision_failed");
  expect(log).toHaveBeenCalled();
});

test("an answer in time is the answer", async () => {
  const placements = {
    home: { strategy: "model", items: [{ id: "a", score: 1, position: 0, source: "popular" }] },
  } as const;
  const rest = { degraded: [], timings: { total: 1 }, eventStatus: "accepted", digest: null } as const;
  const given: DecisionAnswer = { placements, ...rest, snapshot: "1", itemEpoch: 2 };
  const never: Timer = () => ({ rings: new Promise(() => {}), cancel: () => {} });
  const answer = await decideInTime(REQUEST, Promise.resolve(encodeAnswer(given, REQUEST)), 50, never);
  expect(answer.head).toMatchObject({ ...rest, snapshot: "1", itemEpoch: 2 });
  expect(JSON.parse(answer.placements)).toEqual(placements);
});
