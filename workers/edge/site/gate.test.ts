import { expect, test } from "vitest";
import { gateOf } from "../../../src/html/compile-site.ts";
import { normalPath, PathTable } from "../../../src/html/path-pattern.ts";
import { gateAnswer } from "./gate.ts";

const login = "/login?next={url}";
const nobody = { problem: "missing" } as const;
const sentTo = (href: string) => gateAnswer({ login }, nobody, new Request(href))?.headers.get("location") ?? null;

test("who comes without a token is sent to log in, and from there to the page asked for", () => {
  expect(sentTo("https://shop.example/account/a?b=c&d")).toBe(
    "https://shop.example/login?next=%2Faccount%2Fa%3Fb%3Dc%26d",
  );
});

test("the login leads to no other host afterwards", () => {
  for (const path of ["//evil.example/x", "///evil.example/x", "/\\\\evil.example/x"]) {
    expect(sentTo(`https://shop.example${path}`)).toBe("https://shop.example/login?next=%2Fevil.example%2Fx");
  }
  expect(sentTo("https://shop.example/$&/$'")).toBe("https://shop.example/login?next=%2F%24%26%2F%24%27");
});

test.each([
  ["/admin/a", "admin"],
  ["/ADMIN/a", "admin"],
  ["/%61dmin//a", "admin"],
  ["/admin;x=1/a", "admin"],
  ["/admin%3bx/a", "admin"],
  ["/shop/..;/admin/a", "admin"],
  ["/shop/..;y/admin;/a", "admin"],
  ["/shop/a;b", "all of the shop"],
  ["/public;/admin", undefined],
])("before %s stands the gate: %s", (path, gate) => {
  const gates = new PathTable([
    ["/admin/*", "admin"],
    ["/shop/*", "all of the shop"],
  ]) as unknown as Parameters<typeof gateOf>[0];

  expect(gateOf(gates, normalPath(new URL(path, "https://shop.example").pathname))).toBe(gate);
});
