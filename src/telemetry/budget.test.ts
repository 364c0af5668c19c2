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

test("work in time gives its value and leaves no timer behind", async () => {
  const { timer, state } = handTimer();
  expect(await withinBudget(Promise.resolve(7), 30, timer)).toEqual({ value: 7 });
  expect(state).toEqual({ cancelled: true, ms: 30 });
});

test("work that takes too long is left to itself", async () => {
  const { timer, ring } = handTimer();
  const result = withinBudget(new Promise(() => {}), 30, timer);
  ring();
  expect(await result).toEqual({ missed: "timeout" });
});

test("work that fails says why", async () => {
  const cause = new Error("reset");
  expect(await withinBudget(Promise.reject(cause), 30, handTimer().timer)).toEqual({ missed: "failed", cause });
});
