import { expect, test } from "vitest";
import { assignVariant, type Split } from "./assign.ts";

const VISITORS = Array.from({ length: 20_000 }, (_, i) => `visitor-${i}`);
const assigned = (split: Split, key = "headline") => VISITORS.map((visitor) => assignVariant(key, visitor, split));

function sharesOf(variants: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const variant of variants) counts[variant ?? "none"] = (counts[variant ?? "none"] ?? 0) + 1 / variants.length;
  return counts;
}

test("visitors divide by the weights, whatever these add up to", () => {
  for (const factor of [1, 100]) {
    const shares = sharesOf(assigned({ variants: { control: 5 * factor, b: 3 * factor, c: 2 * factor, off: 0 } }));
    expect(Object.keys(shares).sort()).toEqual(["b", "c", "control"]);
    // Four standard errors of a share of a half in 20,000 draws.
    expect(Math.abs((shares.control ?? 0) - 0.5)).toBeLessThan(0.015);
    expect(Math.abs((shares.b ?? 0) - 0.3)).toBeLessThan(0.015);
    expect(Math.abs((shares.c ?? 0) - 0.2)).toBeLessThan(0.015);
  }
});

test("a visitor's variant is the same every time, and golden", () => {
  const split = { variants: { control: 1, b: 1 } };
  expect(assigned(split)).toEqual(assigned(split));
  // Changing these moves visitors of experiments that run: never by accident.
  expect(VISITORS.slice(0, 8).map((visitor) => assignVariant("headline", visitor, split))).toMatchInlineSnapshot(`
    [
      "b",
      "b",
      "control",
      "control",
      "control",
      "control",
      "b",
      "control",
    ]
  `);
});

test("when a weight grows visitors move to that variant alone, and as few as possible", () => {
  const before = assigned({ variants: { control: 8, b: 1, c: 1 } });
  const after = assigned({ variants: { control: 8, b: 6, c: 1 } });
  let moved = 0;
  before.forEach((variant, i) => {
    if (variant === after[i]) return;
    moved++;
    expect(after[i]).toBe("b");
  });
  // From 1 / 10 to 6 / 15.
  expect(Math.abs(moved / VISITORS.length - 0.3)).toBeLessThan(0.015);
});

test("a variant that is added takes visitors from all others and moves none between them", () => {
  const before = assigned({ variants: { control: 1, b: 1 } });
  const after = assigned({ variants: { c: 1, control: 1, b: 1 } });
  before.forEach((variant, i) => {
    expect(after[i] === variant || after[i] === "c").toBe(true);
  });
});

test("whoever takes part stays in, in the same variant, when the share grows", () => {
  const variants = { control: 1, b: 1 };
  const some = assigned({ variants, share: 0.1 });
  const more = assigned({ variants, share: 0.5 });
  expect(Math.abs((sharesOf(some).none ?? 0) - 0.9)).toBeLessThan(0.01);
  expect(Math.abs((sharesOf(more).none ?? 0) - 0.5)).toBeLessThan(0.015);
  some.forEach((variant, i) => {
    if (variant !== null) expect(more[i]).toBe(variant);
  });
  expect(new Set(assigned({ variants, share: 0 }))).toEqual(new Set([null]));
});

test("experiments, and seeds of one, are drawn independently", () => {
  const split = { variants: { control: 1, b: 1 } };
  const first = assigned(split);
  for (const other of [assigned(split, "price"), assigned({ ...split, seed: "again" })]) {
    const same = first.filter((variant, i) => variant === other[i]).length / VISITORS.length;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.015);
  }
});

test("without any weight nobody sees anything", () => {
  expect(assignVariant("headline", "me", { variants: {} })).toBeNull();
  expect(assignVariant("headline", "me", { variants: { a: 0 } })).toBeNull();
});
