import { describe, expect, test } from "vitest";
import { copyLife, mayUseCopy } from "./cacheable.ts";

const PAGE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const may = (headers: HeadersInit = {}, sessionCookies?: readonly string[], method = "GET") =>
  mayUseCopy({ method, headers: new Headers({ ...PAGE, ...headers }) }, sessionCookies, "jwt");

describe("a request may be answered from a copy", () => {
  test("when the origin would know nobody", () => {
    expect(may()).toBe(true);
    expect(may({ cookie: "nowcast_visitor=x; _ga=1; _ga_ABC=2" })).toBe(true);
    expect(may({ cookie: "theme=dark" }, ["session"])).toBe(true);
    const withOwn = new Headers({ ...PAGE, cookie: "ab=b" });
    expect(mayUseCopy({ method: "GET", headers: withOwn }, undefined, undefined, ["ab"])).toBe(true);
  });

  test.each<[string, HeadersInit, readonly string[] | undefined]>([
    ["Authorization", { authorization: "Basic dTpw" }, undefined],
    ["a range", { range: "bytes=0-1" }, undefined],
    ["an upgrade", { upgrade: "websocket" }, undefined],
    ["a request for data", { accept: "application/json" }, undefined],
    ["a request for anything", { accept: "*/*" }, undefined],
    ["a cookie that nobody has spoken of", { cookie: "theme=dark" }, undefined],
    ["a session", { cookie: "_ga=1; session=1" }, ["session"]],
    ["a session by the start of its name", { cookie: "wordpress_logged_in_x=1" }, ["wordpress_*"]],
    ["the site's JWT", { cookie: "jwt=1" }, ["session"]],
  ])("but not with %s", (_what, headers, sessionCookies) => {
    expect(may(headers, sessionCookies)).toBe(false);
  });

  test.each(["HEAD", "POST", "get", "PURGE", "OPTIONS"])("but not %s", (method) => {
    expect(may({}, undefined, method)).toBe(false);
  });
});

describe("an answer may become a copy", () => {
  const rules = { ttlSeconds: 60, staleSeconds: 600 };
  const life = (headers: HeadersInit = {}, status = 200) =>
    copyLife({ status, headers: new Headers({ "content-type": "text/html; charset=utf-8", ...headers }) }, rules);

  test.each<[HeadersInit, number, number]>([
    [{}, 60, 600],
    [{ "cache-control": "public" }, 60, 600],
    [{ "cache-control": "max-age=10" }, 10, 600],
    [{ "cache-control": "max-age=3600" }, 60, 600],
    [{ "cache-control": "max-age=0, s-maxage=30" }, 30, 600],
    [{ "cache-control": 'Public, Max-Age="20", must-revalidate' }, 20, 0],
    [{ vary: "Accept-Encoding" }, 60, 600],
    [{ "content-security-policy": "default-src 'self'" }, 60, 600],
  ])("with %j", (headers, freshSeconds, staleSeconds) => {
    expect(life(headers)).toEqual({ freshSeconds, staleSeconds });
  });

  test.each<[HeadersInit, number?]>([
    [{}, 404],
    [{}, 206],
    [{}, 301],
    [{ "content-type": "application/json" }],
    [{ "content-type": "text/htmlx" }],
    [{ "set-cookie": "session=1" }],
    [{ "www-authenticate": "Basic" }],
    [{ "cache-control": "private" }],
    [{ "cache-control": 'private="x-secret"' }],
    [{ "cache-control": "no-store" }],
    [{ "cache-control": "max-age=60, no-cache" }],
    [{ "cache-control": "max-age=0" }],
    [{ "cache-control": "max-age=-1" }],
    [{ "cache-control": "s-maxage=0, max-age=60" }],
    [{ "cache-control": "max-age=soon" }],
    [{ pragma: "no-cache" }],
    [{ vary: "Cookie" }],
    [{ vary: "Accept-Encoding, User-Agent" }],
    [{ vary: "*" }],
    [{ "content-security-policy": "script-src 'nonce-abc'" }],
  ])("but not with %j", (headers, status) => {
    expect(life(headers, status)).toBeNull();
  });
});
