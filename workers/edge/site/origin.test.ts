import { describe, expect, test } from "vitest";
import { answerOf, asPageRequest, originOf, originRequest } from "./origin.ts";

const NOTHING = { path: null, variantHeader: "", cookies: new Map<string, string | null>() };
const env = (ORIGIN: string, NOWCAST_ENV = "") => ({ ORIGIN, NOWCAST_ENV });

describe("the origin", () => {
  test.each([
    "http://shop.example",
    "ftp://shop.example",
    "https://user:secret@shop.example",
    "https://shop.example/path",
    "https://shop.example/?q",
    "https://shop.example/#x",
    "http://localhost:3000",
    "shop.example",
    "javascript:alert(1)",
  ])("%s is refused on a deployment", (url) => {
    expect(() => originOf(env(url))).toThrow("ORIGIN must be the https URL of a host");
  });

  test("may be this machine on a developer's, and nowhere else", () => {
    expect(originOf(env("http://localhost:3000", "local")).port).toBe("3000");
    expect(() => originOf(env("http://intranet:3000", "local"))).toThrow("ORIGIN");
    expect(originOf(env("https://shop.example")).host).toBe("shop.example");
  });

  test("that is Nowcast's own host is a loop", () => {
    const request = new Request("https://shop.example/a");
    expect(() => originRequest(request, new URL("https://shop.example"), NOTHING)).toThrow(
      "The origin leads back to this host",
    );
  });
});

test("a page is asked for in encodings that can be undone", () => {
  const encodings = (accepted: string) =>
    asPageRequest(new Request("https://o.example/", { headers: { "accept-encoding": accepted } })).headers.get(
      "accept-encoding",
    );
  expect(encodings("gzip, deflate, br, zstd")?.replaceAll(" ", "")).toBe("gzip,br");
  expect(encodings("zstd;q=1, gzip;q=0.5")?.trim()).toBe("gzip;q=0.5");
  expect(encodings("zstd")).toBe("identity");
});

test.each([
  ["https://origin.example/a?b#c", "https://shop.example/a?b#c"],
  ["//origin.example/a", "https://shop.example/a"],
  ["https://origin.example:8443/a", "https://origin.example:8443/a"],
  ["https://other.example/a", "https://other.example/a"],
  ["https://origin.example.evil.example/", "https://origin.example.evil.example/"],
  ["/a", "/a"],
  ["b", "b"],
  ["?c", "?c"],
  ["http://[", "http://["],
])("a redirect to %s becomes one to %s", (location, seen) => {
  const answer = new Response(null, { status: 302, headers: { location } });
  const rewritten = answerOf(answer, new URL("https://origin.example"), "https://shop.example/from/here");
  expect(rewritten.headers.get("location")).toBe(seen);
  expect(rewritten.status).toBe(302);
});
