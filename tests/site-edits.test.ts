// Edits, experiments, audiences and routes of the configuration, on pages of a site behind Nowcast.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assignVariant } from "../src/experiments/assign.ts";
import { problemOf } from "./support/answers.ts";
import { rowsInLake } from "./support/lake.ts";
import { SELECTORS } from "./support/selectors.ts";
import { CARD, HTML, type OriginHandler, type SiteAnswer, useSite, type VisitOptions } from "./support/site.ts";
import { configure } from "./support/site-config.ts";
import { readToken, tokenFor } from "./support/tokens.ts";

const site = useSite();

const PAGE = `<!doctype html><html><head><title>Shop</title></head><body>
<h1>Light for all</h1><p class="lead">lead</p><nav><a href="/sale">Sale</a></nav><p id="geo">hello</p><p id="late">all</p>
</body></html>`;
const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Mobile/15E148";
const HEADLINE = { variants: { control: 1, b: 1 } };

const CONFIG = {
  audiences: {
    austrian: { country: ["AT"] },
    phones: { device: ["mobile"] },
    ads: { utm: { source: ["ads"] } },
    rich: { segments: ["big_spender"] },
    comparing: { intents: ["comparing"] },
  },
  experiments: {
    headline: { ...HEADLINE, cookie: "headline" },
    pricing: { variants: { a: 1, b: 1 }, pages: ["/pricing", "/plans"] },
  },
  edits: [
    {
      pages: ["/"],
      experiment: "headline",
      variant: "b",
      changes: [
        { action: "text", selector: "h1", text: "Light & <shade>" },
        { action: "attribute", selector: "nav a", name: "href", value: '/sale?a=1&b="2"' },
        { action: "addClass", selector: "p.lead", class: "big" },
        { action: "append", selector: "nav", html: '<a href="/new">New</a>' },
      ],
      css: "h1 > b { color: teal }",
    },
    { pages: ["/"], audience: "austrian", changes: [{ action: "text", selector: "#geo", text: "Servus" }] },
    { pages: ["/"], audience: "phones", changes: [{ action: "hide", selector: "nav" }] },
    { pages: ["/", "/slot"], audience: "rich", changes: [{ action: "text", selector: "#late", text: "rich" }] },
    { pages: ["/slot"], audience: "comparing", changes: [{ action: "text", selector: "#late", text: "comparing" }] },
    { pages: ["/all"], changes: SELECTORS.map((selector) => ({ action: "addClass", selector, class: "seen" })) },
    {
      pages: ["/filled"],
      changes: [{ action: "append", selector: "main", html: `<ul data-nowcast="home">x${CARD}</ul>` }],
    },
    { pages: ["/slow"], changes: [{ action: "text", selector: "h1", text: "edited" }], css: "h1{}" },
    { pages: ["/gone"], redirect: { to: "/", status: 301 } },
    { pages: ["/test"], experiment: "headline", variant: "b", redirect: { to: "/test-b" } },
  ],
  routes: [
    { path: "/pricing", audience: "rich", rewrite: "/pricing-rich" },
    { path: "/pricing", experiment: "pricing", variant: "b", rewrite: "/pricing-b" },
    { path: "/shop/*", rewrite: "/store/*" },
    { path: "/landing", audience: "ads", redirect: { to: "/landing-ads" } },
  ],
  pages: { "/untouched": { personalize: false } },
};

beforeAll(async () => {
  const items = Array.from({ length: 8 }, (_, n) => ({
    id: `lamp-${n}`,
    title: `Lamp ${n}`,
    url: `/p/${n}`,
    category: "lamps",
  }));
  expect((await site.system.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
  await new Promise<void>((resolve) => blog.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(blog.address() as AddressInfo).port}`;
  await configure(site, { ...CONFIG, routes: [...CONFIG.routes, { path: "/blog/*", origin, rewrite: "/*" }] });
  const echo =
    (text: string): OriginHandler =>
    (_, response) =>
      response.writeHead(200, { ...HTML, etag: '"x"', "cache-control": "public, max-age=60" }).end(text);
  site.on("*", (request, response) => response.writeHead(200, HTML).end(`<p>${request.url}</p>`));
  for (const path of ["/", "/untouched", "/all", "/plans"]) site.on(path, echo(PAGE));
  site.on("/slot", echo(`<section data-nowcast="home">old${CARD}</section><p id="late">all</p>`));
  site.on("/filled", echo("<main><h1>Hi</h1></main>"));
});

/** Another origin, that tells what it was asked for. */
const blog = createServer((request, response) => {
  response.writeHead(200, HTML).end(`<p>blog ${request.url} for ${request.headers["x-forwarded-host"]}</p>`);
});
afterAll(async () => {
  blog.closeAllConnections();
  await new Promise((resolve) => blog.close(resolve));
});

/** Ids of visitors by their variant of the headline. */
const visitorWith = (
  variant: string,
  experiment = "headline",
  split: { variants: Record<string, number> } = HEADLINE,
) => {
  for (let n = 0; ; n++) if (assignVariant(experiment, `v${n}`, split) === variant) return `v${n}`;
};
async function visit(path: string, id: string | null, headers: Record<string, string> = {}): Promise<SiteAnswer> {
  const cookie = id === null ? {} : { cookie: `nowcast_visitor=${await tokenFor(id)}` };
  return site.visit(path, { headers: { ...cookie, ...headers } });
}
const CONTROL = visitorWith("control");
const VARIANT = visitorWith("b");

describe("an experiment", () => {
  test("shows its edits to those of its variant, and the page as it is to the others", async () => {
    const edited = await visit("/", VARIANT);
    expect(edited.text).toContain("<h1>Light &amp; &lt;shade&gt;</h1>");
    expect(edited.text).toContain('<a href="/sale?a=1&amp;b=&quot;2&quot;">Sale</a><a href="/new">New</a></nav>');
    expect(edited.text).toContain('<p class="lead big">lead</p>');
    expect(edited.text).toContain("<style>h1 > b { color: teal }</style>");
    const { text, headers } = await visit("/", CONTROL);
    expect(text.replace(/<script.*?<\/script>/, "")).toBe(PAGE);
    for (const answer of [headers, edited.headers]) {
      expect(answer["cache-control"]).toBe("private, no-store");
      expect(answer.etag).toBeUndefined();
    }
  });

  test("keeps a new visitor in the variant that it began with", async () => {
    let variants = new Set<boolean>();
    for (let n = 0; n < 12 || variants.size < 2; n++) {
      const jar = new Map<string, string>();
      const first = (await site.visit("/", { jar })).text.includes("shade");
      for (let again = 0; again < 2; again++) {
        expect((await site.visit("/", { jar })).text.includes("shade")).toBe(first);
      }
      variants = variants.add(first);
      expect(n).toBeLessThan(40);
    }
  });

  test("tells the origin by header and cookie, and the browser by cookie; nobody can make them up", async () => {
    site.asked.length = 0;
    const cookie = `nowcast_visitor=${await tokenFor(VARIANT)}; headline=fake; theme=dark`;
    const answer = await site.visit("/", { headers: { cookie, "x-nowcast-variant": "fake=1" } });
    expect(site.asked[0]?.headers).toMatchObject({
      "x-nowcast-variant": "headline=b",
      cookie: "theme=dark; headline=b",
    });
    expect(answer.headers["set-cookie"]).toContain("headline=b; Path=/; Max-Age=7776000; SameSite=Lax");
    await visit("/untouched", VARIANT, { "x-nowcast-variant": "fake=1" });
    expect(site.asked[1]?.headers).not.toHaveProperty("x-nowcast-variant");
  });

  test("is noted in the page view", async () => {
    const { text } = await visit("/plans", VARIANT);
    const id = /data-page-view="([^"]+)"/.exec(text)?.[1] ?? "";
    const [row] = await rowsInLake(site.system, "events", "id", [id]);
    const pricing = assignVariant("pricing", VARIANT, CONFIG.experiments.pricing);
    expect(row?.properties).toEqual({ experiments: { headline: "b", pricing } });
  });

  test("has no part for bots, for those who say no, and for who is not looking", async () => {
    const isPlain = async (options: VisitOptions) => {
      for (let n = 0; n < 8; n++) expect((await site.visit("/", options)).text).toContain("<h1>Light for all</h1>");
    };
    await isPlain({ headers: { "user-agent": "Googlebot/2.1" } });
    await isPlain({ headers: { "sec-gpc": "1" } });
    await isPlain({ headers: { "sec-purpose": "prefetch" } });
  });
});

describe("an audience", () => {
  test("by place and by device", async () => {
    expect((await visit("/", CONTROL, { "x-nowcast-country": "at" })).text).toContain('<p id="geo">Servus</p>');
    expect((await visit("/", CONTROL, { "x-nowcast-country": "DE" })).text).toContain('<p id="geo">hello</p>');
    expect((await visit("/", CONTROL, { "user-agent": PHONE })).text).toContain(
      '<nav hidden="" data-nowcast-hidden="">',
    );
    expect((await visit("/", null, { "sec-gpc": "1", "x-nowcast-country": "AT" })).text).toContain("Servus");
  });

  test("by segment, from the cookie where no decision is made", async () => {
    const token = await tokenFor(CONTROL, { traits: { segments: ["big_spender"], intents: [] } });
    const answer = await site.visit("/", { headers: { cookie: `nowcast_visitor=${token}` } });
    expect(answer.text).toContain('<p id="late">rich</p>');
    expect((await visit("/", CONTROL)).text).toContain('<p id="late">all</p>');
  });

  test("by intent, as the page's decision finds it; the next page knows it by the cookie", async () => {
    const events = [0, 1, 2, 3, 0, 1].map((n, i) => ({
      id: `compare-${i}`,
      type: "view_item",
      anonymousId: CONTROL,
      items: [{ id: `lamp-${n}`, category: "lamps", price: 20 + n }],
    }));
    await site.system.request("/v1/events", { json: { events } });
    const json = { anonymousId: CONTROL, placements: { home: { type: "recommend", count: 2 } } };
    const decision = (await (await site.system.request("/v1/decide", { json })).json()) as {
      profile: { intents: string[] };
    };
    expect(decision.profile.intents).toContain("comparing");
    // The origin is slower than the decision.
    const jar = new Map([["nowcast_visitor", await tokenFor(CONTROL)]]);
    site.on("/slot", (_, response) =>
      setTimeout(() => {
        response.writeHead(200, HTML).end(`<section data-nowcast="home">old${CARD}</section><p id="late">all</p>`);
      }, 150),
    );
    await site.visit("/slot", { jar });
    expect((await site.visit("/slot", { jar })).text).toContain('<p id="late">comparing</p>');
    expect((await readToken(jar.get("nowcast_visitor"))).traits?.intents).toContain("comparing");
  });
});

describe("a route", () => {
  const asked = async (path: string, id: string | null, headers: Record<string, string> = {}) => {
    site.asked.length = 0;
    const answer = await visit(path, id, headers);
    return { answer, url: site.asked[0]?.url };
  };

  test("leads to another path by variant, and by segment before that", async () => {
    for (const variant of ["a", "b"]) {
      const id = visitorWith(variant, "pricing", CONFIG.experiments.pricing);
      const { answer, url } = await asked("/pricing?x=1", id);
      expect(url).toBe(variant === "b" ? "/pricing-b?x=1" : "/pricing?x=1");
      expect(answer.headers["cache-control"]).toBe("private, no-store");
      const token = await tokenFor(id, { traits: { segments: ["big_spender"], intents: [] } });
      expect((await asked("/pricing", null, { cookie: `nowcast_visitor=${token}` })).url).toBe("/pricing-rich");
    }
  });

  test("holds for all that asks for the path, bots and other methods too, when it is for all", async () => {
    expect((await asked("/shop/lamps/1", null, { "user-agent": "Googlebot/2.1" })).url).toBe("/store/lamps/1");
    site.asked.length = 0;
    await site.visit("/shop/cart", { method: "POST", body: "a=1" });
    expect(site.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /store/cart"]);
  });

  test("leads to another origin, with another path", async () => {
    site.asked.length = 0;
    const host = new URL(site.url).host;
    expect((await visit("/blog/a/b?c=1", CONTROL)).text).toContain(`<p>blog /a/b?c=1 for ${host}</p>`);
    expect(site.asked).toEqual([]);
  });

  test("may redirect an audience, once", async () => {
    const { answer, url } = await asked("/landing?utm_source=ads", CONTROL);
    expect([answer.status, answer.headers.location, url]).toEqual([
      302,
      `${site.url}/landing-ads?utm_source=ads`,
      undefined,
    ]);
    expect(answer.headers["cache-control"]).toBe("private, no-store");
    expect((await asked("/landing", CONTROL)).url).toBe("/landing");
    expect((await asked("/landing?utm_source=ads", null, { "user-agent": "Googlebot/2.1" })).url).toMatch(
      /^\/landing\?/,
    );
  });

  test("of an edit is a redirect, too, behind which a new visitor stays the same", async () => {
    expect((await visit("/gone", null)).status).toBe(301);
    expect((await visit("/test", CONTROL)).text).toContain("<p>/test</p>");
    expect((await visit("/test", VARIANT)).headers.location).toBe(`${site.url}/test-b`);
    for (let n = 0; ; n++) {
      const jar = new Map<string, string>();
      const first = await site.visit("/test", { jar });
      if (first.status !== 302) continue;
      expect((await site.visit("/", { jar })).text).toContain("shade");
      expect(n).toBeLessThan(40);
      break;
    }
  });
});

describe("a page", () => {
  test("has its head out at once, edited, however slow the rest is", async () => {
    site.on("/slow", (_, response) => {
      response.writeHead(200, HTML).write("<html><head><title>Shop</title></head><body><h1>old</h1>");
      setTimeout(() => response.end("<h1>late</h1></body></html>"), 600);
    });
    const { chunks, text } = await visit("/slow", CONTROL);
    const head = chunks.find((chunk) => chunk.text.includes("</style>"));
    expect(head?.text).toContain("<h1>edited</h1>");
    expect(head?.atMs).toBeLessThan(500);
    expect(text).toContain("<h1>edited</h1></body></html>");
  });

  test("has its slots filled that an edit brings", async () => {
    expect((await visit("/filled", CONTROL)).text).toMatch(/data-nowcast-state="filled".*Lamp/s);
  });

  test("takes every selector that the configuration takes", async () => {
    const { text } = await visit("/all", CONTROL);
    expect(text.match(/class="[^"]*seen"/g)?.length).toBeGreaterThan(5);
    expect(site.system.loggedErrors().filter((line) => line.includes("edited"))).toEqual([]);
  });
});

test("hosts that the deployment does not allow are refused by name", async () => {
  const { version } = (await (await site.system.request("/v1/config")).json()) as { version: number };
  const json = {
    version,
    routes: [{ path: "/blog/*", origin: "https://evil.example" }],
    identity: { jwt: { jwks: "https://evil.example/keys", algorithms: ["ES256"] } },
  };
  const refused = await problemOf(
    await site.system.request("/v1/config", { method: "PUT", json }),
    400,
    "invalid_request",
  );
  expect(refused.errors?.map(({ field }) => field)).toEqual(["routes.0.origin", "identity.jwt.jwks"]);
});
