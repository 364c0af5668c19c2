import fc from "fast-check";
import { expect, test } from "vitest";
import { equalBytes, fromBase64Url, hmac, importHmacKey, sha256Hex, toBase64Url, toHex } from "./digest.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

test("sha256 and hmac give the published vectors", async () => {
  expect(await sha256Hex(utf8("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const key = await importHmacKey("Jefe"); // RFC 4231, test case 2
  expect(toHex(await hmac(key, utf8("what do ya want for nothing?")))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("base64url round-trips any bytes and refuses what is not base64url", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const back = fromBase64Url(toBase64Url(bytes));
      return back !== null && equalBytes(back, bytes);
    }),
  );
  for (const bad of ["a", "ab=", "a+b/", "a b", "é"]) expect(fromBase64Url(bad)).toBeNull();
});
