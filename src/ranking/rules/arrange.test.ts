import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Arrangement, arrange, STANDING } from "./arrange.ts";

/** Rows with scores, all available, of no category. */
function rows(scores: readonly number[], change: Partial<Arrangement> = {}): Arrangement {
  return {
    scores: Float64Array.from(scores),
    standing: new Uint8Array(scores.length),
    category: new Uint32Array(scores.length),
    brand: new Uint32Array(scores.length),
    rules: {},
    pins: [],
    similarity: () => 0,
    count: scores.length,
    keepAll: false,
    ...change,
  };
}

test("scores decide, and of equal ones the first", () => {
  expect(arrange(rows([1, 3, 3, 2])).rows).toEqual([1, 2, 3, 0]);
  expect(arrange(rows([1, 3, 3, 2], { count: 2 })).rows).toEqual([1, 2]);
  expect(arrange(rows([])).rows).toEqual([]);
});

test("where all come back, what is not available is last, before it what was shown often enough, then what a cap kept back", () => {
  const { unavailable, frequency, pruned } = STANDING;
  const given = rows([9, 8, 7, 6, 5, 4], {
    standing: Uint8Array.of(unavailable, frequency, 0, 0, 0, pruned),
    category: Uint32Array.of(1, 1, 1, 1, 2, 2),
    rules: { caps: { category: 1 } },
    keepAll: true,
  });
  const { rows: shown, capped } = arrange(given);
  expect(shown).toEqual([2, 4, 3, 5, 1, 0]);
  expect(capped).toEqual([3, 5]);
});

test("a pinned row is at its place, counts for the caps, and comes last where the list does not reach its place", () => {
  const given = rows([5, 4, 3, 2, 1], {
    pins: [{ row: 4, position: 1 }],
    category: Uint32Array.of(1, 1, 2, 2, 1),
    rules: { caps: { category: 2 } },
  });
  expect(arrange(given).rows).toEqual([0, 4, 2, 3]);
  expect(arrange({ ...given, pins: [{ row: 4, position: 90 }] }).rows).toEqual([0, 2, 3, 4]);
});

test("diversity takes the best first, then what is unlike it", () => {
  const kind = [0, 0, 0, 1, 1];
  const similarity = (a: number, b: number): number => (kind[a] === kind[b] ? 1 : 0);
  const given = rows([5, 4, 3, 2, 1], { similarity, rules: { diversity: { lambda: 0.5 } } });
  const { rows: shown, moved } = arrange(given);
  expect(shown).toEqual([0, 3, 1, 2, 4]);
  expect(moved.get(3)).toEqual({ from: 3, to: 1 });
  expect(arrange({ ...given, rules: { diversity: { lambda: 1 } } }).rows).toEqual([0, 1, 2, 3, 4]);
  expect(arrange({ ...given, scores: new Float64Array(5) }).rows).toEqual([0, 3, 1, 2, 4]);
});

const anyArrangement: fc.Arbitrary<Arrangement> = fc
  .record({
    list: fc.array(
      fc.record({
        score: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 3 })),
        standing: fc.constantFrom(0, 0, 0, 1, 2, 3),
        category: fc.nat(4),
        brand: fc.nat(3),
        kind: fc.nat(3),
      }),
      { maxLength: 40 },
    ),
    pins: fc.uniqueArray(fc.tuple(fc.nat(39), fc.nat(39)), {
      maxLength: 5,
      comparator: ([rowA, placeA], [rowB, placeB]) => rowA === rowB || placeA === placeB,
    }),
    caps: fc.record(
      { category: fc.integer({ min: 1, max: 4 }), brand: fc.integer({ min: 1, max: 4 }) },
      { requiredKeys: [] },
    ),
    lambda: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    count: fc.integer({ min: 1, max: 45 }),
    keepAll: fc.boolean(),
  })
  .map(({ list, pins, caps, lambda, count, keepAll }) => ({
    ...rows(
      list.map(({ score }) => score),
      {
        // What may not be shown in a recommendation never gets here.
        standing: Uint8Array.from(list, ({ standing }) => (keepAll ? standing : Math.min(standing, 1))),
        category: Uint32Array.from(list, ({ category }) => category),
        brand: Uint32Array.from(list, ({ brand }) => brand),
        rules: {
          caps: { ...caps },
          ...(lambda === undefined ? {} : { diversity: { lambda } }),
        } as Arrangement["rules"],
        pins: pins
          .filter(([row]) => row < list.length && list[row]?.standing !== STANDING.unavailable)
          .map(([row, position]) => ({ row, position }))
          .sort((a, b) => a.position - b.position),
        similarity: (a, b) => (list[a]?.kind === list[b]?.kind ? 1 : 0),
      },
    ),
    count: keepAll ? list.length : count,
    keepAll,
  }));

describe("whatever the rules", () => {
  test("nothing is shown twice, no more than asked for, and where all come back, all do", () => {
    fc.assert(
      fc.property(anyArrangement, (given) => {
        const { rows: shown } = arrange(given);
        expect(new Set(shown).size).toBe(shown.length);
        expect(shown.every((row) => row >= 0 && row < given.scores.length)).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(Math.min(given.count, given.scores.length));
        if (given.keepAll) expect(shown).toHaveLength(given.scores.length);
      }),
    );
  });

  test("a pinned row is at its place, or at the end of a list that does not reach it", () => {
    fc.assert(
      fc.property(anyArrangement, (given) => {
        const { rows: shown } = arrange(given);
        for (const { row, position } of given.pins) {
          if (position >= given.count) continue;
          const place = shown.indexOf(row);
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThanOrEqual(position);
          if (place === position) continue;
          expect(shown.slice(place).every((each) => given.pins.some((pin) => pin.row === each))).toBe(true);
        }
      }),
    );
  });

  test("a cap is never exceeded but by what is pinned", () => {
    fc.assert(
      fc.property(anyArrangement, (given) => {
        const { rows: shown } = arrange({ ...given, keepAll: false });
        const pinned = new Set(given.pins.map(({ row }) => row));
        for (const by of ["category", "brand"] as const) {
          const max = given.rules.caps?.[by] ?? Number.POSITIVE_INFINITY;
          const counts = new Map<number, number>();
          const standing = (row: number): number => given.standing[row] as number;
          for (const row of shown.filter((row) => standing(row) < STANDING.frequency)) {
            const name = given[by][row] as number;
            if (name !== 0) counts.set(name, (counts.get(name) ?? 0) + 1);
          }
          for (const [name, count] of counts) {
            const fixed = [...pinned].filter((row) => given[by][row] === name).length;
            expect(count).toBeLessThanOrEqual(Math.max(max, fixed));
          }
        }
      }),
    );
  });

  test("without diversity and caps, scores never rise within a standing", () => {
    fc.assert(
      fc.property(anyArrangement, (given) => {
        const pinned = new Set(given.pins.map(({ row }) => row));
        const shown = arrange({ ...given, rules: {} }).rows.filter((row) => !pinned.has(row));
        for (let i = 1; i < shown.length; i++) {
          const [before, row] = [shown[i - 1] as number, shown[i] as number];
          if (given.standing[before] === given.standing[row]) {
            expect(given.scores[before]).toBeGreaterThanOrEqual(given.scores[row] as number);
          }
        }
      }),
    );
  });
});
