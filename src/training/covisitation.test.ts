import fc from "fast-check";
import { expect, test } from "vitest";
import { covisitation, type Interaction } from "./covisitation.ts";

const HOUR = 3_600_000;
const at = (item: number, hours: number, weight = 1): Interaction => ({ item, atMs: hours * HOUR, weight });

/** Brute-force twin: every ordered pair of interactions of every visitor, straight from the definition. */
function twin(visitors: Interaction[][], items: number, halfLifeMs: number, shrinkage: number): number[][] {
  const c = Array.from({ length: items }, () => new Array<number>(items).fill(0));
  for (const visitor of visitors) {
    for (const a of visitor) {
      for (const b of visitor) {
        const row = c[a.item] as number[];
        row[b.item] = (row[b.item] ?? 0) + a.weight * b.weight * 2 ** (-Math.abs(a.atMs - b.atMs) / halfLifeMs);
      }
    }
  }
  return c.map((row, i) =>
    row.map((x, j) => (x === 0 ? 0 : x / (Math.sqrt((c[i]?.[i] ?? 0) * (c[j]?.[j] ?? 0)) + shrinkage))),
  );
}

const visitorsOf = (items: number): fc.Arbitrary<Interaction[][]> =>
  fc.array(
    fc.array(
      fc.record({
        item: fc.nat(items - 1),
        atMs: fc.integer({ min: 0, max: 100 * HOUR }),
        weight: fc.integer({ min: 1, max: 5 }),
      }),
      { maxLength: 12 },
    ),
    { maxLength: 8 },
  );

test("similarities equal the definition, best first, and every neighbour with any is listed", () => {
  fc.assert(
    fc.property(visitorsOf(6), (visitors) => {
      const expected = twin(visitors, 6, 10 * HOUR, 2);
      const { ids, weights } = covisitation(visitors, { items: 6, k: 6, halfLifeMs: 10 * HOUR, shrinkage: 2 });
      for (let item = 0; item < 6; item++) {
        const row = [...ids.subarray(item * 6, item * 6 + 6)];
        const others = (expected[item] ?? []).filter((x, j) => j !== item && x > 0);
        expect(row.filter((id) => id >= 0)).toHaveLength(others.length);
        row.forEach((id, rank) => {
          const weight = weights[item * 6 + rank] ?? 0;
          if (id < 0) expect(weight).toBe(0);
          else expect(Math.abs(weight - (expected[item]?.[id] ?? 0))).toBeLessThan(1e-6);
          if (rank > 0) expect(weight).toBeLessThanOrEqual(weights[item * 6 + rank - 1] ?? 0);
        });
      }
    }),
    { seed: 1 },
  );
});

test("without shrinkage every weight is a cosine: above 0 and at most 1", () => {
  fc.assert(
    fc.property(visitorsOf(4), (visitors) => {
      const { ids, weights } = covisitation(visitors, { items: 4, k: 3, shrinkage: 0 });
      ids.forEach((id, i) => {
        if (id >= 0) expect(weights[i]).toBeGreaterThan(0);
        expect(weights[i]).toBeLessThanOrEqual(1 + 1e-6);
      });
    }),
    { seed: 1 },
  );
});

test("the order of a visitor's interactions in the input does not matter when their times differ", () => {
  const visitor = [at(0, 1), at(1, 2), at(2, 3), at(0, 4, 2)];
  const options = { items: 3, lastInteractions: 3 };
  expect(covisitation([[...visitor].reverse()], options)).toEqual(covisitation([visitor], options));
});

test("items close in time are nearer neighbours than items far apart", () => {
  const { ids } = covisitation([[at(0, 0), at(1, 1), at(2, 90)]], { items: 3, k: 2 });
  expect([...ids]).toEqual([1, 2, 0, 2, 1, 0]);
});

test("shrinkage ranks a pair of many visitors above a pair of one", () => {
  const once = [at(0, 0), at(1, 0)];
  const often = [at(0, 0), at(2, 0)];
  const visitors = [once, ...Array.from({ length: 9 }, () => often)];
  const first = (shrinkage: number): number | undefined => covisitation(visitors, { items: 3, k: 2, shrinkage }).ids[0];
  expect(first(5)).toBe(2);
  const alone = [
    [at(0, 0), at(1, 0)],
    [at(2, 0), at(3, 0)],
    [at(2, 0), at(3, 0)],
  ];
  const weight = (shrinkage: number): [number, number] => {
    const { weights } = covisitation(alone, { items: 4, k: 1, shrinkage });
    return [weights[0] ?? 0, weights[2] ?? 0];
  };
  expect(weight(0)).toEqual([1, 1]);
  expect(weight(1)).toEqual([0.5, Math.fround(2 / 3)]);
});

test("only the last interactions of a visitor count", () => {
  const visitor = [at(0, 0), at(1, 1), at(2, 2)];
  const { ids } = covisitation([visitor], { items: 3, k: 1, lastInteractions: 2 });
  expect([...ids]).toEqual([-1, 2, 1]);
});

test("equal weights are listed by lower index and k cuts the list", () => {
  const { ids, weights } = covisitation([[at(3, 0), at(2, 0), at(1, 0), at(0, 0)]], { items: 4, k: 2 });
  expect([...ids]).toEqual([1, 2, 0, 2, 0, 1, 0, 1]);
  expect(new Set(weights).size).toBe(1);
});

test("no visitors and items never seen give rows of -1, and k defaults to 20", () => {
  const { ids, weights, k } = covisitation([], { items: 2 });
  expect(k).toBe(20);
  expect(ids).toEqual(new Int32Array(40).fill(-1));
  expect(weights).toEqual(new Float32Array(40));
});

test("unknown items and weights that are not above 0 are refused", () => {
  expect(() => covisitation([[at(2, 0)]], { items: 2 })).toThrow(/item 2 is not in 0\.\.1/);
  expect(() => covisitation([[at(0, 0, 0)]], { items: 2 })).toThrow(/weight 0/);
});
