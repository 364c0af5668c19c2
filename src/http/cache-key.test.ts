import { expect, test } from "vitest";
import { cacheKey, copyRequest, matchesAny, PRIVATE_PARAMETERS } from "./cache-key.ts";

const OWN = "https://shop.example";
const asked = (href: string, variant = "", publicOrigin = OWN) =>
  copyRequest(new URL(href), PRIVATE_PARAMETERS, { publicOrigin, variant });
const key = (href: string, variant = "", site = "default") => cacheKey(site, asked(href, variant));

test("what the origin is asked for is what the key says", () => {
  const copy = asked("https://origin.example/p?b=2&a=1&utm_source=x&gclid=y", "headline=b");
  expect(copy).toEqual({ url: "https://origin.example/p?a=1&b=2", publicOrigin: OWN, variant: "headline=b" });
  const parts = cacheKey("default", copy).split("/").slice(3).map(decodeURIComponent);
  expect(parts).toEqual(["default", OWN, "headline=b", copy.url]);
});

test("the order of parameters does not matter, unless one stands twice", () => {
  expect(key("https://x.example/?a=1&b=2")).toBe(key("https://x.example/?b=2&a=1"));
  expect(key("https://x.example/?a=1&b=0&a=2")).toBe(key("https://x.example/?b=0&a=1&a=2"));
  expect(key("https://x.example/?a=1&a=2")).not.toBe(key("https://x.example/?a=2&a=1"));
});

test("parameters of the visitor's own and the fragment make no difference", () => {
  for (const same of ["?fbclid=1", "?utm_source=a&utm_medium=b", "?", "#x"]) {
    expect(key(`https://x.example/p${same}`)).toBe(key("https://x.example/p"));
  }
});

test.each([
  ["https://x.example/p", "https://y.example/p"],
  ["https://x.example/p", "http://x.example/p"],
  ["https://x.example/p", "https://x.example:8443/p"],
  ["https://x.example/p", "https://x.example/P"],
  ["https://x.example/p", "https://x.example/p/"],
  ["https://x.example/p", "https://x.example//p"],
  ["https://x.example/p", "https://x.example/%70"],
  ["https://x.example/?a=1", "https://x.example/?a=1&a=1"],
  ["https://x.example/?a=1", "https://x.example/?A=1"],
  ["https://x.example/?a", "https://x.example/?a=1"],
  ["https://x.example/?a=1%26b=2", "https://x.example/?a=1&b=2"],
  ["https://x.example/a%3Fb=1", "https://x.example/a?b=1"],
  ["https://x.example/?UTM_source=1", "https://x.example/"],
])("%s and %s are two pages", (one, other) => {
  expect(key(one)).not.toBe(key(other));
});

test("nothing in a part of the key can be taken for another part", () => {
  expect(key("https://x.example/p", "a=b")).not.toBe(key("https://x.example/p", "a=c"));
  const other = cacheKey("default", asked("https://x.example/p", "", "https://evil.example"));
  expect(key("https://x.example/p")).not.toBe(other);
  expect(key("https://x.example/p", "a/b", "s")).not.toBe(key("https://x.example/p", "b", "s/a"));
  expect(new URL(key("https://x.example/../p?x=#", "../..?#")).host).toBe("pages.nowcast.invalid");
});

test("a star stands for any end of a name", () => {
  expect(matchesAny("utm_source", ["utm_*"])).toBe(true);
  expect(matchesAny("utm", ["utm_*"])).toBe(false);
  expect(matchesAny("a", ["*"])).toBe(true);
  expect(matchesAny("ab", ["a"])).toBe(false);
});
