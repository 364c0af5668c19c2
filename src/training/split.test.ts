import { expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { buildHistory } from "./history.ts";
import { parseSplit, splitHistory } from "./split.ts";

const history = buildHistory(simulateLog({ seed: 3, endTs: 1_732_280_000_000, shoppers: 30 }));

test("time:0.8 tests on the last fifth of the lists and trains on the log before the first of them", () => {
  const { train, test } = splitHistory(history, parseSplit("time:0.8"));
  expect(test).toEqual(history.queries.slice(Math.floor(history.queries.length * 0.8)));
  expect(train).toEqual(history.timeline.slice(0, test[0]?.position).map(({ record }) => record));
});

test("hold-last tests on each visitor's last list and leaves out of training what they did from it on", () => {
  const { train, test } = splitHistory(history, parseSplit("hold-last"));
  const counts = new Map<number, number>();
  for (const { visitor } of history.queries) counts.set(visitor, (counts.get(visitor) ?? 0) + 1);
  expect(test).toHaveLength([...counts.values()].filter((count) => count >= 2).length);
  expect(test.map(({ position }) => position)).toEqual(test.map(({ position }) => position).toSorted((a, b) => a - b));
  const trained = buildHistory(train);
  for (const query of test) {
    const { key } = history.visitors[query.visitor] ?? { key: "" };
    const events = trained.visitors.find((visitor) => visitor.key === key)?.events ?? [];
    expect(events).toHaveLength(query.list.seq - 1);
  }
  const heldOut = new Set(test.map(({ visitor }) => visitor));
  const others = history.visitors.filter((_, visitor) => !heldOut.has(visitor));
  for (const { key, events } of others) {
    expect(trained.visitors.find((visitor) => visitor.key === key)?.events).toHaveLength(events.length);
  }
  expect(trained.items.size).toBe(history.items.size);
});

test("hold-last leaves out what the visitor did as the user that it became part of", () => {
  const { visitors, queries } = history;
  const counts = visitors.map((_, visitor) => queries.filter((query) => query.visitor === visitor).length);
  const visitor = counts.indexOf(Math.max(...counts));
  const last = queries.findLast((query) => query.visitor === visitor);
  const records = history.timeline.map((entry, position) =>
    "event" in entry && entry.visitor === visitor && position > (last?.position ?? 0)
      ? { ...entry.record, userId: "user" }
      : entry.record,
  );
  const { train } = splitHistory(buildHistory(records), parseSplit("hold-last"));
  expect(train.filter((record) => record.kind === "event" && record.userId !== undefined)).toEqual([]);
});

test.each(["time:1", "time:0", "time:1.5", "time:0.0", "time:", "time", "last", "", "hold-last:2"])(
  "%j is refused with what there is",
  (text) => {
    expect(() => parseSplit(text)).toThrow(/time:0\.8, or hold-last/);
  },
);

test("a log that leaves nothing to test with is refused", () => {
  const empty = buildHistory([]);
  for (const split of ["time:0.8", "hold-last"]) {
    expect(() => splitHistory(empty, parseSplit(split))).toThrow(/0 clicked lists leave none to test with/);
  }
});
