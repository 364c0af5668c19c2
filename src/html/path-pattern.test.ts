import { describe, expect, test } from "vitest";
import {
  guardedPath,
  matchesPath,
  normalPath,
  type PathPattern,
  PathTable,
  parsePattern,
  restOf,
} from "./path-pattern.ts";

const pattern = (text: string): PathPattern => {
  const parsed = parsePattern(text);
  if (parsed === null) throw new Error(`${text} is no pattern`);
  return parsed;
};
const matches = (text: string, path: string): boolean => matchesPath(pattern(text), normalPath(path));

describe("a pattern", () => {
  test.each([
    ["/pricing", "/pricing", true],
    ["/pricing", "/pricing/", true],
    ["/pricing", "/pricing-b", false],
    ["/pricing", "/pricing/b", false],
    ["/pricing", "/Pricing", false],
    ["/p/*", "/p/1", true],
    ["/p/*", "/p/1/reviews", true],
    ["/p/*", "/p", true],
    ["/p/*", "/p/", true],
    ["/p/*", "/pricing", false],
    ["/*", "/", true],
    ["/*", "/anything/at/all", true],
    ["/café/*", new URL("http://x/café/1").pathname, true],
    ["/café", "/caf%c3%a9", true],
    ["/", "/", true],
    ["/", "/x", false],
  ])("%s on %s: %s", (text, path, expected) => {
    expect(matches(text, path)).toBe(expected);
  });

  test.each([
    "",
    "pricing",
    "*",
    "/a*",
    "/a/*/b",
    "/a?b",
    "/a#b",
    "/a b",
    "//a",
    "/a//b",
    "/a/../b",
    "/./a",
    "/a\\b",
    "/%61",
    "https://x/y",
  ])("is not %j", (text) => {
    expect(parsePattern(text)).toBeNull();
  });
});

test.each([
  "/account",
  "/account/",
  "//account",
  "/x/../account",
  "/./account",
  "/%61ccount",
  "/x%2F..%2faccount",
  "\\account",
  "/%2Faccount%5C",
])("%s is written otherwise and is the same page", (path) => {
  expect(normalPath(path)).toBe("/account");
});

test.each([
  "/Account",
  "/account;v=1",
  "/%2561ccount",
  "/%252561ccount/",
  "/x;y/%252e%252e/account",
  "/account%3bv=1",
  "/ACCOUNT/",
])("%s is guarded as the same page", (path) => {
  expect(guardedPath(new URL(path, "http://x").pathname)).toBe("/account");
});

test("what is not ASCII stays encoded, and one decoding is all", () => {
  expect(normalPath("/caf%C3%A9/")).toBe("/caf%C3%A9");
  expect(normalPath("/%2561/")).toBe("/%61");
});

test("no path climbs above the root", () => {
  expect(normalPath("/../../a/")).toBe("/a");
  expect(normalPath("/..")).toBe("");
});

test("what stands at the star can be put elsewhere", () => {
  expect(restOf(pattern("/shop/*"), "/shop/lamps/1")).toBe("/lamps/1");
  expect(restOf(pattern("/shop/*"), "/shop")).toBe("");
  expect(restOf(pattern("/*"), "/x")).toBe("/x");
  expect(restOf(pattern("/shop"), "/shop")).toBe("");
});

test("of several patterns the exact one counts, then the longest", () => {
  const table = new PathTable([
    ["/*", "all"],
    ["/p/*", "products"],
    ["/p/sale/*", "sale"],
    ["/p/1", "one"],
    ["no pattern", "never"],
  ]);
  const found = (path: string) => table.find(normalPath(path));
  expect([found("/"), found("/p/2"), found("/p/sale/1"), found("/p/1"), found("/p/1/x")]).toEqual([
    "all",
    "products",
    "sale",
    "one",
    "products",
  ]);
  expect(new PathTable([["/a", 1]]).find("/b")).toBeUndefined();
  expect(["/p/2", "/p/sale/1/x", "/p/1", "/p"].map((path) => table.restOf(path))).toEqual(["/2", "/1/x", "", ""]);
  expect(new PathTable([["/a", 1]]).restOf("/b")).toBe("");
});
