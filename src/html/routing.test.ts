import { describe, expect, test } from "vitest";
import { routesSchema } from "./route-schema.ts";
import { compileRoutes, destinationOf, type ForWhom, redirectLoop } from "./routing.ts";

function to(href: string, rules: object[], isFor: (whom: ForWhom) => boolean = () => true) {
  return destinationOf(new URL(href, "https://shop.example"), compileRoutes(routesSchema.parse(rules)), isFor);
}
const location = (href: string, rule: object) => to(href, [rule])?.redirect?.location;

test("the first rule that is for the visitor counts, and is the only one", () => {
  const rules = [
    { path: "/pricing", audience: "rich", rewrite: "/pricing-b" },
    { path: "/pricing", experiment: "price", variant: "c", rewrite: "/pricing-c" },
    { path: "/pricing-c", rewrite: "/never" },
    { path: "/*", rewrite: "/all/*" },
  ];
  expect(to("/pricing", rules)).toEqual({ path: "/pricing-b" });
  expect(to("/pricing/?x=1", rules, ({ audience }) => audience === undefined)).toEqual({ path: "/pricing-c" });
  expect(to("/pricing", rules, ({ audience, variant }) => !audience && !variant)).toEqual({ path: "/all/pricing" });
  expect(to("/pricing", rules.slice(0, 2), () => false)).toBeNull();
});

test("what stands at the star is taken over", () => {
  expect(to("/shop/lamps/1", [{ path: "/shop/*", rewrite: "/store/*" }])).toEqual({ path: "/store/lamps/1" });
  expect(to("/shop", [{ path: "/shop/*", rewrite: "/store/*" }])).toEqual({ path: "/store/" });
  expect(to("/shop/x", [{ path: "/shop/*", rewrite: "/*" }])).toEqual({ path: "/x" });
  expect(to("/shop/x", [{ path: "/shop/*", rewrite: "/one" }])).toEqual({ path: "/one" });
});

test("an origin may be chosen by path, with another path or the same", () => {
  const origin = "https://blog.example";
  expect(to("/blog/a", [{ path: "/blog/*", origin }])).toEqual({ origin });
  expect(to("/blog/a", [{ path: "/blog/*", origin, rewrite: "/*" }])).toEqual({ origin, path: "/a" });
});

describe("a redirect", () => {
  test("stays on the site unless it names another, and keeps the query unless it has its own", () => {
    expect(location("/a?x=1", { path: "/a", redirect: { to: "/b" } })).toBe("https://shop.example/b?x=1");
    expect(location("/a?x=1", { path: "/a", redirect: { to: "/b?y=2" } })).toBe("https://shop.example/b?y=2");
    expect(location("/a?x=1", { path: "/a", redirect: { to: "https://x.example/b" } })).toBe("https://x.example/b");
    expect(location("/old/p/1", { path: "/old/*", redirect: { to: "/new/*" } })).toBe("https://shop.example/new/p/1");
  });

  test("leads to no other host, whatever stands at the star", () => {
    const rule = { path: "/old/*", redirect: { to: "/*" } };
    for (const hidden of ["%0a", "%0D%0A", "%09", "%09%5c%0a", "%2f%0a", "%00", "%20"]) {
      expect(new URL(location(`/old/${hidden}/evil.example`, rule) ?? "").host, hidden).toBe("shop.example");
    }
    expect(location("/old//evil.example", rule)).toBe("https://shop.example/evil.example");
    expect(location("/old/%5cevil.example", rule)).toBe("https://shop.example/evil.example");
  });

  test("and a rewrite take over what was encoded as it was", () => {
    for (const path of ["a%3Fb%23c", "a%2541", "caf%C3%A9", "a%0Ab", "a%20b"]) {
      expect(location(`/old/${path}`, { path: "/old/*", redirect: { to: "/new/*" } })).toBe(
        `https://shop.example/new/${path}`,
      );
      expect(to(`/old/${path}`, [{ path: "/old/*", rewrite: "/new/*" }])).toEqual({ path: `/new/${path}` });
    }
  });

  test("to where the request is already is none", () => {
    const rules = [
      { path: "/de/*", redirect: { to: "/de/start" } },
      { path: "/de/start", rewrite: "/index" },
    ];
    expect(to("/de/x", rules)?.redirect?.location).toBe("https://shop.example/de/start");
    for (const same of ["/de/start", "/de/start/", "/%64e/start"]) expect(to(same, rules)).toEqual({ path: "/index" });
  });

  test.each(["/old/%2f%2fevil.example", "/old//evil.example/", "/old/%5cevil.example", "/old/..//evil.example"])(
    "of %s never leaves the site",
    (href) => {
      const found = location(href, { path: "/*", redirect: { to: "/*" } }) ?? "https://shop.example/";
      expect(new URL(found).host).toBe("shop.example");
      const rewritten = to(href, [{ path: "/*", rewrite: "/*" }])?.path;
      expect(rewritten).toMatch(/^\/(?![/\\])/);
    },
  );
});

describe("redirects in a circle are found", () => {
  const loop = (...rules: (ForWhom & { pattern: string; to: string })[]) => redirectLoop(rules);

  test("by hops, by patterns, and by what is carried over", () => {
    expect(loop({ pattern: "/a", to: "/b" }, { pattern: "/b", to: "/a?x=1" })).toBe(0);
    expect(loop({ pattern: "/x", to: "/y" }, { pattern: "/a", to: "/b/c" }, { pattern: "/b/*", to: "/a" })).toBe(1);
    expect(loop({ pattern: "/a/*", to: "/b/*" }, { pattern: "/b/*", to: "/a/*" })).toBe(0);
  });

  test("and only circles are", () => {
    expect(loop({ pattern: "/a", to: "/b" }, { pattern: "/b", to: "/c" })).toBe(-1);
    expect(loop({ pattern: "/de/*", to: "/de/start" })).toBe(-1);
    expect(loop({ pattern: "/a", to: "https://shop.example/a" })).toBe(-1);
  });

  test("between visitors of whom one is never the other there is none", () => {
    const german = { pattern: "/", to: "/de", audience: "german" };
    expect(loop(german, { pattern: "/de", to: "/", audience: "english" })).toBe(-1);
    expect(loop(german, { pattern: "/de", to: "/", audience: "german" })).toBe(0);
    expect(loop(german, { pattern: "/de", to: "/" })).toBe(0);
  });
});
