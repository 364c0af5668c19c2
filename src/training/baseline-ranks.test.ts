import { describe, expect, test } from "vitest";
import { baselineRanks } from "./baseline-ranks.ts";
import { nextItemBaselines } from "./next-item-baselines.ts";
import { nextItemQueries } from "./next-item-queries.ts";
import type { LogSession } from "./sessions.ts";

let position = 0;
/** A session whose events follow one another a minute apart; sessions follow one another in the log. */
function session(visitor: number, ...items: string[]): LogSession {
  const steps = items.map((item) => ({ position, at: position++ * 60_000, items: item.split("+") }));
  return { visitor, steps };
}

const IDS = ["a", "b", "c", "d", "e"];
const indexOf = new Map(IDS.map((id, index) => [id, index]));

function ranks(train: readonly LogSession[], test: readonly LogSession[], live = false): Record<string, number[]> {
  const queries = nextItemQueries(test);
  const baselines = nextItemBaselines(IDS.length);
  const found = baselineRanks({ train, test, queries, indexOf, baselines, live });
  return Object.fromEntries([...found].map(([name, values]) => [name, [...values]]));
}

describe("the rank of what came next", () => {
  const train = [session(0, "a", "b", "b"), session(1, "a", "c"), session(2, "a", "c", "d"), session(3, "d", "a")];

  test("is that of each baseline's own order", () => {
    const { popular, covisitation, markov } = ranks(train, [session(9, "a", "c"), session(9, "a", "b")]);
    // a 4 times, b, c and d twice.
    expect(popular).toEqual([3, 2]);
    // c and d shared two sessions with a, b one; c stands before d.
    expect(covisitation).toEqual([1, 3]);
    // After a came c twice and b once.
    expect(markov).toEqual([1, 2]);
  });

  test("is none for what a baseline does not put forward, for unknown items, and never of co-visitation with itself", () => {
    const { covisitation, markov, popular } = ranks(train, [
      session(9, "b", "b"),
      session(9, "a", "new"),
      session(9, "new", "a"),
    ]);
    expect(covisitation).toEqual([0, 0, 0]);
    expect(markov).toEqual([1, 0, 0]);
    expect(popular).toEqual([2, 0, 1]);
  });

  test("is the best of several items of one event", () => {
    expect(ranks(train, [session(9, "a", "e+b+c")]).markov).toEqual([1]);
  });

  test("by neighbours follows the sessions most like this one, the newest items counting most", () => {
    const known = [session(0, "a", "b", "e"), session(1, "a", "c", "d")];
    const { "vs-knn": knn } = ranks(known, [session(9, "c", "b", "e"), session(9, "b", "c", "d")]);
    // The second prediction of each: e stands with b, the newest; then d with c.
    expect([knn?.[1], knn?.[3]].every((rank) => (rank ?? 0) > 0)).toBe(true);
    const order = ranks(known, [session(9, "c", "b", "d")])["vs-knn"]?.[1] ?? 0;
    expect(order).toBeGreaterThan(ranks(known, [session(9, "c", "b", "e")])["vs-knn"]?.[1] ?? 99);
  });
});

test("live baselines learn from earlier test sessions, frozen ones do not, and none from what comes later", () => {
  const train = [session(0, "a", "b")];
  const asked = [session(8, "a", "e"), session(9, "a", "e")];
  expect(ranks(train, asked).markov).toEqual([0, 0]);
  expect(ranks(train, asked, true).markov).toEqual([0, 2]);
});
