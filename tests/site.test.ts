// Nowcast in front of a site: which pages are filled, what fails without harm, who is remembered.
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "./support/eventually.ts";
import { CARD, HTML, useSite } from "./support/site.ts";
import { readToken, tokenFor } from "./support/tokens.ts";

const site = useSite({ 2: "tests/fixtures/odd-decision/wrangler.toml" });

const slot = (name: string, more = "") => `<section data-nowcast="${name}"${more}>old${CARD}</section>`;
const page = (body: string) =>
  `<!doctype html><html lang="en"><head><title>Shop</title></head><body>${body}</body></html>`;
const SCRIPT = /<script async src="\/_nowcast\/nowcast.js"[^>]*><\/script>/;
const idsIn = (text: string) => [...text.matchAll(/data-nowcast-item="(.*?)"/g)].map(([, id]) => id);

beforeAll(async () => {
  const items = ["home", "also"].flatMap((name) =>
    Array.from({ length: 8 }, (_, n) => ({ id: `${name}-${n}`, title: `${name} no. ${n}`, url: `/p/${name}-${n}` })),
  );
  items.push({ id: "evil-0", title: '"><script>alert(1)</script>', url: "javascript:alert(1)" });
  items.push({ id: "evil-1", title: "<!-- ' onload=x", url: " jAvA\tscript:alert(1)" });
  items.push({ id: "evil-2", title: "{{url}}", url: "//other.example/a?b=\"c'd" });
  items.push({ id: 'home-"><b>', title: "odd id", url: "/" });
  const { status } = await site.system.request("/v1/items", { method: "PUT", json: { items } });
  expect(status).toBe(200);
  site.on("/", (_, response) =>
    response.writeHead(200, HTML).end(page(`<h1>Hi</h1>${slot("home", ' data-count="2"')}`)),
  );
  // What an isolate knows of items it knows from then on.
  await eventually(async () => {
    const { text } = await site.visit("/");
    return idsIn(text).length === 2 ? true : null;
  }, 10_000);
});

afterEach(() => {
  site.asked.length = 0;
});

test("a page arrives filled, with its script, and is nobody else's", async () => {
  const { status, text, headers } = await site.visit("/");
  expect(status).toBe(200);
  expect(text).toMatch(/<section data-nowcast-state="filled" data-nowcast-decision="d1\.[^"]+" data-nowcast="home"/);
  expect(text).toContain('<a data-nowcast-item="home-0" data-nowcast-position="0" href="/p/home-0">home no. 0</a>');
  expect(text).toMatch(
    /<script async src="\/_nowcast\/nowcast.js" data-key="pk_dev" data-base="\/_nowcast" data-page-view="[\w-]{36}"><\/script><\/head>/,
  );
  expect(headers["cache-control"]).toBe("private, no-store");
});

test("all slots of a page are one decision, and it repeats nothing", async () => {
  site.on("/two", (_, response) => response.writeHead(200, HTML).end(page(slot("home") + slot("also"))));
  const { text } = await site.visit("/two");
  const decisions = [...text.matchAll(/data-nowcast-decision="(.*?)"/g)].map(([, id]) => id);
  expect(decisions).toHaveLength(2);
  expect(new Set(decisions).size).toBe(1);
  expect(new Set(idsIn(text)).size).toBe(16);
});

test("a new visitor gets a cookie that no script reads, and is known by it from then on", async () => {
  const jar = new Map<string, string>();
  const first = await site.visit("/", { jar });
  expect(first.headers["set-cookie"]?.[0]).toMatch(
    /^nowcast_visitor=v1\.[^;]+; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax$/,
  );
  const { visitor } = await readToken(jar.get("nowcast_visitor"));
  const second = await site.visit("/", { jar });
  expect(second.headers["set-cookie"]).toBeUndefined();
  expect((await readToken(jar.get("nowcast_visitor"))).visitor).toEqual(visitor);
});

test("the page view of a new visitor is recorded, and every one after it", async () => {
  const jar = new Map<string, string>();
  await site.visit("/", { jar });
  const { visitor } = await readToken(jar.get("nowcast_visitor"));
  const views = () =>
    eventually(async () => {
      const answer = await site.system.request(`/v1/users/${visitor.id}/profile?kind=anonymous`);
      if (answer.status !== 200) return null;
      const { profile } = (await answer.json()) as { profile: { seq: number; session: { pageViews: number } } };
      return profile.session.pageViews;
    }, 10_000);
  expect(await views()).toBe(1);
  site.on("/plain", (_, response) => response.writeHead(200, HTML).end(page("no slot")));
  await site.visit("/plain", { jar });
  await expect.poll(views, { timeout: 10_000 }).toBe(2);
});

test.each([
  ["forged", (token: string) => `${token.slice(0, -4)}AAAA`],
  ["of nobody", () => "rubbish"],
])("a cookie that is %s makes a new visitor and no error", async (_, spoil) => {
  const cookie = `nowcast_visitor=${spoil(await tokenFor("victim"))}`;
  const answer = await site.visit("/", { headers: { cookie } });
  expect(answer.status).toBe(200);
  const fresh = /nowcast_visitor=([^;]+)/.exec(answer.headers["set-cookie"]?.[0] ?? "")?.[1];
  expect((await readToken(fresh)).visitor.id).not.toBe("victim");
});

test("a cookie that is a day old is signed anew", async () => {
  const expiresAt = Date.now() + 88 * 86_400_000;
  const answer = await site.visit("/", {
    headers: { cookie: `nowcast_visitor=${await tokenFor("old-hand", { expiresAt })}` },
  });
  const fresh = /nowcast_visitor=([^;]+)/.exec(answer.headers["set-cookie"]?.[0] ?? "")?.[1];
  const token = await readToken(fresh);
  expect(token.visitor.id).toBe("old-hand");
  expect(token.expiresAt).toBeGreaterThan(expiresAt);
});

test("without consent there is no cookie, no record, and the page as it was, with the reason in it", async () => {
  for (const headers of [{ "sec-gpc": "1" }, { cookie: "nowcast_consent=00" }] as Record<string, string>[]) {
    const answer = await site.visit("/", { headers });
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.text).toContain(
      `<section data-nowcast-state="fallback" data-nowcast-reason="no-consent" data-nowcast="home" data-count="2">old${CARD}</section>`,
    );
    expect(answer.text).not.toContain("data-page-view");
  }
});

test("consent given in the browser beats the browser's signal", async () => {
  const answer = await site.visit("/", { headers: { "sec-gpc": "1", cookie: "nowcast_consent=11" } });
  expect(answer.headers["set-cookie"]).toHaveLength(1);
  expect(idsIn(answer.text)).toHaveLength(2);
});

test("two visitors at once get their own cookies and page views", async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => site.visit("/")));
  const views = answers.map(({ text }) => /data-page-view="(.*?)"/.exec(text)?.[1]);
  const cookies = answers.map(({ headers }) => headers["set-cookie"]?.[0]);
  expect(new Set(views).size).toBe(10);
  expect(new Set(cookies).size).toBe(10);
});

test("declared bots get the origin's page, which may be cached", async () => {
  const { text, headers } = await site.visit("/", { headers: { "user-agent": "Googlebot/2.1" } });
  expect(text).toBe(page(`<h1>Hi</h1>${slot("home", ' data-count="2"')}`));
  expect(headers).not.toHaveProperty("cache-control");
  expect(headers).not.toHaveProperty("set-cookie");
});

test("a page fetched in advance is filled and not counted", async () => {
  const { text } = await site.visit("/", { headers: { "sec-purpose": "prefetch;prerender" } });
  expect(idsIn(text)).toHaveLength(2);
  expect(text).toMatch(SCRIPT);
  expect(text).not.toContain("data-page-view");
});

test("with a decision of 800 ms the head is out at once; the slot keeps what the origin wrote; nothing is missing", async () => {
  const answer = await site.visit("/?decision=800");
  const head = answer.chunks.find(({ text }) => text.includes("<h1>Hi</h1>"));
  expect(head?.text).not.toContain("data-nowcast=");
  expect(answer.text).toContain(`data-nowcast-state="fallback" data-nowcast-reason="timeout" data-nowcast="home"`);
  expect(answer.text.endsWith(`old${CARD}</section></body></html>`)).toBe(true);
  expect(answer.chunks.at(-1)?.atMs).toBeLessThan(700);
});

test.each(["throw", "hang", "nonsense", "null"])(
  "a decision that is told to %s leaves the origin's page",
  async (mode) => {
    const answer = await site.visit(`/?decision=${mode}`);
    expect(answer.status).toBe(200);
    const withoutMarks = answer.text.replace(SCRIPT, "").replace(/ data-nowcast-(state|reason)="[a-z]+"/g, "");
    expect(withoutMarks).toBe(page(`<h1>Hi</h1>${slot("home", ' data-count="2"')}`));
    expect(answer.text).toMatch(/data-nowcast-reason="(timeout|failed)"/);
  },
);

test("a broken template leaves the origin's content", async () => {
  const broken = '<div data-nowcast="home">old<template><a onclick="{{url}}">{{title}}</a></template></div>';
  site.on("/broken", (_, response) => response.writeHead(200, HTML).end(page(broken)));
  const { text } = await site.visit("/broken");
  expect(text).toContain(broken.replace("<div", '<div data-nowcast-state="fallback" data-nowcast-reason="template"'));
});

test("what a catalogue says is data: no title, id or URL leaves its place", async () => {
  const card = '<template><a href="{{url}}" title="{{title}}" data-x=\'{{title}}\'>{{title}}</a></template>';
  const body = `<div data-nowcast="evil" data-count="3">${card}</div>`;
  site.on("/evil", (_, response) => response.writeHead(200, HTML).end(page(body)));
  const { text } = await eventually(async () => {
    const answer = await site.visit("/evil");
    return idsIn(answer.text).length === 3 ? answer : null;
  }, 10_000);
  expect(text.replace(SCRIPT, "")).not.toMatch(/<script|<!--|script:/i);
  expect(text).toContain('href="#" title="&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;"');
  expect(text).toContain('href="//other.example/a?b=&#34;c&#39;d" title="{{url}}"');
});

test.each([500, 503, 404])("an origin that answers %i is passed on as it is", async (status) => {
  const body = page(slot("home"));
  site.on("/status", (_, response) =>
    response.writeHead(status, { ...HTML, etag: '"x"', "retry-after": "7" }).end(body),
  );
  const answer = await site.visit("/status");
  expect([answer.status, answer.text]).toEqual([status, body]);
  expect(answer.headers).toMatchObject({ etag: '"x"', "retry-after": "7" });
});

test("an origin that breaks off mid-body is passed on as a broken answer is that nobody touches, with all that it sent", async () => {
  const start = `<!doctype html><body><h1>Hi</h1><section data-nowcast="home">half of`;
  site.on("/cut", (_, response) => {
    response.writeHead(200, HTML);
    response.write(start);
    setTimeout(() => response.destroy(), 50);
  });
  const answer = await site.visit("/cut");
  site.on("/cut.txt", (_, response) => {
    response.writeHead(200, { "content-type": "text/plain" }).write("half of");
    setTimeout(() => response.destroy(), 50);
  });
  expect(answer.isCutOff).toBe((await site.visit("/cut.txt")).isCutOff);
  expect(answer.text).toContain("<h1>Hi</h1><section data-nowcast-state=");
  expect(answer.text.endsWith("half of")).toBe(true);
});

test("an origin that writes slowly is passed on as it writes", async () => {
  site.on("/slow", (_, response) => {
    response.writeHead(200, HTML);
    response.write("<!doctype html><html><head></head><body><h1>first</h1>");
    setTimeout(() => response.write(`${slot("home")}<p>then</p>`), 300);
    setTimeout(() => response.end("<p>last</p></body></html>"), 600);
  });
  const { chunks, text } = await site.visit("/slow");
  const atMs = (part: string) => chunks.find((chunk) => chunk.text.includes(part))?.atMs ?? Number.NaN;
  expect(atMs("then") - atMs("first")).toBeGreaterThan(150);
  expect(atMs("last") - atMs("then")).toBeGreaterThan(150);
  expect(idsIn(text)).toHaveLength(8);
});

test("an origin that hangs in the middle of a slot does not hold what came of it", async () => {
  let end = (): void => {};
  site.on("/hangs", (_, response) => {
    response.writeHead(200, HTML);
    response.write('<!doctype html><html><body><section data-nowcast="home">half of it');
    end = () => response.end("and the rest</section></body></html>");
    setTimeout(() => end(), 1_500);
  });
  const { chunks, text } = await site.visit("/hangs");
  expect(chunks.find((chunk) => chunk.text.includes("half of it"))?.atMs).toBeLessThan(1_200);
  expect(text).toContain('data-nowcast-reason="unclosed" data-nowcast="home">half of itand the rest</section>');
});

test.each([
  ["gzip", gzipSync],
  ["br", brotliCompressSync],
])("a page that comes as %s is filled, and says nothing of bytes that it no longer has", async (encoding, compress) => {
  const body = compress(Buffer.from(page(slot("home"))));
  const headers = { ...HTML, "content-encoding": encoding, "content-length": body.length, etag: '"abc"' };
  site.on("/packed", (_, response) => response.writeHead(200, headers).end(body));
  const answer = await site.visit("/packed");
  expect(idsIn(answer.text)).toHaveLength(8);
  for (const name of ["etag", "content-length", "content-encoding"]) expect(answer.headers).not.toHaveProperty(name);
});

test("a page in another charset is passed on byte by byte", async () => {
  const body = Buffer.from(page(`Gr\xfc\xdfe ${slot("home")}`), "latin1");
  site.on("/latin", (_, response) =>
    response.writeHead(200, { "content-type": "text/html; charset=iso-8859-1", etag: '"l"' }).end(body),
  );
  const answer = await site.visit("/latin");
  expect(answer.body.equals(body)).toBe(true);
  expect(answer.headers.etag).toBe('"l"');
});

test("the nonce of the page's policy is the script's, and a policy that allows no script gets none", async () => {
  site.on("/csp", (request, response) => {
    const policy = request.url?.includes("none") ? "default-src 'none'" : "script-src 'nonce-r4nd0m' 'strict-dynamic'";
    response.writeHead(200, { ...HTML, "content-security-policy": policy }).end(page(slot("home")));
  });
  expect((await site.visit("/csp")).text).toMatch(/<script async [^>]* nonce="r4nd0m"><\/script><\/head>/);
  const without = await site.visit("/csp?none");
  expect(without.text).not.toContain("<script");
  expect(idsIn(without.text)).toHaveLength(8);
});

test("a page of 5 MB and one of 200 slots arrive whole", async () => {
  const text = "<p class='x'>lorem <b>ipsum</b></p>".repeat(150_000);
  site.on("/large", (_, response) => response.writeHead(200, HTML).end(page(`${slot("home")}${text}<i>end</i>`)));
  const large = await site.visit("/large");
  expect(idsIn(large.text)).toHaveLength(8);
  expect(large.text.endsWith(`${text}<i>end</i></body></html>`)).toBe(true);
  const many = Array.from({ length: 200 }, (_, n) => slot(`home-${n}`, ' data-count="1"')).join("");
  site.on("/many", (_, response) => response.writeHead(200, HTML).end(page(many)));
  const answer = await site.visit("/many");
  expect(answer.text.match(/<section /g)).toHaveLength(200);
  expect(answer.text.match(/data-nowcast-state="(filled|fallback)"/g)).toHaveLength(200);
});

test("Nowcast's own paths are below /_nowcast, and all others are the site's", async () => {
  expect(await (await site.system.request("/healthz")).json()).toMatchObject({ status: "ok" });
  site.on("/healthz", (_, response) => response.writeHead(200, { "content-type": "text/plain" }).end("the site's"));
  site.on("/v1/events", (_, response) => response.writeHead(200, { "content-type": "text/plain" }).end("the site's"));
  expect((await site.visit("/healthz")).text).toBe("the site's");
  expect((await site.visit("/v1/events", { method: "POST", body: "{}" })).text).toBe("the site's");
  expect((await site.visit("/_nowcast")).headers.location).toBe("/_nowcast/docs");
});

test("events of the browser put what was touched into the cookie; a decision does, too", async () => {
  const jar = new Map<string, string>();
  await site.visit("/", { jar });
  const { visitor } = await readToken(jar.get("nowcast_visitor"));
  const touch = (id: string) => ({ id: `t-${id}`, type: "view_item", items: [{ id }] });
  const events = await site.visit("/_nowcast/v1/events", {
    method: "POST",
    jar,
    headers: { authorization: "Bearer pk_dev", "content-type": "application/json" },
    body: JSON.stringify({ events: [touch("home-1"), touch("home-2")] }),
  });
  expect(events.status).toBe(202);
  const token = await readToken(jar.get("nowcast_visitor"));
  expect(token.visitor).toEqual(visitor);
  expect(token.digest?.touches.map(([id]) => id)).toEqual(["home-2", "home-1"]);
  const decision = await site.visit("/_nowcast/v1/decide", {
    method: "POST",
    jar,
    headers: { authorization: "Bearer pk_dev", "content-type": "application/json" },
    body: JSON.stringify({ placements: { home: { type: "recommend", count: 1 } } }),
  });
  expect(decision.headers["set-cookie"]?.[0]).toMatch(/^nowcast_visitor=.*HttpOnly/);
  expect((await readToken(jar.get("nowcast_visitor"))).digest?.touches).toHaveLength(2);
});

test("a cookie never grows beyond 2 KB of token, whatever was touched", async () => {
  const jar = new Map([["nowcast_visitor", await tokenFor("ü".repeat(100))]]);
  const items = Array.from({ length: 20 }, (_, n) => ({ id: `${n}${"漢".repeat(40)}` }));
  const { status } = await site.visit("/_nowcast/v1/events", {
    method: "POST",
    jar,
    headers: { authorization: "Bearer pk_dev", "content-type": "application/json" },
    body: JSON.stringify({ id: "long-1", type: "view_item", items }),
  });
  expect(status).toBe(202);
  const text = jar.get("nowcast_visitor") ?? "";
  expect(text.length).toBeLessThanOrEqual(2_048);
  expect((await readToken(text)).digest?.touches.length).toBeGreaterThan(3);
});

test("a token that stands twice is nobody's: a subdomain may have put another one beside the visitor's", async () => {
  const [own, planted] = [await tokenFor("own"), await tokenFor("planted")];
  const { headers } = await site.visit("/", {
    headers: { cookie: `nowcast_visitor=${planted}; nowcast_visitor=${own}` },
  });

  const [, token] = /^nowcast_visitor=([^;]+)/.exec(headers["set-cookie"]?.[0] ?? "") ?? [];
  expect(["own", "planted"]).not.toContain((await readToken(token)).visitor.id);
});
