import { expect, test } from "vitest";
import { isFor, membership, variantHeader, variantsOf } from "./site-plan.ts";
import { visitorFacts } from "./visitor-facts.ts";

const facts = visitorFacts({
  url: new URL("https://shop.example/"),
  path: "",
  headers: new Headers(),
  place: { country: "DE" },
  isNew: false,
  now: 0,
});
const audiences = { german: { country: ["DE"] }, french: { country: ["FR"] }, rich: { segments: ["big_spender"] } };
const isIn = membership(audiences, facts, () => false);
const half = { variants: { a: 1, b: 1 } };

test("membership goes by name, and nobody is a member of what is not there", () => {
  expect(["german", "french", "rich", "none", "toString"].map(isIn)).toEqual([true, false, null, false, false]);
});

test("a visitor is part of the experiments whose audience they surely belong to", () => {
  const experiments = [
    ["all", half],
    ["german", { ...half, audience: "german" }],
    ["french", { ...half, audience: "french" }],
    ["rich", { ...half, audience: "rich" }],
    ["nobody", { ...half, share: 0 }],
  ] as const;
  expect([...variantsOf(experiments, "me", isIn).keys()]).toEqual(["all", "german"]);
  expect(variantsOf(experiments, null, isIn).size).toBe(0);
});

test("a rule is for whom it names, and open where that is not known", () => {
  const variants = new Map([["headline", "b"]]);
  const verdict = (whom: object) => isFor(whom, variants, isIn);
  expect(verdict({})).toBe(true);
  expect(verdict({ experiment: "headline", variant: "b" })).toBe(true);
  expect(verdict({ experiment: "headline", variant: "a" })).toBe(false);
  expect(verdict({ experiment: "other", variant: "b" })).toBe(false);
  expect(verdict({ audience: "rich" })).toBeNull();
  expect(verdict({ audience: "rich", experiment: "headline", variant: "a" })).toBe(false);
  expect(verdict({ audience: "german", experiment: "headline", variant: "b" })).toBe(true);
});

test("the header names experiments in one order", () => {
  expect(
    variantHeader(
      new Map([
        ["b", "2"],
        ["a", "1"],
      ]),
    ),
  ).toBe("a=1,b=2");
  expect(variantHeader(new Map())).toBe("");
});
