import { expect, test } from "vitest";
import { buildHistory } from "./history.ts";
import { queriesBefore, sessionsBefore, visitorsBefore } from "./history-before.ts";
import type { LogEvent } from "./log.ts";
import { sessionsOf } from "./sessions.ts";

const event = (second: number, type: string, ids: readonly string[], decisionId: string): LogEvent => ({
  kind: "event",
  id: `e${second}`,
  type,
  ts: 1_700_000_000_000 + second * 1000,
  anonymousId: "v",
  decisionId,
  items: ids.map((id) => ({ id })),
});

const history = buildHistory([
  event(0, "view_item_list", ["a", "b"], "one"),
  event(1, "view_item_list", ["a", "b", "c"], "two"),
  event(2, "select_item", ["b"], "two"),
  event(3, "select_item", ["c"], "two"),
  event(4, "select_item", ["a"], "one"),
]);

test("a list has the clicks of before the place and none that came later; without one it is no query yet", () => {
  expect(history.queries.map(({ labels }) => [...labels])).toEqual([
    [1, 0],
    [0, 1, 1],
  ]);
  const before = queriesBefore(history, 3);
  expect(before.map(({ position, labels }) => ({ position, labels: [...labels] }))).toEqual([
    { position: 1, labels: [0, 1, 0] },
  ]);
  expect(queriesBefore(history, 2)).toEqual([]);
});

test("visitors and sessions have what had happened", () => {
  expect(visitorsBefore(history, 3)[0]?.events.map(({ id }) => id)).toEqual(["e0", "e1", "e2"]);
  expect(sessionsBefore(sessionsOf(history), 3).map(({ steps }) => steps.length)).toEqual([1]);
  expect(sessionsBefore(sessionsOf(history), 2)).toEqual([]);
});
