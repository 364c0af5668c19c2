import { expect, test } from "vitest";
import { PRODUCTS } from "../catalogue/products.ts";
import { createPopularity } from "./popularity.ts";

const DAYS = 60;
const popularity = createPopularity(3, DAYS);
const ids = PRODUCTS.map(({ id }) => id);

/** Pearson's, over all products. */
function correlation(day: number, other: number): number {
  const [a, b] = [ids.map((id) => popularity(id, day)), ids.map((id) => popularity(id, other))];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = (x: readonly number[], y: readonly number[]) =>
    mean(x.map((value, i) => (value - mean(x)) * ((y[i] as number) - mean(y))));
  return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
}

test("what is popular drifts: tomorrow is like today, next month is not", () => {
  expect(correlation(20, 21)).toBeGreaterThan(0.8);
  expect(correlation(20, 50)).toBeLessThan(0.5);
});

test("now and then a product becomes a hit", () => {
  const jumps = ids.flatMap((id) =>
    Array.from({ length: DAYS }, (_, day) => popularity(id, day + 1) - popularity(id, day)),
  );
  expect(jumps.filter((jump) => jump > 1.2).length).toBeGreaterThan(20);
  expect(jumps.filter((jump) => jump > 1.2).length).toBeLessThan(0.02 * jumps.length);
});

test("the same seed gives the same fashion, however far one looks", () => {
  const short = createPopularity(3, 10);
  expect(ids.map((id) => short(id, 7))).toEqual(ids.map((id) => popularity(id, 7)));
  expect(ids.map((id) => createPopularity(4, 10)(id, 7))).not.toEqual(ids.map((id) => popularity(id, 7)));
});
