// Copies of pages at the edge: what is asked once, whom a copy is shown to, and that nobody can put anything into what others get.
import { SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { assignVariant } from "../src/experiments/assign.ts";
import { CARD, HTML, type OriginHandler, useSite, type VisitOptions } from "./support/site.ts";
import { configure } from "./support/site-config.ts";
import { jwtSecret, tokenFor } from "./support/tokens.ts";

const site = useSite();
const SPLIT = { variants: { a: 1, b: 1 } };

/** The page says everything that the origin was told. */
const tell: OriginHandler = (request, response) => {
  const {
    accept: _,
    "accept-encoding": __,
    connection: ___,
    host: ____,
    "cf-connecting-ip": _____,
    ...told
  } = request.headers;
  const body = `<p>${request.method} ${request.url} ${JSON.stringify(told)}</p><ul data-nowcast="home">old${CARD}</ul>`;
  response
    .writeHead(200, { ...HTML, "cache-control": "public, max-age=600", etag: '"1"' })
    .end(`<head></head><body>${body}</body>`);
};
const answering =
  (headers: Record<string, string>, status = 200): OriginHandler =>
  (request, response) =>
    response.writeHead(status, { ...HTML, ...headers }).end(`<p>${request.headers.cookie ?? "nobody"}</p>`);

beforeAll(async () => {
  const items = [{ id: "lamp", title: "Lamp", url: "/p/lamp" }];
  await site.system.request("/v1/items", { method: "PUT", json: { items } });
  site.on("*", tell);
  site.on("/short", answering({ "cache-control": "max-age=1" }));
  site.on("/private", answering({ "cache-control": "private" }));
  site.on("/cookie", answering({ "set-cookie": "session=secret" }));
  site.on("/vary", answering({ vary: "cookie" }));
  site.on("/missing", answering({}, 404));
  site.on("/nonce", answering({ "content-security-policy": "script-src 'nonce-abc'" }));
  await configure(site, {
    pages: { "/*": { cache: { ttlSeconds: 60, staleSeconds: 60 } }, "/live/*": {} },
    experiments: { price: { ...SPLIT, pages: ["/pricing"] } },
    identity: { jwt: { sharedSecret: true, algorithms: ["HS256"], cookie: "jwt" } },
    gates: { "/account/*": {} },
    cache: { sessionCookies: ["session", "wp_*"] },
  });
});
beforeEach(() => {
  site.asked.length = 0;
});

/** How often the origin is asked when a path is visited in these ways, one after the other. */
async function askedFor(path: string, ...visits: VisitOptions[]): Promise<number> {
  site.asked.length = 0;
  for (const options of visits) await site.visit(path, options);
  return site.asked.length;
}
let fresh = 0;
const freshPath = (): string => `/page-${fresh++}`;

describe("a copy", () => {
  test("spares the origin, and each visitor has a page of their own", async () => {
    const path = freshPath();
    const first = await site.visit(path);
    const second = await site.visit(path);
    expect(site.asked.length).toBe(1);
    const view = /data-page-view="([^"]+)"/;
    expect(view.exec(first.text)?.[1]).not.toBe(view.exec(second.text)?.[1]);
    expect(first.headers["set-cookie"]?.[0]).not.toBe(second.headers["set-cookie"]?.[0]);
    for (const { text, headers } of [first, second]) {
      expect(text).toContain('data-nowcast-state="filled"');
      expect(headers["cache-control"]).toBe("private, no-store");
      for (const name of ["etag", "age", "x-nowcast-copied-at"]) expect(headers).not.toHaveProperty(name);
    }
  });

  test("is fetched by a request that tells nothing of the visitor", async () => {
    const { text } = await site.visit(freshPath(), {
      headers: {
        "accept-language": "de",
        referer: "https://news.example/",
        cookie: "theme=dark",
        "x-real-ip": "1.2.3.4",
      },
    });
    // The runtime adds headers of its own, which say nothing either.
    const told = JSON.parse(/(\{.*\})<\/p>/.exec(text)?.[1] ?? "{}");
    expect(told).toMatchObject({
      "user-agent": "Nowcast (page copy)",
      "x-forwarded-host": new URL(site.url).host,
      "x-forwarded-proto": "http",
    });
    expect(JSON.stringify(told)).not.toMatch(/"de"|news|theme|1\.2\.3\.4/);
  });

  test("is one for all orders of the parameters and all that only tells where a click came from", async () => {
    const path = freshPath();
    for (const query of ["?b=2&a=1", "?a=1&b=2&utm_source=x", "?gclid=1&b=2&a=1"]) await site.visit(`${path}${query}`);
    expect(site.asked.map(({ url }) => url)).toEqual([`${path}?a=1&b=2`]);
  });

  test("is one for each routing variant", async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `v${n}`);
    for (const id of ids) {
      const cookie = `nowcast_visitor=${await tokenFor(id)}`;
      const { text } = await site.visit("/pricing", { headers: { cookie } });
      expect(text).toContain(`"x-nowcast-variant":"price=${assignVariant("price", id, SPLIT)}"`);
    }
    expect(site.asked.length).toBe(2);
  });

  test("past its time is shown while a new one is fetched", async () => {
    await site.visit("/short");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    site.asked.length = 0;
    site.on("/short", (_, response) => setTimeout(() => response.writeHead(200, HTML).end("<p>new</p>"), 400));
    const { text, headersMs } = await site.visit("/short");
    expect(text).toContain("<p>nobody</p>");
    expect(headersMs).toBeLessThan(400);
    await expect.poll(async () => (await site.visit("/short")).text, { timeout: 5000 }).toContain("<p>new</p>");
  });
});

describe("no copy is made of, or shown to", () => {
  test.each<[string, VisitOptions]>([
    ["a session", { headers: { cookie: "session=1" } }],
    ["a session by the start of its name", { headers: { cookie: "wp_user=1" } }],
    ["the site's JWT", { headers: { cookie: "jwt=1" } }],
    ["Authorization", { headers: { authorization: "Basic dTpw" } }],
    ["a range", { headers: { range: "bytes=0-10" } }],
    ["a script's request for data", { headers: { accept: "application/json" } }],
    ["HEAD", { method: "HEAD" }],
    ["POST", { method: "POST", body: "a=1" }],
    ["a method of one's own", { method: "PURGE" }],
  ])("%s", async (_what, options) => {
    const path = freshPath();
    expect(await askedFor(path, options, options)).toBe(2);
    expect(await askedFor(path, {}, options, {})).toBe(2);
  });

  test.each(["/private", "/cookie", "/vary", "/missing", "/nonce"])("what the origin answers at %s", async (path) => {
    const seen = [];
    for (const name of ["one", "two"]) {
      seen.push((await site.visit(path, { headers: { cookie: `theme=${name}` } })).text.match(/<p>(.*)<\/p>/)?.[1]);
    }
    // Each visitor's own request, and their own answer.
    expect(seen).toEqual(["theme=one", "theme=two"]);
  });

  test("pages of which the configuration keeps none", async () => {
    expect(await askedFor("/live/scores", {}, {})).toBe(2);
  });

  test("pages behind a gate", async () => {
    const claims = new SignJWT({ sub: "ada", exp: Math.floor(Date.now() / 1000) + 60 });
    const token = await claims.setProtectedHeader({ alg: "HS256" }).sign(jwtSecret());
    const ada = { headers: { cookie: `jwt=${token}` } };
    expect(await askedFor("/account/orders", ada, ada)).toBe(2);
    expect(await askedFor("/account/orders", {})).toBe(0);
    expect((await site.visit("/account/orders")).status).toBe(401);
  });
});

describe("nobody poisons what others get", () => {
  test.each<[string, Record<string, string>]>([
    ["x-forwarded-host", { "x-forwarded-host": "evil.example" }],
    ["x-forwarded-proto", { "x-forwarded-proto": "evil" }],
    ["x-original-url", { "x-original-url": "/evil", "x-rewrite-url": "/evil" }],
    ["x-nowcast-variant", { "x-nowcast-variant": "price=evil" }],
    ["x-nowcast-copied-at", { "x-nowcast-copied-at": "0", "x-nowcast-fresh-seconds": "1e9" }],
    ["x-http-method-override", { "x-http-method-override": "POST" }],
    ["user-agent", { "user-agent": "evil" }],
    ["accept-language", { "accept-language": "evil" }],
    ["a cookie", { cookie: "nowcast_visitor=evil; theme=evil" }],
    ["forwarded", { forwarded: "host=evil.example", "x-forwarded-for": "6.6.6.6", "cf-connecting-ip": "6.6.6.6" }],
  ])("by %s", async (_name, headers) => {
    const path = freshPath();
    const attack = await site.visit(path, { headers });
    const victim = await site.visit(path);
    expect(site.asked.length).toBe(1);
    for (const { text } of [attack, victim]) expect(text).not.toMatch(/evil|6\.6\.6\.6/);
  });

  test("by the host that they ask for", async () => {
    const path = freshPath();
    await site.visit(path, { headers: { host: "evil.example" } });
    expect((await site.visit(path)).text).not.toContain("evil.example");
  });

  test("by paths and parameters that look alike", async () => {
    const path = freshPath();
    for (const other of [
      `${path}/`,
      `/${path}`,
      path.toUpperCase(),
      `${path}?x=1`,
      `${path}?x=1&x=2`,
      `${path}?x=2&x=1`,
      `${path}%3Fx=1`,
      `${path};x`,
      path,
    ]) {
      const { text } = await site.visit(other);
      expect(text).toContain(`<p>GET ${other} {`);
    }
    expect(site.asked.length).toBe(9);
  });
});
