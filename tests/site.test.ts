// Nowcast in front of a site: what passes, what is filled, who is remembered.
import { beforeAll, expect, test } from "vitest";
import { CARD, HTML, useSite } from "./support/site.ts";
import { readToken } from "./support/tokens.ts";

const site = useSite({ 2: "tests/fixtures/odd-decision/wrangler.toml" });

const slot = (name: string, more = "") => `<section data-nowcast="${name}"${more}>old${CARD}</section>`;
const page = (body: string) =>
  `<!doctype html><html lang="en"><head><title>Shop</title></head><body>${body}</body></html>`;

beforeAll(async () => {
  const items = ["home", "also"].flatMap((name) =>
    Array.from({ length: 8 }, (_, n) => ({ id: `${name}-${n}`, title: `${name} no. ${n}`, url: `/p/${name}-${n}` })),
  );
  const { status } = await site.system.request("/v1/items", { method: "PUT", json: { items } });
  expect(status).toBe(200);
  site.on("/", (_, response) =>
    response.writeHead(200, HTML).end(page(`<h1>Hi</h1>${slot("home", ' data-count="2"')}`)),
  );
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
