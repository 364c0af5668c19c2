import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { clickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { fitTaste, logMeanRate, popularAppeal, type TasteModel } from "./taste-model.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot(10);
});

type Counts = readonly (readonly [id: string, count: number])[];
const hashed = (counts: Counts): HashCounts => {
  const table = new HashCounts();
  for (const [id, count] of counts) table.set(hash32(id), count);
  return table;
};
const fitted = (showings: Counts, clicks: Counts, items = new ItemTable()): TasteModel =>
  fitTaste(hashed(showings), hashed(clicks), snapshot, items);

const anyCounts = (most: number) =>
  fc.uniqueArray(fc.tuple(fc.constantFrom(..."0123456789".split("").map((i) => `sku-${i}`)), fc.nat(most)), {
    selector: ([id]) => id,
  });

test("the weights solve the Newton system of the logistic regression, written out densely", () => {
  fc.assert(
    fc.property(anyCounts(4), anyCounts(4), anyCounts(60), (shown, clicks, everyone) => {
      const showings = shown.filter(([, times]) => times > 0);
      const items = new ItemTable();
      items.add(new Map(everyone.map(([id, n]) => [id, { impressions: n + 10, clicks: Math.floor(n / 3) }])));
      const model = fitted(showings, clicks, items);
      const d = snapshot.manifest.tasteDimensions;
      // The constant's weight is not handed out: the last equation gives it, all others must then hold.
      const gradient = new Float64Array(d + 2);
      const hessian = Array.from({ length: d + 2 }, (_, i) =>
        Float64Array.from({ length: d + 2 }, (_, j) => +(i === j)),
      );
      for (const [id, times] of showings) {
        const index = snapshot.ids.indexOf(id);
        const clicked = Math.min(times, clicks.find(([other]) => other === id)?.[1] ?? 0);
        const rate = clickRate(items, items.slotOf(id), clicked, times);
        const p = Math.min(0.95, Math.max(0.001, rate));
        const x = [
          ...Array.from({ length: d }, (_, i) => snapshot.taste.vectors.valueAt(index, i)),
          popularAppeal(rate, logMeanRate(items)),
          1,
        ];
        x.forEach((xi, i) => {
          gradient[i] = (gradient[i] ?? 0) + xi * (clicked - times * p);
          x.forEach((xj, j) => {
            const row = hessian[i] as Float64Array;
            row[j] = (row[j] ?? 0) + times * p * (1 - p) * xi * xj;
          });
        });
      }
      const w = [...model.weights, model.popular, 0];
      const last = hessian[d + 1] as Float64Array;
      const constant =
        ((gradient[d + 1] ?? 0) - last.reduce((sum, h, j) => sum + h * (w[j] ?? 0), 0)) / (last[d + 1] ?? 1);
      w[d + 1] = constant;
      hessian.forEach((row, i) => {
        expect(row.reduce((sum, h, j) => sum + h * (w[j] ?? 0), 0)).toBeCloseTo(gradient[i] ?? 0, 4);
      });
    }),
    { seed: 1, numRuns: 100 },
  );
});

describe("what a visitor clicked and passed over", () => {
  const even: Counts = [0, 2, 4, 6].map((i) => [`sku-${i}`, 1] as const);
  const odd: Counts = [1, 3, 5, 7].map((i) => [`sku-${i}`, 1] as const);

  test("lifts what is like the clicked and lowers what is like the others", () => {
    const { weights } = fitted([...even, ...odd], even);
    expect(weights[0]).toBeGreaterThan(0.1);
    expect(weights[1]).toBeLessThan(0);
  });

  test("counts the more the less everyone else would have clicked it", () => {
    const items = new ItemTable();
    items.add(
      new Map([
        ["sku-0", { impressions: 1000, clicks: 20 }],
        ["sku-1", { impressions: 1000, clicks: 800 }],
      ]),
    );
    const { weights } = fitted(
      [
        ["sku-0", 1],
        ["sku-1", 1],
      ],
      [
        ["sku-0", 1],
        ["sku-1", 1],
      ],
      items,
    );
    expect(weights[0]).toBeGreaterThan(2 * (weights[1] ?? 0));
  });

  test("tells who clicks what everyone clicks from who does not", () => {
    const items = new ItemTable();
    items.add(new Map(even.map(([id]) => [id, { impressions: 1000, clicks: 300 }])));
    items.add(new Map(odd.map(([id]) => [id, { impressions: 1000, clicks: 50 }])));
    expect(fitted([...even, ...odd], even, items).popular).toBeGreaterThan(0);
    expect(fitted([...even, ...odd], odd, items).popular).toBeLessThan(0);
  });

  test("is nothing for items that the snapshot does not know, or without any", () => {
    for (const model of [fitted([], []), fitted([["elsewhere", 3]], [["elsewhere", 1]])]) {
      expect([...model.weights, model.popular].every((weight) => weight === 0)).toBe(true);
    }
  });
});
