import { expect, test } from "vitest";
import { decodeSessions, encodeSessions } from "../snapshot/sessions.ts";
import { decodeTensors, encodeTensors, SnapshotError } from "../snapshot/tensor-file.ts";
import { DEFAULT_VOTES } from "../snapshot/vote-settings.ts";
import { sessionTables } from "./session-tables.ts";
import type { LogSession } from "./sessions.ts";

const indexOf = new Map(["a", "b", "c", "d"].map((id, index) => [id, index]));
let position = 0;
const session = (at: number, ...items: string[]): LogSession => ({
  visitor: 0,
  steps: items.map((id, i) => ({ position: position++, at: (at + i) * 1000, items: [id] })),
});

const tables = sessionTables([session(0, "a", "b", "a", "c"), session(100, "b", "new", "b", "d")], indexOf);
const decoded = decodeSessions(encodeSessions(tables), 4);
const listOf = (values: Uint32Array, starts: Uint32Array, row: number) => [
  ...values.subarray(starts[row], starts[row + 1]),
];

test("sessions are numbered from the newest, their items in the order of their last occurrences", () => {
  expect([...decoded.endedAt]).toEqual([103, 3]);
  expect(listOf(decoded.items, decoded.starts, 0)).toEqual([1, 3]);
  expect(listOf(decoded.items, decoded.starts, 1)).toEqual([1, 0, 2]);
});

test("who is in which session is found newest first", () => {
  expect([0, 1, 2, 3].map((item) => listOf(decoded.postings, decoded.postingStarts, item))).toEqual([
    [1],
    [0, 1],
    [1],
    [0],
  ]);
  expect(decoded.rarity[1]).toBeCloseTo(0);
  expect(decoded.rarity[0]).toBeCloseTo(Math.log(3 / 2));
});

test("rules are shares of what followed, repeats included, nearer ones counting more", () => {
  // After a: b at 1, a at 2, c at 3 and then c at 1: weights b 1, a 1/2, c 1/3 + 1.
  const after = listOf(decoded.ruleItems, decoded.ruleStarts, 0);
  expect(after).toEqual([2, 1, 0]);
  const total = 1 + 1 / 2 + 4 / 3 + 5;
  const weights = [...decoded.ruleWeights.subarray(0, 3)];
  [4 / 3 / total, 1 / total, 0.5 / total].forEach((weight, i) => {
    expect(weights[i]).toBeCloseTo(weight);
  });
  expect([...decoded.ruleNext.subarray(0, 3)].map((next) => next * 7)).toEqual([
    expect.closeTo(1),
    expect.closeTo(1),
    expect.closeTo(0),
  ]);
});

test("newer touches weigh more in what is popular lately", () => {
  const day = 86_400;
  const { lately } = sessionTables([session(0, "a"), session(day, "b")], indexOf);
  expect([...lately]).toEqual([expect.closeTo(1 / 3), expect.closeTo(2 / 3), 0, 0]);
});

test("a budget keeps the newest sessions", () => {
  const kept = sessionTables([session(0, "a", "b"), session(50, "c", "d"), session(100, "a")], indexOf, {
    maxItems: 3,
  });
  expect([...kept.items]).toEqual([0, 2, 3]);
});

test("a section that does not hold together is refused", () => {
  const broken = (change: Partial<typeof tables>) => () => decodeSessions(encodeSessions({ ...tables, ...change }), 4);
  expect(broken({ items: tables.items.map(() => 4) })).toThrow("sessions.items: index 4 is out of bounds");
  expect(broken({ starts: Uint32Array.of(0, 4, 5) })).not.toThrow();
  expect(broken({ starts: Uint32Array.of(0, 9, 5) })).toThrow("sessions.starts: falls after row 1");
  expect(broken({ starts: Uint32Array.of(1, 2, 5) })).toThrow("sessions.starts: does not begin at 0");
  expect(broken({ lately: new Float32Array(3) })).toThrow("sessions.lately");
  expect(broken({ ruleNext: tables.ruleNext.map(() => Number.NaN) })).toThrow("sessions.ruleNext: holds a number");
});

test("how sessions vote travels with them; a section of an older build votes by the defaults, one out of bounds is refused", () => {
  const chosen = { ...DEFAULT_VOTES, neighbours: 200, sample: 250, halfLifeHours: 1_000 };
  expect(decodeSessions(encodeSessions({ ...tables, votes: chosen }), 4).votes).toEqual(chosen);
  expect(decoded.votes).toEqual(DEFAULT_VOTES);

  const { votes: _, ...older } = Object.fromEntries(decodeTensors(encodeSessions(tables)));
  expect(decodeSessions(encodeTensors(older), 4).votes).toEqual(DEFAULT_VOTES);

  for (const [wrong, problem] of [
    [{ neighbours: 501 }, "sessions.votes: neighbours is 501, not in 1..500"],
    [{ decay: -1 }, "sessions.votes: decay is -1, not in 0..16"],
    [{ halfLifeHours: Number.NaN }, "sessions.votes: holds a number that is not finite"],
  ] as const) {
    const file = encodeSessions({ ...tables, votes: { ...DEFAULT_VOTES, ...wrong } });
    expect(() => decodeSessions(file, 4)).toThrow(new SnapshotError("snapshot_corrupt", problem));
  }
});
