import fc from "fast-check";
import { expect, test } from "vitest";
import { type ContentTerms, contentTerms, type DescribedItem } from "./content-terms.ts";

/** The row of an item as term → weight. */
function row({ matrix, terms }: ContentTerms, item: number): Record<string, number> {
  const entries: [string, number][] = [];
  for (let at = matrix.offsets[item] ?? 0; at < (matrix.offsets[item + 1] ?? 0); at++) {
    entries.push([terms[matrix.indices[at] ?? -1] ?? "?", matrix.values[at] ?? 0]);
  }
  return Object.fromEntries(entries);
}

const all = { minItems: 1 };

test("title words, category, brand, tags and attributes become terms", () => {
  const item = {
    title: "The Lamp of Ærø, 2 bulbs",
    category: "Lamps",
    brand: "Kiln Yard",
    tags: ["Brass", "brass", " "],
    attributes: { colour: "Sea green", actors: ["A. One", "B. Two"], watt: 7, dimmable: true, parts: [1, "cable"] },
  };
  expect(Object.keys(row(contentTerms([item], all), 0)).sort()).toEqual(
    [
      "lamp",
      "ærø",
      "2",
      "bulbs",
      "category:lamps",
      "brand:kiln yard",
      "tag:brass",
      "colour:sea green",
      "actors:a. one",
      "actors:b. two",
      "parts:cable",
    ].sort(),
  );
});

test("weights are tf × idf scaled to length 1, as computed by hand", () => {
  const items = [{ title: "oak table" }, { title: "oak chair" }, { title: "oak chair" }];
  const idf = (count: number): number => Math.log(4 / (1 + count)) + 1;
  const first = row(contentTerms(items, all), 0);
  const length = Math.hypot(idf(3), idf(1));
  expect(first.oak).toBeCloseTo(idf(3) / length, 6);
  expect(first.table).toBeCloseTo(idf(1) / length, 6);
});

test("words of long texts count less than words of titles and meet them in one namespace", () => {
  const long = "a harbour town in which a quiet harbour keeper looks for a lost lantern";
  const result = contentTerms([{ title: "Lantern", attributes: { description: long } }, { title: "Harbour" }], all);
  const first = row(result, 0);
  const second = row(result, 1);
  expect(first.lantern).toBeGreaterThan(first.keeper ?? 1);
  expect(first["description:lantern"]).toBeUndefined();
  expect(first.harbour).toBeGreaterThan(0);
  expect(second.harbour).toBe(1);
  expect(first.in).toBeUndefined();
});

test("terms of a single item are left out by default, and an item without kept terms has an empty row", () => {
  const result = contentTerms([{ title: "red lamp" }, { title: "blue lamp" }, { title: "unique" }]);
  expect(result.terms).toEqual(["lamp"]);
  expect([row(result, 0), row(result, 1), row(result, 2)]).toEqual([{ lamp: 1 }, { lamp: 1 }, {}]);
});

test("the vocabulary keeps the terms of most items, ties in code-unit order", () => {
  const items = [{ title: "b a c" }, { title: "b c zebra" }, { title: "c zebra" }];
  expect(contentTerms(items, { maxVocabulary: 3 }).terms).toEqual(["c", "b", "zebra"]);
});

test("no items and items without any words give empty matrices", () => {
  expect(contentTerms([]).matrix).toMatchObject({ rows: 0, columns: 0 });
  expect(contentTerms([{}, { title: "!?" }]).matrix).toMatchObject({ rows: 2, columns: 0 });
});

test("rows have length 1 or 0 and equal items have equal rows, whatever the texts", () => {
  const word = fc.constantFrom("oak", "lamp", "Straße", "ランプ", "the", "x".repeat(50), "");
  const item: fc.Arbitrary<DescribedItem> = fc.record({
    title: fc.array(word).map((words) => words.join(" ")),
    tags: fc.array(word, { maxLength: 3 }),
    attributes: fc.dictionary(
      fc.constantFrom("a", "__proto__", "constructor"),
      fc.oneof(word, fc.array(word), fc.integer()),
    ),
  });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), (items) => {
      const result = contentTerms([...items, ...items]);
      items.forEach((_, i) => {
        const weights = Object.values(row(result, i));
        const length = Math.hypot(...weights);
        expect(weights.length === 0 || Math.abs(length - 1) < 1e-5).toBe(true);
        expect(row(result, i + items.length)).toEqual(row(result, i));
      });
    }),
    { seed: 1 },
  );
});

test("letters that look the same in Unicode are the same", () => {
  const result = contentTerms([{ title: "ＬＡＭＰ cafe\u0301" }, { title: "lamp café" }]);
  expect([...result.terms]).toEqual(["café", "lamp"]);
});
