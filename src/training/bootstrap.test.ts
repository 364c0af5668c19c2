import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { bootstrapMean, pairedBootstrap } from "./bootstrap.ts";

const normals = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, random.normal);
};

test("the interval agrees with the normal approximation of the mean", () => {
  const values = normals(1, 2000);
  const { mean, ci95 } = bootstrapMean(values, { seed: 1 });
  expect(mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 2000, 12);
  const half = 1.96 / Math.sqrt(2000);
  expect(Math.abs(ci95[0] - (mean - half))).toBeLessThan(0.1 * half);
  expect(Math.abs(ci95[1] - (mean + half))).toBeLessThan(0.1 * half);
});

test("about 95 % of the intervals hold the true mean", () => {
  let held = 0;
  for (let trial = 0; trial < 300; trial++) {
    const { ci95 } = bootstrapMean(normals(trial + 10, 60), { seed: trial, resamples: 300 });
    if (ci95[0] <= 0 && ci95[1] >= 0) held++;
  }
  expect(held / 300).toBeGreaterThan(0.91);
  expect(held / 300).toBeLessThan(0.98);
});

test("equal seeds give equal intervals and other seeds others", () => {
  const values = normals(2, 100);
  const first = bootstrapMean(values, { seed: 3 });
  expect(bootstrapMean(values, { seed: 3 })).toEqual(first);
  expect(bootstrapMean(values, { seed: 4 })).not.toEqual(first);
});

test("values that hang together in clusters widen the interval", () => {
  const visitors = normals(5, 50);
  const values = visitors.flatMap((value) => new Array<number>(20).fill(value));
  const clusters = values.map((_, i) => Math.floor(i / 20));
  const width = ([low, high]: readonly [number, number]): number => high - low;
  const apart = bootstrapMean(values, { seed: 1 });
  const together = bootstrapMean(values, { seed: 1, clusters });
  expect(together.mean).toBeCloseTo(apart.mean, 12);
  expect(width(together.ci95)).toBeGreaterThan(3.5 * width(apart.ci95));
  expect(together.ci95).toEqual(bootstrapMean(visitors, { seed: 1 }).ci95.map((x) => expect.closeTo(x, 9)));
});

test("a small steady difference shows in the pairs although the means' own intervals overlap", () => {
  const b = normals(6, 400);
  const noise = normals(7, 400);
  const a = b.map((value, i) => value + 0.05 + 0.02 * (noise[i] ?? 0));
  const { delta, ci95 } = pairedBootstrap(a, b, { seed: 1 });
  expect(delta).toBeCloseTo(0.05, 2);
  expect(ci95[0]).toBeGreaterThan(0.04);
  expect(bootstrapMean(a, { seed: 1 }).ci95[0]).toBeLessThan(bootstrapMean(b, { seed: 1 }).ci95[1]);
  const none = pairedBootstrap(b, b, { seed: 1 });
  expect(none).toEqual({ delta: 0, ci95: [0, 0] });
});

test("one value has itself as mean and interval; no values and lengths that differ are refused", () => {
  expect(bootstrapMean([0.5], { seed: 1 })).toEqual({ mean: 0.5, ci95: [0.5, 0.5] });
  expect(() => bootstrapMean([], { seed: 1 })).toThrow(RangeError);
  expect(() => bootstrapMean([1, 2], { seed: 1, clusters: [0] })).toThrow(/1 clusters for 2 values/);
  expect(() => pairedBootstrap([1], [1, 2], { seed: 1 })).toThrow(RangeError);
});

test("clusters of different sizes weigh as much as they hold", () => {
  const values = [...new Array<number>(90).fill(1), ...new Array<number>(10).fill(0)];
  const clusters = values.map((_, i) => (i < 90 ? i % 3 : i));
  const { mean, ci95 } = bootstrapMean(values, { seed: 1, clusters });
  expect(mean).toBeCloseTo(0.9, 12);
  expect(ci95[0]).toBeLessThan(0.9);
  expect(ci95[1]).toBeLessThanOrEqual(1);
  const ones = bootstrapMean(values.fill(1), { seed: 1, clusters });
  expect(ones).toEqual({ mean: 1, ci95: [1, 1] });
});

test("of one visitor alone each value stands for itself: the interval does not shrink to a point", () => {
  const values = normals(8, 100);
  const one = bootstrapMean(values, { seed: 1, clusters: new Uint32Array(100).fill(7) });
  expect(one).toEqual(bootstrapMean(values, { seed: 1 }));
  expect(one.ci95[1] - one.ci95[0]).toBeGreaterThan(0.2);
});
