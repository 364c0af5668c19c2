import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter, utf8Length } from "./bytes.ts";

test("what is written is read back, whatever the growth of the buffer", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.maxSafeNat(),
      fc.double(),
      fc.uint8Array(),
      (text, integer, float, bytes) => {
        const written = new ByteWriter(4).text(text).varint(integer).f64(float).u16(65535).u32(4294967295).bytes(bytes);
        const reader = new ByteReader(written.finish());
        expect(reader.text()).toBe(text);
        expect(reader.varint()).toBe(integer);
        expect(reader.f64()).toBe(float);
        expect(reader.u16()).toBe(65535);
        expect(reader.u32()).toBe(4294967295);
        expect(reader.bytes(bytes.length)).toEqual(bytes);
        expect(reader.remaining).toBe(0);
      },
    ),
  );
});

test("any well-formed text is itself again, a leading byte order mark included", () => {
  const text = fc.tuple(
    fc.constantFrom("", "\uFEFF", "\uFEFF\uFEFF", "\uFFFE"),
    fc.string({ unit: "binary", maxLength: 300 }),
  );
  fc.assert(
    fc.property(text, ([first, rest]) => {
      const written = (first + rest).toWellFormed();
      expect(new ByteReader(new ByteWriter(1).text(written).finish()).text()).toBe(written);
    }),
  );
});

test("reading past the end throws a RangeError at every cut", () => {
  const whole = new ByteWriter().text("lamp").f64(1).u32(7).finish();
  for (let cut = 0; cut < whole.length; cut++) {
    const reader = new ByteReader(whole.subarray(0, cut));
    expect(() => {
      reader.text();
      reader.f64();
      reader.u32();
    }).toThrow(RangeError);
  }
});

test("a view at an odd offset of its buffer reads the same", () => {
  const whole = new ByteWriter().f64(Math.PI).finish();
  const shifted = new Uint8Array(whole.length + 3);
  shifted.set(whole, 3);
  expect(new ByteReader(shifted.subarray(3)).f64()).toBe(Math.PI);
});

test("utf8Length counts bytes without encoding, lone surrogates included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => utf8Length(text) === new TextEncoder().encode(text).length),
  );
  expect(utf8Length("\ud800x")).toBe(new TextEncoder().encode("\ud800x").length);
});
