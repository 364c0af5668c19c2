import fc from "fast-check";
import { expect, test } from "vitest";
import { compareNatural } from "./natural-order.ts";

test("numbers in names count, and text compares by code unit", () => {
  const sorted = ["", "A", "a", "e-0", "e-9", "e-09", "e-10", "e-10-2", "e-10-11", "f", "ä"];
  expect(sorted.toReversed().sort(compareNatural)).toEqual([
    "",
    "A",
    "a",
    "e-0",
    "e-09",
    "e-9",
    "e-10",
    "e-10-2",
    "e-10-11",
    "f",
    "ä",
  ]);
});

test("it is a total order: only equal texts are equal, and sorting does not depend on where one began", () => {
  const name = fc.string({ unit: fc.constantFrom("0", "1", "2", "9", "a", "-"), maxLength: 8 });
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareNatural(a, b))).toBe(-Math.sign(compareNatural(b, a)) + 0);
      expect(compareNatural(a, b) === 0).toBe(a === b);
      if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0) expect(compareNatural(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});
