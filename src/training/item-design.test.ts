import { expect, test, vi } from "vitest";
import { itemDesign } from "./item-design.ts";

const row = (design: ReturnType<typeof itemDesign>, item: number): number[] => [
  ...design.matrix.subarray(item * design.columns, (item + 1) * design.columns),
];

test("a row is a constant, the content, and the rank of each number with its curve", () => {
  const items = [{ price: 10 }, { price: 1000 }, { price: 20 }, { price: 30 }, {}] as object[];
  const design = itemDesign(items, new Float32Array([1, 2, 3, 4, 5]));
  expect(design.fields).toEqual(["price"]);
  expect(design.groupEnds).toEqual([1, 2, 4]);
  // Ranks of four: −3/4, −1/4, 1/4, 3/4.
  const curve = (rank: number): number[] => [rank / 2, (1.5 * rank * rank - 0.5) / 2];
  expect(row(design, 0)).toEqual([1, 1, ...curve(-0.75)]);
  expect(row(design, 1)).toEqual([1, 2, ...curve(0.75)]);
  expect(row(design, 2)).toEqual([1, 3, ...curve(-0.25)]);
  expect(row(design, 4)).toEqual([1, 5, 0, 0]);
});

test("equal numbers share their mean rank", () => {
  const items = [1, 1, 2, 3, 4, 5].map((price) => ({ price }));
  const design = itemDesign(items as object[], new Float32Array(6));
  expect(row(design, 0)).toEqual(row(design, 1));
  expect(row(design, 0)[2]).toBeCloseTo(-2 / 6, 6);
});

test("numbers that few items have, or of few values, are left out, and the most known come first", () => {
  const items = Array.from({ length: 100 }, (_, i) => ({
    publishedAt: i < 50 ? "2024-01-01T00:00:00Z".replace("01-01", `01-${10 + (i % 20)}`) : undefined,
    attributes: { weight: i, rare: i < 4 ? i : undefined, flag: i % 2, name: "a", endless: Number.POSITIVE_INFINITY },
  }));
  expect(itemDesign(items as object[], new Float32Array(100)).fields).toEqual(["attributes.weight", "publishedAt"]);
});

test("names that an item has for itself cost no column of all items while the others are looked through", () => {
  const items = Array.from({ length: 200 }, (_, i) => ({ attributes: { [`own-${i}`]: i, weight: i } }));
  let columns = 0;
  const counted = class extends Float64Array {
    constructor(size: number) {
      super(size);
      columns++;
    }
  };
  vi.stubGlobal("Float64Array", counted);
  try {
    expect(itemDesign(items as object[], new Float32Array(200)).fields).toEqual(["attributes.weight"]);
  } finally {
    vi.unstubAllGlobals();
  }
  expect(columns).toBeLessThan(10);
});

test("no items make an empty design", () => {
  expect(itemDesign([], new Float32Array(0)).matrix).toHaveLength(0);
});
