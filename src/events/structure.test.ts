import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSurelyWellFormed, structureProblem } from "./structure.ts";

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });
/** Half a surrogate pair, somewhere in a text. */
const illFormed = fc.string({ unit: "binary" }).map((text) => `${text}\ud800`);

describe("structureProblem", () => {
  test("as many levels as allowed are no problem, one more is, and says where", () => {
    expect(structureProblem(nested(3), 3)).toBeNull();
    expect(structureProblem(nested(4), 3)).toEqual({ code: "too_deep", path: ["a", "a", "a"] });
    expect(structureProblem([[[]]], 2)).toBeNull();
    expect(structureProblem([[[1]]], 2)).toEqual({ code: "too_deep", path: ["0", "0"] });
  });

  test("a hundred thousand levels cost no more than those that are allowed", () => {
    const levels = 100_000;
    const deep: unknown = JSON.parse("[".repeat(levels) + "]".repeat(levels));

    expect(structureProblem(deep, 16)).toMatchObject({ code: "too_deep" });
  });

  test("any JSON with well-formed text is well-formed", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: "binary" }), (value) => {
        expect(structureProblem(value, 16)).toBeNull();
      }),
    );
  });

  test("half a surrogate pair is found as a value and as a key, with the way to it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }), illFormed, (other, text) => {
        const asValue = structureProblem({ other, list: [other, text] }, 16);
        const asKey = structureProblem({ other, object: { [text]: other } }, 16);
        expect(asValue).toEqual({ code: "ill_formed", path: ["list", "1"] });
        expect(asKey).toEqual({ code: "ill_formed", path: ["object", text.toWellFormed()] });
      }),
    );
  });

  test("a key __proto__ is looked at like any other", () => {
    const input: unknown = JSON.parse('{"__proto__":{"a":"\\ud800"}}');

    expect(structureProblem(input, 16)).toEqual({ code: "ill_formed", path: ["__proto__", "a"] });
  });
});

test("what is surely well-formed needs no look at its texts, and half a surrogate pair is never sure", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: "binary" }), illFormed, (value, text) => {
      const body = JSON.stringify(value);
      if (isSurelyWellFormed(body)) expect(structureProblem(value, 3, true)).toEqual(structureProblem(value, 3));
      expect(isSurelyWellFormed(JSON.stringify({ [text]: value }))).toBe(false);
      expect(isSurelyWellFormed(JSON.stringify([value, text]))).toBe(false);
    }),
  );
  expect(isSurelyWellFormed('{"a":"\\uDBFF"}')).toBe(false);
  expect(isSurelyWellFormed('{"a":"\\u00e4 brass lamp"}')).toBe(true);
});
