import { describe, expect, test } from "vitest";
import { buildHistory } from "./history.ts";
import type { LogEvent, LogRecord } from "./log.ts";
import { nextItemQueries } from "./next-item-queries.ts";
import { sessionsOf } from "./sessions.ts";

const START = 1_700_000_000_000;
const MINUTE = 60_000;

let number = 0;
function event(visitor: string, minute: number, item: string | string[], change: Partial<LogEvent> = {}): LogRecord {
  const items = (Array.isArray(item) ? item : [item]).map((id) => ({ id }));
  const base = { kind: "event", id: `e${number++}`, type: "view_item", ts: START + minute * MINUTE } as const;
  return { ...base, anonymousId: visitor, items, ...change };
}

const itemsOf = (records: readonly LogRecord[]) =>
  sessionsOf(buildHistory(records)).map(({ steps }) => steps.map(({ items }) => items.join("+")));

describe("sessions", () => {
  test("end after a pause longer than the site's timeout, for each visitor apart", () => {
    const records = [event("v", 0, "a"), event("w", 1, "x"), event("v", 30, "b"), event("v", 61, "c")];
    expect(itemsOf(records)).toEqual([["a", "b"], ["x"], ["c"]]);
  });

  test("are those that events name, whatever the pauses and however they interleave", () => {
    const named = (sessionId: string | number) => ({ properties: { sessionId } });
    const records = [
      event("v", 0, "a", named("1")),
      event("v", 1, "x", named(2)),
      event("v", 70, "b", named("1")),
      event("v", 71, "y", named(2)),
    ];
    expect(itemsOf(records)).toEqual([
      ["a", "b"],
      ["x", "y"],
    ]);
  });

  test("hold what was viewed, clicked, put in the cart and bought; not impressions, nor what bots did", () => {
    const records = [
      event("v", 0, ["a", "b"], { type: "view_item_list" }),
      event("v", 1, "a", { type: "select_item" }),
      event("v", 2, "a", { type: "remove_from_cart" }),
      event("v", 3, ["a", "c"], { type: "purchase" }),
      event("bot", 4, "z", { bot: true }),
      event("v", 5, [], {}),
    ];
    expect(itemsOf(records)).toEqual([["a", "a+c"]]);
  });
});

test("every event after the first of a session is asked about, with what stood before it", () => {
  const history = buildHistory([
    event("v", 0, "a"),
    event("w", 1, "x"),
    event("v", 2, ["b", "c"]),
    event("w", 3, "x"),
    event("v", 4, "a"),
  ]);
  const queries = nextItemQueries(sessionsOf(history));
  expect(queries.map(({ position, session, step, targets }) => [position, session, step, targets.join("+")])).toEqual([
    [0, 0, 1, "b+c"],
    [1, 1, 1, "x"],
    [2, 0, 2, "a"],
  ]);
  expect(queries.map(({ now }) => (now - START) / MINUTE)).toEqual([0, 1, 2]);
});
