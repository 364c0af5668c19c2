import { Hono } from "hono";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeNowcast, tokenText } from "../tests/support/fake-nowcast.ts";
import { personalize } from "./hono.ts";

interface Bindings {
  readonly NOWCAST: FakeNowcast;
}

const PAGE = '<html><head></head><body><ul data-nowcast="home" data-template="row"><li>Ours</li></ul></body></html>';
const templates = { row: "<li>{{title}}</li>" };
const headers = { cookie: `nowcast_visitor=${tokenText("ada")}` };

let nowcast: FakeNowcast;
beforeEach(() => {
  nowcast = new FakeNowcast();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

function shop(): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  app.use(personalize((env: Bindings) => ({ service: env.NOWCAST, templates })));
  app.get("/", (c) => c.html(PAGE, 200, { etag: '"1"', "x-shop": "ours" }));
  app.get("/data", (c) => c.json({ page: PAGE }));
  app.get("/broken", () => {
    throw new Error("the shop is broken");
  });
  app.get("/cookies", (c) => c.text(c.req.header("cookie") ?? "none"));
  return app;
}

test("a page that a route answers is filled, with its own status and headers", async () => {
  const answer = await shop().request("/", { headers }, { NOWCAST: nowcast });

  expect(await answer.text()).toContain(
    '<li data-nowcast-item="lamp-1" data-nowcast-position="0">Lamp &#60;1&#62;</li>',
  );
  expect(answer.headers.get("x-shop")).toBe("ours");
  expect(answer.headers.get("etag")).toBeNull();
  expect(answer.headers.get("cache-control")).toBe("private, no-store");
  expect(nowcast.asked).toHaveLength(1);
});

test("a new visitor is given a cookie", async () => {
  const answer = await shop().request("/", {}, { NOWCAST: nowcast });

  expect(answer.headers.get("set-cookie")).toContain(tokenText("fresh"));
});

test("what is no page, what is missing and what is broken is the app's own", async () => {
  const env = { NOWCAST: nowcast };

  expect(await (await shop().request("/data", { headers }, env)).json()).toEqual({ page: PAGE });
  expect((await shop().request("/nothing", { headers }, env)).status).toBe(404);
  expect((await shop().request("/broken", { headers }, env)).status).toBe(500);
  expect(await (await shop().request("/cookies", { headers }, env)).text()).toBe("none");
});

test("without Nowcast the page is the app's", async () => {
  for (const path of ["/v1/decide", "/v1/events", "/v1/visitors"]) {
    nowcast.answers[path] = () => Promise.reject(new Error("gone"));
  }

  expect(await (await shop().request("/", { headers }, { NOWCAST: nowcast })).text()).toBe(
    PAGE.replace("<ul", '<ul data-nowcast-state="fallback" data-nowcast-reason="failed"'),
  );
  expect(await (await shop().request("/", { headers }, {})).text()).toBe(PAGE);
});

test("Nowcast's own paths do not reach the app", async () => {
  const answer = await shop().request("/_nowcast/v1/events", { method: "POST", body: "{}" }, { NOWCAST: nowcast });

  expect(answer.status).toBe(202);
  expect(nowcast.forwarded).toHaveLength(1);
});
