import { expect, test, vi } from "vitest";
import type { Timer } from "../../src/telemetry/budget.ts";
import type { DecisionAnswer, DecisionRequest } from "../decision/run-decision.ts";
import { decideInTime } from "./decide-in-time.ts";

const REQUEST: DecisionRequest = {
  site: "default",
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
  placements: {
    home: { strategy: "default", items: [] },
    search: { strategy: "default", items: [{ id: "b" }, { id: "a" }] },
  },
  eventStatus: "pending",
};

test("a decision Worker that does not answer in time leaves the order given, and the event pending", async () => {
  const set: number[] = [];
  const answer = await decideInTime(REQUEST, new Promise(() => {}), 50, timerThat(set));
  expect(answer).toMatchObject({ ...LAST_RUNG, degraded: ["decision_timeout"] });
  await decideInTime({ ...REQUEST, profileBudgetMs: 2000 }, new Promise(() => {}), 50, timerThat(set));
  expect(set).toEqual([50, 2050]);
});

test("a decision Worker that throws is stepped over and logged", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const never: Timer = () => ({ rings: new Promise(() => {}), cancel: () => {} });
  const answer = await decideInTime(REQUEST, Promise.reject(new Error("reset")), 50, never);
  expect(answer).toMatchObject({ ...LAST_RUNG, degraded: ["decision_failed"] });
  expect(log).toHaveBeenCalledOnce();
});

test("an answer in time is the answer", async () => {
  const given = { degraded: [] } as unknown as DecisionAnswer;
  const never: Timer = () => ({ rings: new Promise(() => {}), cancel: () => {} });
  expect(await decideInTime(REQUEST, Promise.resolve(given), 50, never)).toBe(given);
});
