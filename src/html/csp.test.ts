import { describe, expect, test } from "vitest";
import { scriptPermission } from "./csp.ts";

describe("a policy", () => {
  test.each([
    [null, null, true, null],
    ["", "n1", true, "n1"],
    ["script-src 'nonce-abc'", null, true, "abc"],
    ["script-src 'nonce-abc'", "other", true, "abc"],
    ["SCRIPT-SRC 'NONCE-aBc'", null, true, "aBc"],
    ["default-src 'self'", null, true, null],
    ["default-src 'none'; script-src-elem 'self'", null, true, null],
    ["script-src-elem 'none'; script-src 'self'", null, false, null],
    ["script-src 'strict-dynamic' 'self'", null, false, null],
    ["script-src https://cdn.example", null, false, null],
    ["img-src 'none'", null, true, null],
    ["script-src 'self', script-src 'nonce-x'", null, true, "x"],
    ["script-src 'nonce-a', script-src 'nonce-b'", null, false, "a"],
    ["script-src 'sha256-abc'", null, false, null],
  ])("%j with a page's nonce of %j: %s, %j", (policy, pageNonce, isAllowed, nonce) => {
    expect(scriptPermission(policy, pageNonce)).toEqual({ isAllowed, nonce });
  });

  test("a nonce that is none is not written", () => {
    expect(scriptPermission(null, '"><script>').nonce).toBeNull();
  });
});
