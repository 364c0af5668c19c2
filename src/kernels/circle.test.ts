import fc from "fast-check";
import { expect, test } from "vitest";
import { cosOfTurns, sinOfTurns } from "./circle.ts";

test("sine and cosine of turns agree with the engine's", () => {
  fc.assert(
    fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (turns) => {
      expect(sinOfTurns(turns)).toBeCloseTo(Math.sin(2 * Math.PI * turns), 12);
      expect(cosOfTurns(turns)).toBeCloseTo(Math.cos(2 * Math.PI * turns), 12);
    }),
  );
});

test("quarters of a turn are exact", () => {
  expect([0, 0.25, 0.5, 0.75, 1].map(sinOfTurns)).toEqual([0, 1, -0, -1, 0]);
  expect([0, 0.25, 0.5, 0.75].map(cosOfTurns)).toEqual([1, -0, -1, 0]);
});
