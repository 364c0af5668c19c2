import { expect, test } from "vitest";
import { type Timer, withinBudget } from "./budget.ts";

/** A timer that rings when told, and remembers whether it was cancelled. */
function handTimer() {
  let ring = (): void => {};
  const state = { cancelled: false, ms: 0 };
  const timer: Timer = (ms) => {
    state.ms = ms;
    return {
      rings: new Promise((resolve) => {
        ring = resolve;
      }),
      cancel: () => {
        state.cancelled = true;
      },
    };
  };
  return { timer, state, ring: () => ring() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("work in time gives its value and leaves no timer behind", async () => {
  const { timer, state } = handTimer();
  expect(
    await withinBudget(
      turn().then(() => 7),
      30,
      timer,
    ),
  ).toEqual({ value: 7 });
  expect(state).toEqual({ cancelled: true, ms: 30 });
});

test("work that is done at once needs no timer", async () => {
  const { timer, state } = handTimer();
  const held = async () => 7;
  expect(await withinBudget(held(), 30, timer)).toEqual({ value: 7 });
  expect(state).toEqual({ cancelled: false, ms: 0 });
});

test("work that takes too long is left to itself", async () => {
  const { timer, state, ring } = handTimer();
  const result = withinBudget(new Promise(() => {}), 30, timer);
  await turn();
  expect(state.ms).toBe(30);
  ring();
  expect(await result).toEqual({ missed: "timeout" });
});

test("work that fails says why", async () => {
  const cause = new Error("reset");
  expect(await withinBudget(Promise.reject(cause), 30, handTimer().timer)).toEqual({ missed: "failed", cause });
});
