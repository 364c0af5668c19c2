import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import {
  columnsOf,
  familyOf,
  featureInput,
  HALF_OF_COUNTS,
  sessionWith,
  viewWith,
} from "../../tests/support/feature-input.ts";
import { gramsOf } from "../kernels/grams.ts";
import { hash32 } from "../kernels/hash.ts";
import { termsOf } from "../kernels/terms.ts";
import { UNKNOWN_VISITOR } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { queryGrams, queryMatch, searchMatch } from "./query-match.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const TITLES = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? `Brass lamp ${i}` : `Wool rug ${i}`));
const IDS = [...TITLES.map((_, i) => `sku-${i}`), "nowhere"];
const anyQuery = fc
  .array(fc.constantFrom("brass", "Lamp", "rug", "wool", "4", "wolo", "lámp", "x"), { maxLength: 5 })
  .map((words) => words.join(" "));

/** BM25 as its paper has it, over words as strings. */
function bm25(query: string, title: string): number {
  const texts = TITLES.map((text) => termsOf(text, 64));
  const words = termsOf(title, 64);
  const meanLength = texts.flat().length / texts.length;
  let score = 0;
  for (const term of new Set(termsOf(query, 16))) {
    const withTerm = texts.filter((text) => text.includes(term)).length;
    const times = words.filter((word) => word === term).length;
    const idf = Math.log(1 + (texts.length - withTerm + 0.5) / (withTerm + 0.5));
    score += (idf * times * 2.2) / (times + 1.2 * (0.25 + (0.75 * words.length) / meanLength));
  }
  return score;
}

test("BM25 and the share of words found are those of the plain method", () => {
  fc.assert(
    fc.property(anyQuery, (query) => {
      const rows = columnsOf(queryMatch("title"), featureInput({ snapshot, ids: IDS, query }));
      const wanted = [...new Set(termsOf(query, 16))];
      rows.forEach((row, i) => {
        const title = TITLES[i] ?? "";
        const words = termsOf(title, 64);
        expect(row.bm25).toBeCloseTo(bm25(query, title), 5);
        const found = wanted.filter((term) => words.includes(term)).length;
        expect(row.terms_found).toBeCloseTo(wanted.length === 0 ? 0 : found / wanted.length, 6);
        expect(row.all_found).toBe(wanted.length > 0 && found === wanted.length ? 1 : 0);
      });
    }),
  );
});

test("trigrams are compared as sets", () => {
  fc.assert(
    fc.property(anyQuery, (query) => {
      const rows = columnsOf(queryGrams("title"), featureInput({ snapshot, ids: IDS, query }));
      const wanted = new Set(gramsOf([...new Set(termsOf(query, 16))], 64));
      rows.forEach((row, i) => {
        const grams = new Set(gramsOf(termsOf(TITLES[i] ?? "", 64), 128));
        const common = [...wanted].filter((gram) => grams.has(gram)).length;
        const union = i < TITLES.length ? wanted.size + grams.size - common : 0;
        expect(row.jaccard).toBeCloseTo(wanted.size === 0 || union === 0 ? 0 : common / union, 6);
        expect(row.found).toBeCloseTo(common === 0 ? 0 : common / wanted.size, 6);
      });
    }),
  );
});

test("a word spelled otherwise is still found by its trigrams", () => {
  const input = featureInput({ snapshot, ids: ["sku-0", "sku-1"], query: "lampe" });
  expect(columnsOf(queryMatch("title"), input).map(({ bm25 }) => bm25)).toEqual([0, 0]);
  const [lamp, rug] = columnsOf(queryGrams("title"), input);
  expect(lamp?.found).toBeGreaterThan(rug?.found as number);
});

test("the query is that of the placement, else that of the context", () => {
  const match = (parts: object) =>
    columnsOf(queryMatch("title"), featureInput({ snapshot, ids: ["sku-0"], ...parts }))[0]?.all_found;
  expect(match({ query: "lamp" })).toBe(1);
  expect(match({ context: { query: "lamp" } })).toBe(1);
  expect(match({ query: "rug", context: { query: "lamp" } })).toBe(0);
  expect(match({})).toBe(0);
});

test("placements of one request are each matched with their own query", () => {
  const input = featureInput({ snapshot, ids: ["sku-0", "sku-0"] });
  const [all] = input.candidates.spans;
  const { query: lamp } = featureInput({ snapshot, ids: [], query: "lamp" }).candidates.spans[0] ?? {};
  const spans = [
    { ...all, from: 0, to: 1, query: null },
    { ...all, from: 1, to: 2, query: lamp },
  ] as typeof input.candidates.spans;
  const rows = columnsOf(queryMatch("title"), { ...input, candidates: { ...input.candidates, spans } });
  expect(rows.map(({ all_found }) => all_found)).toEqual([0, 1]);
});

test("what was searched for in the session, and for months, is found in titles", () => {
  const terms = Uint32Array.from(["wool", "carpet"], (term) => hash32(term));
  const families = { ...UNKNOWN_VISITOR.families, terms: familyOf({ lamp: 1, x: 3 }) };
  const view = viewWith({ session: sessionWith({ terms }), families, periods: HALF_OF_COUNTS });
  const [lamp, rug] = columnsOf(searchMatch("title"), featureInput({ snapshot, ids: ["sku-0", "sku-1"], view }));
  expect([lamp?.session, rug?.session]).toEqual([0, 0.5]);
  expect(rug?.long_term).toBe(0);
  // Worth half each: 0.5 of 1 + 2.
  expect(lamp?.long_term).toBeCloseTo(1 / 6, 6);
});
