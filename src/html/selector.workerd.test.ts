// Runs inside the Workers runtime: what the configuration takes as a selector, HTMLRewriter takes, too.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SELECTORS } from "../../tests/support/selectors.ts";
import { selectorProblem } from "./selector.ts";

const { HTMLRewriter } = globalThis as unknown as {
  HTMLRewriter: new () => { on(selector: string, handlers: object): unknown };
};

function isTaken(selector: string): boolean {
  try {
    new HTMLRewriter().on(selector, {});
    return true;
  } catch {
    return false;
  }
}

const PARTS =
  "a h1 * .b #c [d] [d=e] [d^='e f' i] [d|=e] :first-child :nth-child(2n+1) :nth-child(-n+3) :nth-of-type(odd) :not(.x) :not([y]) > , + ~ ( ) [ ] : :: . # 1 - _ é \\ \" ' = |".split(
    " ",
  );

test.each(SELECTORS)("%s is taken", (selector) => {
  expect(isTaken(selector)).toBe(true);
});

test("whatever is put together of parts of selectors, one that is accepted is taken", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PARTS, " ", " "), { minLength: 1, maxLength: 7 }), (parts) => {
      const selector = parts.join("");
      if (selectorProblem(selector) !== null) return;
      accepted++;
      expect(isTaken(selector), selector).toBe(true);
    }),
    { numRuns: 20_000, seed: 42 },
  );
  expect(accepted).toBeGreaterThan(1000);
});
