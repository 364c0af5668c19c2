import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { hash32 } from "../kernels/hash.ts";
import { PackedStrings } from "../kernels/packed-strings.ts";
import type { VisitorView } from "../profile/view.ts";
import { ItemIds } from "../snapshot/item-ids.ts";
import { indexed, NO_SESSIONS, type Sessions } from "../snapshot/sessions.ts";
import { sessionTables } from "../training/session-tables.ts";
import { sessionTrail } from "./session-trail.ts";
import { sessionVotes } from "./session-votes.ts";

const IDS = Array.from({ length: 12 }, (_, i) => `i${i}`);
const ids = new ItemIds(
  PackedStrings.of(IDS),
  Uint32Array.from(IDS, (id) => hash32(id)),
);
const indexOf = new Map(IDS.map((id, index) => [id, index]));
const MINUTE = 60_000;

/** @param lists items of sessions by number, oldest session first */
function sessionsWith(lists: readonly (readonly number[])[]): Sessions {
  let position = 0;
  const all = lists.map((items, s) => ({
    visitor: s,
    steps: items.map((item, i) => ({
      position: position++,
      at: NOW - (lists.length - s) * 3_600_000 + i * 1000,
      items: [`i${item}`],
    })),
  }));
  return indexed(sessionTables(all, indexOf), IDS.length);
}

/** @param items oldest first, a minute apart */
const trailOf = (items: readonly number[]) =>
  trailOfView(
    viewWith({
      touches: items.map((item, i) => touch(`i${item}`, { ageMs: (items.length - 1 - i) * MINUTE })).reverse(),
    }),
  );

const trailOfView = (view: VisitorView) =>
  sessionTrail(view, (i) => ids.indexOf((view.touches[i] as (typeof view.touches)[number]).itemId));

describe("the trail of a visit", () => {
  test("is newest first, each item once with its newest place and its times", () => {
    const trail = trailOf([1, 2, 1, 3]);
    expect([...trail.items]).toEqual([3, 1, 2]);
    expect([...trail.stepsBack]).toEqual([0, 1, 2]);
    expect([...trail.times]).toEqual([1, 2, 1]);
    expect([...trail.dwellMs]).toEqual([0, 2 * MINUTE, MINUTE]);
    expect(trail).toMatchObject({ length: 4, newest: [3, 1, 2], spanMs: 3 * MINUTE, lastPauseMs: MINUTE });
  });

  test("ends at a long pause, and knows nothing of what was taken out of the cart", () => {
    const view = viewWith({
      touches: [touch("i1"), touch("i4", { kind: "uncart" }), touch("nobody"), touch("i2", { ageMs: 3 * 3_600_000 })],
    });
    expect(trailOfView(view)).toMatchObject({ length: 2, newest: [1, -1, -1] });
  });

  test("of an unknown visitor is empty", () => {
    expect(trailOfView(viewWith({}))).toMatchObject({ length: 0, newest: [-1, -1, -1], spanMs: 0 });
  });
});

describe("votes", () => {
  test("of no sessions, and for no trail, say nothing", () => {
    expect(sessionVotes(trailOf([1]), NO_SESSIONS, NOW).items).toHaveLength(0);
    expect(sessionVotes(trailOf([]), sessionsWith([[1, 2]]), NOW).items).toHaveLength(0);
  });

  test("go to the items of sessions that share the current item before those that share an older one", () => {
    const votes = sessionVotes(
      trailOf([1, 2]),
      sessionsWith([
        [1, 5],
        [2, 6],
      ]),
      NOW,
    );
    const of = (item: number) => votes.columns.votes[votes.rowOf(item)] as number;
    expect(of(6)).toBeGreaterThan(of(5));
    expect(votes.rowOf(9)).toBe(-1);
    expect(votes.columns.lastVoters[votes.rowOf(6)]).toBe(0.5);
    expect(votes.columns.lastVoters[votes.rowOf(5)]).toBe(0);
  });

  test("count more in newer sessions, near the shared item, and after it", () => {
    const votes = sessionVotes(trailOf([1]), sessionsWith([[7, 1, 8, 9], ...Array(48).fill([10]), [1, 11]]), NOW);
    const of = (column: "fresh" | "votes" | "near" | "after", item: number) =>
      votes.columns[column][votes.rowOf(item)] as number;
    expect(of("near", 8)).toBeGreaterThan(of("near", 9));
    expect(of("after", 7)).toBe(0);
    expect(of("after", 8)).toBe(of("near", 8));
    expect(of("fresh", 8) / of("fresh", 11)).toBeLessThan(of("votes", 8) / of("votes", 11));
  });

  test("agree with VS-kNN worked out plainly", () => {
    const item = fc.nat(11);
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(item, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 20 }),
        fc.array(item, { minLength: 1, maxLength: 6 }),
        (lists, trail) => {
          const votes = sessionVotes(trailOf(trail), sessionsWith(lists), NOW);
          const expected = plainVotes(lists, trail);
          for (const [key, score] of expected) {
            expect(votes.columns.votes[votes.rowOf(key)]).toBeCloseTo(score, 10);
          }
          const voted = [...votes.items].filter((key) => (votes.columns.votes[votes.rowOf(key)] as number) > 0);
          expect(voted.sort()).toEqual([...expected].flatMap(([key, score]) => (score > 0 ? [key] : [])).sort());
        },
      ),
    );
  });

  test("rank by falling value, and what has none comes behind everything", () => {
    const votes = sessionVotes(
      trailOf([1]),
      sessionsWith([
        [1, 2],
        [1, 2],
        [1, 3],
      ]),
      NOW,
    );
    const ranks = votes.ranks("linear");
    expect(ranks[votes.rowOf(1)]).toBe(0);
    expect(ranks[votes.rowOf(2)]).toBe(1);
    expect(ranks[votes.rowOf(3)]).toBe(2);
    expect(votes.ranks("next3")[0]).toBe(200);
  });
});

function plainVotes(lists: readonly (readonly number[])[], trail: readonly number[]): Map<number, number> {
  const place = new Map(trail.map((item, at) => [item, (at + 1) / trail.length]));
  const norm = Math.sqrt([...place.values()].reduce((sum, w) => sum + w ** 4, 0));
  const scores = new Map<number, number>();
  for (const list of lists) {
    const shared = list.filter((item) => place.has(item));
    if (shared.length === 0) continue;
    const likeness =
      shared.reduce((sum, item) => sum + (place.get(item) as number) ** 2, 0) / norm / Math.sqrt(list.length);
    const step = Math.min(...shared.map((item) => trail.length - trail.lastIndexOf(item)));
    for (const item of list) {
      const having = lists.filter((other) => other.includes(item)).length;
      const rarity = 1 + Math.fround(Math.log((lists.length + 1) / (having + 1)));
      scores.set(item, (scores.get(item) ?? 0) + (likeness / step ** 2) * rarity);
    }
  }
  return scores;
}
