import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, decodeFloats, encodeBase64, encodeFloats } from "./base64.ts";

test("bytes come back, from any stretch of a buffer, and the text is what Node makes of them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), fc.nat(9), (bytes, skip) => {
      const part = bytes.subarray(skip);
      expect(encodeBase64(part)).toBe(Buffer.from(part).toString("base64"));
      expect(Buffer.from(decodeBase64(encodeBase64(part))).equals(part)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("floats come back to the bit: −0, NaN with its payload, the smallest", () => {
  const bits = Uint32Array.of(0x8000_0000, 0x7fc0_1234, 1, 0x7f80_0000, 0x3f80_0000);
  const back = decodeFloats(encodeFloats(new Float32Array(bits.buffer).subarray(1)));
  expect([...new Uint32Array(back.buffer)]).toEqual([...bits.subarray(1)]);
});

test("what is not base64, or no whole floats, is refused", () => {
  expect(() => decodeBase64("*")).toThrow(RangeError);
  expect(() => decodeFloats("AAA=")).toThrow(/no whole float32/);
});
