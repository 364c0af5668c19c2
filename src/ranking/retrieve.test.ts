import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { NOW } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import { UNKNOWN_VISITOR } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { codesOf } from "./item-codes.ts";
import { creditOf, namesOf, Retrieval } from "./retrieve.ts";
import type { CandidateSource } from "./sources/source.ts";
import { SOURCES } from "./sources.ts";

const ITEMS = 60;
let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot(ITEMS);
});

const everything = (): boolean => true;
const nowhere = { page: [], categories: [] };

/** A source that knows these items, and counts how often it is asked. */
function knows(name: string, share: number, codes: readonly number[], reads: CandidateSource["reads"] = []) {
  const asked: (readonly number[])[] = [];
  const source: CandidateSource = {
    name,
    share,
    reads,
    find({ page }, out) {
      asked.push(page);
      const found = codes.slice(0, out.length);
      out.set(found);
      return found.length;
    },
  };
  return { source, asked };
}

function retrieval(sources: readonly CandidateSource[], items = new ItemTable(), of = snapshot): Retrieval {
  const evidence = gatherEvidence(UNKNOWN_VISITOR, of, items, NOW);
  const codes = codesOf(of, items);
  return new Retrieval({ snapshot: of, items, codes, view: UNKNOWN_VISITOR, evidence, seed: 1, now: NOW }, sources);
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("shares", () => {
  test("each source brings its part, and what room is left goes to the first that has more", () => {
    const sources = [knows("a", 3, range(0, 30)), knows("b", 1, range(30, 60)), knows("c", 1, [])];
    const { codes } = retrieval(sources.map(({ source }) => source)).find(nowhere, 20, 0, everything);
    expect([...codes]).toEqual([...range(0, 15), ...range(30, 35)]);
    const short = [knows("a", 3, range(0, 4)), knows("b", 1, range(30, 60))];
    const rest = retrieval(short.map(({ source }) => source)).find(nowhere, 20, 0, everything);
    expect([...rest.codes]).toEqual([...range(0, 4), ...range(30, 46)]);
  });

  test("what may not be shown takes nobody's place", () => {
    const { source } = knows("a", 1, range(0, 30));
    const { codes } = retrieval([source]).find(nowhere, 5, 0, (code) => code % 3 === 0);
    expect([...codes]).toEqual([0, 3, 6, 9, 12]);
  });
});

test("every source that found an item is kept, also one whose part was full, and the first is credited", () => {
  const sources = [knows("a", 1, [5, 6]), knows("b", 1, [6, 7, 5]), knows("c", 1, [7])];
  const { codes, foundBy } = retrieval(sources.map(({ source }) => source)).find(nowhere, 9, 0, everything);
  expect(Object.fromEntries([...codes].map((code, row) => [code, foundBy[row]]))).toEqual({
    5: 0b011,
    6: 0b011,
    7: 0b110,
  });
  expect(creditOf(0b110)).toBe(SOURCES[1]?.name);
  expect(namesOf(0b110)).toEqual([SOURCES[1]?.name, SOURCES[2]?.name]);
  expect([creditOf(0), namesOf(0)]).toEqual(["catalogue", ["catalogue"]]);
});

test("a source is asked once a request for all placements that agree in what it reads", () => {
  const [plain, paged] = [knows("a", 1, [1]), knows("b", 1, [2], ["page"])];
  const both = retrieval([plain.source, paged.source]);
  for (const page of [[3], [3], [4]]) both.find({ page, categories: [] }, 5, 0, everything);
  expect(plain.asked).toHaveLength(1);
  expect(paged.asked).toEqual([[3], [4]]);
});

test("where sources bring too few, the catalogue by popularity fills up, then what the snapshot does not know", () => {
  const items = new ItemTable();
  items.put("new-1", "lamps", 10, true);
  const { source } = knows("a", 1, [9]);
  const few = retrieval([source], items).find(nowhere, 100, 4, everything);
  expect([...few.codes]).toEqual([9, 0, 1, 2]);
  const all = retrieval([source], items).find(nowhere, 100, 90, everything);
  expect(all.count).toBe(ITEMS + 1);
  expect(all.codes[ITEMS]).toBe(ITEMS);
});

test("many placements that nothing fits do not look through a large catalogue as many times", () => {
  const large = { ...snapshot, byPopularity: new Uint32Array(250_000) };
  const all = retrieval([], new ItemTable(), large);
  let looks = 0;
  const nothing = (): boolean => {
    looks++;
    return false;
  };
  for (let placement = 0; placement < 4; placement++) all.find(nowhere, 12, 12, nothing);
  expect(looks).toBe(1_000_000);
  for (let placement = 4; placement < 20; placement++) all.find(nowhere, 12, 12, nothing);
  expect(looks).toBe(1_000_000);
});

test("whatever sources say: no repeats, no more than the limit, nothing that may not be shown", () => {
  const anySource = fc.record({
    share: fc.double({ min: 0.1, max: 5, noNaN: true }),
    codes: fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 40 }),
  });
  fc.assert(
    fc.property(
      fc.array(anySource, { maxLength: 6 }),
      fc.integer({ min: 1, max: 80 }),
      fc.nat(80),
      fc.uniqueArray(fc.nat(ITEMS - 1)),
      (list, limit, atLeast, hidden) => {
        const sources = list.map(({ share, codes }, i) => knows(`s${i}`, share, codes).source);
        const allowed = (code: number): boolean => !hidden.includes(code);
        const { count, codes, foundBy } = retrieval(sources).find(nowhere, limit, atLeast, allowed);
        expect(new Set(codes).size).toBe(count);
        expect(count).toBeLessThanOrEqual(limit);
        expect([...codes].every(allowed)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(Math.min(limit, atLeast, ITEMS - hidden.length));
        for (const [row, code] of codes.entries()) {
          const finders = list.reduce((bits, source, s) => bits | (source.codes.includes(code) ? 1 << s : 0), 0);
          expect(foundBy[row]).toBe(finders);
        }
      },
    ),
  );
});
