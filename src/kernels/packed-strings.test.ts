import fc from "fast-check";
import { expect, test } from "vitest";
import { hash32 } from "./hash.ts";
import { PackedStrings } from "./packed-strings.ts";

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }).map((value) => value.toWellFormed()),
  fc.constantFrom("", "\ufeffsku", "Müller", "漢字", "🪔"),
);

test("strings, their hashes and comparisons are those of the strings themselves", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 40 }), text, (strings, other) => {
      const packed = PackedStrings.of(strings);
      expect([...packed]).toEqual(strings);
      expect([...packed.hashes()]).toEqual(strings.map((value) => hash32(value)));
      strings.forEach((value, at) => {
        expect(packed.equals(at, value)).toBe(true);
        expect(packed.equals(at, other)).toBe(value === other);
        expect(packed.equals(at, `${value}x`)).toBe(false);
      });
    }),
  );
});

test("a string that is kept is not mistaken for another of the same slot", () => {
  const packed = PackedStrings.of(Array.from({ length: 9_000 }, (_, i) => `sku-${i}`));
  for (const at of [5, 4_101, 5, 8_197, 4_101]) expect(packed.at(at)).toBe(`sku-${at}`);
});

test("bytes that are no UTF-8 have no hashes, also where a character is cut in two", () => {
  const { bytes } = PackedStrings.of(["ä"]);
  expect(() => new PackedStrings(bytes, Uint32Array.of(0, 1, 2)).hashes()).toThrow(TypeError);
});
