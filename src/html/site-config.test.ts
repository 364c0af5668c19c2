import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fieldErrors } from "../events/issues.ts";
import { EMPTY_SITE_CONFIG, siteConfigSchema } from "./site-config.ts";

function errorsOf(document: object) {
  const parsed = siteConfigSchema.safeParse(document);
  return parsed.success ? [] : fieldErrors(parsed.error, document);
}

const jwt = { jwks: "https://id.example.com/keys", algorithms: ["ES256"] };
const WHOLE = {
  version: 3,
  templates: { card: "<li>{{title}}</li>" },
  slots: { home: { count: 8, template: "card", filter: { category: ["lamps", "rugs"] } }, hero: { type: "content" } },
  pages: {
    "/": { slots: ["home", "hero"], cache: { ttlSeconds: 60, staleSeconds: 600 } },
    "/p/*": { bots: "personalized" },
    "/admin/*": { personalize: false },
  },
  audiences: {
    german: { country: ["DE", "AT"], device: ["mobile"], language: ["de"] },
    winter: {
      from: "2026-12-01T00:00:00Z",
      until: "2027-03-01T00:00:00+01:00",
      not: { visitor: "new" },
      any: [{ segments: ["big_spender"] }],
    },
    ads: { utm: { source: ["ads"] }, query: { ref: true }, referrer: ["example.com", "direct"] },
  },
  experiments: { headline: { variants: { control: 1, b: 1 }, audience: "german", pages: ["/"], cookie: "ab" } },
  edits: [
    {
      name: "shorter",
      pages: ["/"],
      experiment: "headline",
      variant: "b",
      changes: [
        { action: "text", selector: "h1", text: "Light" },
        { action: "append", selector: "main > p.lead", html: "<b>now</b>" },
      ],
      css: "h1 { color: teal }",
    },
    { pages: ["/old"], redirect: { to: "/new", status: 301 } },
  ],
  routes: [
    { path: "/pricing", audience: "german", rewrite: "/pricing-b" },
    { path: "/blog/*", origin: "https://blog.example.com", rewrite: "/*" },
  ],
  identity: { requireConsent: true, jwt },
  gates: { "/account/*": { claims: { role: ["customer", 1, true] }, login: "/login?next={url}" } },
  cache: { privateParameters: ["utm_*", "gclid"], sessionCookies: ["session", "wp_*"] },
};

test("a document of all parts is read with its defaults", () => {
  const parsed = siteConfigSchema.parse(WHOLE);
  expect(parsed).toMatchObject({ ...WHOLE, audiences: expect.anything() });
  expect(parsed.audiences.winter?.from).toBe(Date.UTC(2026, 11, 1));
  expect(parsed.pages["/"]).toMatchObject({ personalize: true, bots: "plain" });
  expect(siteConfigSchema.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
});

test("a name that would reach the prototype is nothing", () => {
  const { audiences } = siteConfigSchema.parse(JSON.parse('{"audiences":{"__proto__":{"country":["DE"]}}}'));
  expect(Object.keys(audiences)).toEqual([]);
  expect(Object.getPrototypeOf(audiences)).toBe(Object.prototype);
});

test("a login may stand open behind a gate", () => {
  const gates = { "/*": { login: "/login" }, "/login": { open: true } };
  expect(errorsOf({ identity: { jwt }, gates })).toEqual([]);
});

test.each(["site-configuration.md", "routing.md"])("what docs/%s shows is taken", (page) => {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  const shown = [...text.matchAll(/^```json\n(.*?)```/gms)].map(([, json = ""]) => json);
  expect(shown.length).toBeGreaterThan(0);
  for (const json of shown) {
    const document = JSON.parse(json.startsWith("{") ? json : `{${json}}`);
    const audiences = { rich: {}, ...document.audiences };
    const experiments = { landing: { variants: { a: 1, b: 1 } }, ...document.experiments };
    expect(errorsOf({ ...document, audiences, experiments })).toEqual([]);
  }
});

test("scripts are taken where the document says so", () => {
  const changes = [{ action: "append", selector: "body", html: "<script>x()</script>" }];
  expect(errorsOf(edit({ changes, allowScripts: true }))).toEqual([]);
});

test("an empty document is one", () => {
  expect(siteConfigSchema.parse({})).toEqual(EMPTY_SITE_CONFIG);
});

const edit = (more: object) => ({ edits: [{ pages: ["/"], ...more }] });
const text = { action: "text", selector: "h1", text: "x" };

describe("what is refused, by field", () => {
  test.each<[string, object, string]>([
    ["an unknown key", { tempaltes: {} }, ""],
    ["an unknown key within", { slots: { home: { limit: 3 } } }, "slots.home"],
    ["a version that is no number", { version: "3" }, "version"],
    ["a page that is no path", { pages: { "p/*": {} } }, "pages.p/*"],
    ["a template that is too long", { templates: { card: "x".repeat(40_000) } }, "templates.card"],
    ["a slot with too many items", { slots: { home: { count: 101 } } }, "slots.home.count"],
    ["a template that is not there", { slots: { home: { template: "card" } } }, "slots.home.template"],
    ["a cache without an end", { pages: { "/": { cache: { ttlSeconds: 1e9 } } } }, "pages./.cache.ttlSeconds"],
    ["a country by name", { audiences: { a: { country: ["Germany"] } } }, "audiences.a.country.0"],
    ["an unknown device", { audiences: { a: { device: ["phone"] } } }, "audiences.a.device.0"],
    ["an experiment without weight", { experiments: { e: { variants: { a: 0 } } } }, "experiments.e.variants"],
    ["a negative weight", { experiments: { e: { variants: { a: -1, b: 1 } } } }, "experiments.e.variants.a"],
    ["an edit that does nothing", edit({}), "edits.0"],
    ["an edit that does both", edit({ changes: [text], redirect: { to: "/" } }), "edits.0"],
    ["an unknown change", edit({ changes: [{ action: "explode", selector: "h1" }] }), "edits.0.changes.0.action"],
    ["an unknown audience", edit({ changes: [text], audience: "nobody" }), "edits.0.audience"],
    ["an unknown experiment", edit({ changes: [text], experiment: "x", variant: "b" }), "edits.0.experiment"],
    [
      "an unknown variant",
      { experiments: { e: { variants: { a: 1 } } }, ...edit({ changes: [text], experiment: "e", variant: "b" }) },
      "edits.0.variant",
    ],
    [
      "an experiment without variant",
      { experiments: { e: { variants: { a: 1 } } }, ...edit({ changes: [text], experiment: "e" }) },
      "edits.0.variant",
    ],
    [
      "a selector that cannot be followed",
      edit({ changes: [{ ...text, selector: "a, b" }] }),
      "edits.0.changes.0.selector",
    ],
    [
      "a script",
      edit({ changes: [{ action: "append", selector: "b", html: "<script></script>" }] }),
      "edits.0.changes.0.html",
    ],
    [
      "an event handler",
      edit({ changes: [{ action: "attribute", selector: "b", name: "onclick", value: "x" }] }),
      "edits.0.changes.0.value",
    ],
    ["CSS that is more", edit({ css: "</style>" }), "edits.0.css"],
    ["a redirect to a script", edit({ redirect: { to: "javascript:alert(1)" } }), "edits.0.redirect.to"],
    ["a redirect to another host by slashes", edit({ redirect: { to: "//evil.example" } }), "edits.0.redirect.to"],
    ["a redirect that is none", edit({ redirect: { to: "/", status: 200 } }), "edits.0.redirect.status"],
    ["a rewrite to another host", { routes: [{ path: "/a", rewrite: "https://x.example/" }] }, "routes.0.rewrite"],
    ["a rewrite by backslash", { routes: [{ path: "/a", rewrite: "/\\evil.example" }] }, "routes.0.rewrite"],
    ["an origin that is no URL", { routes: [{ path: "/a", origin: "ftp://x.example" }] }, "routes.0.origin"],
    ["an origin with a password", { routes: [{ path: "/a", origin: "https://u:p@x.example" }] }, "routes.0.origin"],
    ["a route to nowhere", { routes: [{ path: "/a" }] }, "routes.0"],
    [
      "redirects in a circle",
      { routes: [{ path: "/a", redirect: { to: "/b" } }], edits: [{ pages: ["/b"], redirect: { to: "/a" } }] },
      "routes.0.redirect.to",
    ],
    ["gates without tokens", { gates: { "/a": {} } }, "gates"],
    [
      "a login behind a gate",
      { identity: { jwt }, gates: { "/account/*": { login: "/Account/login?x={url}" } } },
      "gates./account/*.login",
    ],
    ["no key for tokens", { identity: { jwt: { algorithms: ["ES256"] } } }, "identity.jwt"],
    ["no algorithm", { identity: { jwt: { ...jwt, algorithms: [] } } }, "identity.jwt.algorithms"],
    ["an unsigned token", { identity: { jwt: { ...jwt, algorithms: ["none"] } } }, "identity.jwt.algorithms.0"],
    [
      "a public key taken for a secret",
      { identity: { jwt: { ...jwt, algorithms: ["ES256", "HS256"] } } },
      "identity.jwt.algorithms.1",
    ],
    ["a parameter with a star within", { cache: { privateParameters: ["utm_*_x"] } }, "cache.privateParameters.0"],
  ])("%s", (_what, document, field) => {
    const errors = errorsOf(document);
    expect(errors.map((error) => error.field)).toContain(field);
    for (const { message } of errors) expect(message).toMatch(/\w/);
  });

  test("more entries than the limit, with the limit", () => {
    const pages = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`/${i}`, {}]));
    expect(errorsOf({ pages })).toMatchObject([{ field: "pages", limit: 500 }]);
  });
});
