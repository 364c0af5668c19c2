// A site that asks first: no cookie, no record and no choice of items before its visitor has said yes.
import { beforeAll, expect, test } from "vitest";
import { CARD, HTML, type SiteAnswer, useSite } from "./support/site.ts";
import { readToken } from "./support/tokens.ts";

const site = useSite({ 2: "tests/fixtures/odd-decision/wrangler.toml" });

beforeAll(async () => {
  const config = { version: 0, identity: { requireConsent: true } };
  const { status } = await site.system.request("/v1/config", { method: "PUT", json: config });
  expect(status).toBe(200);
  const items = Array.from({ length: 8 }, (_, n) => ({ id: `home-${n}`, title: `No. ${n}`, url: `/p/${n}` }));
  await site.system.request("/v1/items", { method: "PUT", json: { items } });
  const body = `<!doctype html><html><head></head><body><div data-nowcast="home">old${CARD}</div></body></html>`;
  site.on("/", (_, response) => response.writeHead(200, HTML).end(body));
});

function send(path: string, json: object, jar?: Map<string, string>): Promise<SiteAnswer> {
  return site.visit(`/_nowcast${path}`, {
    method: "POST",
    headers: { authorization: "Bearer pk_dev", "content-type": "application/json" },
    body: JSON.stringify(json),
    ...(jar === undefined ? {} : { jar }),
  });
}

const view = (id: string) => ({ id, type: "view_item", items: [{ id: "home-1" }] });
const YES = { consent: { analytics: true, personalization: true } };

test("who was not asked gets the origin's content, no cookie, and a script that waits", async () => {
  const { text, headers } = await site.visit("/");
  expect(headers).not.toHaveProperty("set-cookie");
  expect(text).toContain('data-nowcast-reason="no-consent"');
  expect(text).toContain(' data-consent="required"></script>');
  expect(text).not.toContain("data-page-view");
});

test("their events are refused, and a decision knows nobody", async () => {
  const events = await send("/v1/events", view("before"));
  expect(JSON.parse(events.text)).toMatchObject({ accepted: 0, rejected: [{ code: "no_consent" }] });
  expect(events.headers).not.toHaveProperty("set-cookie");
  const decision = await send("/v1/decide", { placements: { home: { type: "recommend", count: 2 } } });
  expect(decision.status).toBe(200);
  expect(decision.headers).not.toHaveProperty("set-cookie");
});

test("who says yes gets a cookie that says so, and pages of their own", async () => {
  const jar = new Map<string, string>();
  const events = await send("/v1/events", { ...view("after"), context: YES }, jar);
  expect(JSON.parse(events.text)).toMatchObject({ accepted: 1 });
  const token = await readToken(jar.get("nowcast_visitor"));
  expect(token).toMatchObject({ consent: YES.consent, digest: { touches: [["home-1", 0]] } });
  const page = await site.visit("/", { jar });
  expect(page.text).toContain("data-page-view");
  expect(page.text).not.toContain("no-consent");
});

test("a choice that the browser's script keeps counts on the very next page", async () => {
  const { text, headers } = await site.visit("/", { headers: { cookie: "nowcast_consent=11" } });
  expect(headers["set-cookie"]).toHaveLength(1);
  expect(text).not.toContain("no-consent");
  const refused = await site.visit("/", { headers: { cookie: "nowcast_consent=10" } });
  expect(refused.headers).not.toHaveProperty("set-cookie");
  expect(refused.text).toContain('data-nowcast-reason="no-consent"');
});

test("a decision that says yes makes the cookie as well", async () => {
  const jar = new Map<string, string>();
  await send("/v1/decide", { placements: { home: { type: "recommend", count: 2 } }, context: YES }, jar);
  expect(await readToken(jar.get("nowcast_visitor"))).toMatchObject({ visitor: { kind: "a" }, consent: YES.consent });
});
