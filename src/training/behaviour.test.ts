import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { dotAt } from "../kernels/vectors.ts";
import { fitBehaviour } from "./behaviour.ts";
import { catalogueOf } from "./catalogue.ts";
import { fitContent } from "./content.ts";
import { buildHistory } from "./history.ts";
import type { LogEvent, LogRecord } from "./log.ts";

const options = { dimensions: 4, neighbours: 3, seed: 1 };

function touch(visitor: string, type: string, item: string, ts = 1): LogEvent {
  return {
    kind: "event",
    id: `${visitor}-${type}-${item}-${ts}`,
    type,
    ts,
    anonymousId: visitor,
    items: [{ id: item }],
  };
}

/** Forty visitors of two tastes: each clicks four of the six items a… or of the six items b…. */
function twoTastes(): LogRecord[] {
  const random = createRandom(1);
  return Array.from({ length: 40 }, (_, visitor) => {
    const liked = Array.from({ length: 6 }, (_, i) => `${visitor % 2 === 0 ? "a" : "b"}${i}`);
    random.shuffle(liked);
    return liked.slice(0, 4).map((item) => touch(`v${visitor}`, "select_item", item));
  }).flat();
}

function modelsOf(records: readonly LogRecord[]) {
  const history = buildHistory(records);
  const catalogue = catalogueOf(history);
  return { catalogue, models: fitBehaviour(history.visitors, catalogue, options) };
}

test("items that the same visitors click point the same way, others elsewhere; rows have length 1", () => {
  const { catalogue, models } = modelsOf(twoTastes());
  const similarity = (a: string, b: string): number =>
    dotAt(
      models.vectors,
      (catalogue.indexOf.get(a) ?? 0) * options.dimensions,
      models.vectors,
      (catalogue.indexOf.get(b) ?? 0) * options.dimensions,
      options.dimensions,
    );
  for (const other of ["a1", "a2", "a3", "a4", "a5"]) {
    expect(similarity("a0", "a0")).toBeCloseTo(1, 5);
    for (const far of ["b0", "b1", "b2", "b3", "b4", "b5"]) {
      expect(similarity("a0", other)).toBeGreaterThan(similarity("a0", far) + 0.1);
    }
  }
});

test("neighbours are items of the same visitors", () => {
  const { catalogue, models } = modelsOf(twoTastes());
  const row = (catalogue.indexOf.get("a0") ?? 0) * options.neighbours;
  const found = Array.from(models.neighbours.ids.slice(row, row + 3), (index) => catalogue.ids[index]?.[0]);
  expect(found).toEqual(["a", "a", "a"]);
});

test("popularity is the share of clicks; of all interactions, by weight, when nobody clicked", () => {
  const clicks = modelsOf([
    touch("v", "select_item", "x", 1),
    touch("v", "select_item", "x", 2),
    touch("w", "select_item", "y", 3),
    touch("w", "purchase", "z", 4),
  ]);
  expect([...clicks.models.popularity]).toEqual([2 / 3, 1 / 3, 0].map(Math.fround));
  const views = modelsOf([touch("v", "view_item", "x"), touch("w", "purchase", "y")]);
  expect([...views.models.popularity]).toEqual([0.5 / 3.5, 3 / 3.5].map(Math.fround));
});

test("an item that nobody touched has a zero vector, no neighbours and no popularity", () => {
  const { catalogue, models } = modelsOf([...twoTastes(), { kind: "item", id: "untouched" }]);
  const index = catalogue.indexOf.get("untouched") ?? -1;
  expect(models.vectors.slice(index * 4, index * 4 + 4).every((x) => x === 0)).toBe(true);
  expect([...models.neighbours.ids.slice(index * 3, index * 3 + 3)]).toEqual([-1, -1, -1]);
  expect(models.popularity[index]).toBe(0);
});

test("a log without any interaction gives zeros", () => {
  const { models } = modelsOf([{ kind: "item", id: "x" }]);
  expect([...models.vectors, ...models.popularity]).toEqual([0, 0, 0, 0, 0]);
});

test("the catalogue holds what is described and what is only shown, by id", () => {
  const catalogue = catalogueOf(
    buildHistory([
      { kind: "item", id: "b", category: "lamps", price: 5, publishedAt: 7 },
      {
        ...touch("v", "view_item", "a"),
        items: [
          { id: "a", price: 2, category: "rugs" },
          { id: "b", price: 99 },
        ],
      },
      { ...touch("v", "view_item", "c", 2), items: [{ id: "a", price: 3 }, { id: "c" }] },
    ]),
  );
  expect(catalogue.ids).toEqual(["a", "b", "c"]);
  expect(catalogue.categories).toEqual(["rugs", "lamps", ""]);
  expect([...catalogue.price]).toEqual([3, 5, Number.NaN]);
  expect([...catalogue.publishedAt]).toEqual([Number.NaN, 7, Number.NaN]);
});

test("content vectors bring items of shared words together; one without any is zero", () => {
  const vectors = fitContent(
    [{ title: "oak table" }, { title: "oak chair" }, { title: "brass lamp" }, { title: "brass hook" }, { title: "?" }],
    { dimensions: 2, seed: 1 },
  );
  const similarity = (a: number, b: number): number => dotAt(vectors, a * 2, vectors, b * 2, 2);
  expect(similarity(0, 1)).toBeCloseTo(1, 5);
  expect(similarity(0, 2)).toBeCloseTo(0, 5);
  expect(similarity(2, 3)).toBeCloseTo(1, 5);
  expect(similarity(4, 4)).toBe(0);
});
