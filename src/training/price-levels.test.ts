import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogItem } from "./log.ts";
import { PriceLevels } from "./price-levels.ts";

const priced = (prices: readonly number[], category = "lamps"): LogItem[] =>
  prices.map((price, i) => ({ kind: "item", id: `${category}-${i}`, category, price }));

test("the cheapest is near 0, the dearest near 1, the middle one half", () => {
  const levels = new PriceLevels(priced([10, 20, 30, 40, 50]));
  expect([10, 30, 50, 5, 99].map((price) => levels.of("lamps", price))).toEqual([0.1, 0.5, 0.9, 0, 1]);
});

test("a level is the share of prices below, equal ones half, as counting says", () => {
  const price = fc.integer({ min: 1, max: 30 });
  fc.assert(
    fc.property(fc.array(price, { minLength: 5, maxLength: 40 }), price, (prices, asked) => {
      const below = prices.filter((other) => other < asked).length;
      const equal = prices.filter((other) => other === asked).length;
      expect(new PriceLevels(priced(prices)).of("lamps", asked)).toBe((below + equal / 2) / prices.length);
    }),
  );
});

test("too few prices, another category, no price and a price of 0 have no level", () => {
  const levels = new PriceLevels([...priced([1, 2, 3, 4]), ...priced([1, 2, 3, 4, 5], "rugs"), ...priced([0], "rugs")]);
  expect(levels.of("lamps", 2)).toBeNull();
  expect(levels.of("chairs", 2)).toBeNull();
  expect(levels.of("rugs", undefined)).toBeNull();
  expect(levels.of("rugs", 0)).toBeNull();
  expect(levels.of("rugs", 5)).toBe(0.9);
});
