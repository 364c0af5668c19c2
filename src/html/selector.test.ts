import { expect, test } from "vitest";
import { SELECTORS } from "../../tests/support/selectors.ts";
import { selectorProblem } from "./selector.ts";

test.each(SELECTORS)("%s can be followed while the page streams", (selector) => {
  expect(selectorProblem(selector)).toBeNull();
});

test.each([
  "",
  "   ",
  "h1, h2",
  "a + b",
  "a ~ b",
  "> a",
  "a >",
  "a > > b",
  "a::before",
  "a:hover",
  "a:last-child",
  "li:nth-last-child(1)",
  "a:has(b)",
  "a:is(b)",
  ":root",
  "a:not(b c)",
  "a:not(:not(b))",
  "a:not()",
  "a:not(b",
  "li:nth-child()",
  "li:nth-child(2 of b)",
  "[href",
  '[href="x]',
  "[href=x y]",
  "svg|a",
  "1a",
  ".1a",
  "a{color:red}",
  "</style>",
  "a\\:b",
])("%j cannot, and the reason says what can", (selector) => {
  expect(selectorProblem(selector)).toMatch(/must name an element|a selector takes element/);
});

test("no selector takes long to check", { timeout: 2000 }, () => {
  for (const part of ["[a", "a >>", ":not(", "[a='", "a>", ":nth-child(1n"]) {
    expect(selectorProblem(part.repeat(20_000))).toMatch(/cannot be used|too early/);
  }
});
