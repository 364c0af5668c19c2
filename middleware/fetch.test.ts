import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decision, FakeNowcast, tokenText } from "../tests/support/fake-nowcast.ts";
import { withNowcast } from "./fetch.ts";
import type { NowcastOptions } from "./options.ts";

const SLOT = '<section data-nowcast="home"><template><a href="{{url}}">{{title}}</a></template><p>Ours</p></section>';
const PAGE = `<!doctype html><html><head><title>Shop</title></head><body>${SLOT}</body></html>`;
const FILLED =
  '<section data-nowcast-state="filled" data-nowcast-decision="d1.receipt.sig" data-nowcast="home">' +
  '<a data-nowcast-item="lamp-1" data-nowcast-position="0" href="/p/1">Lamp &#60;1&#62;</a></section>';

const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";

/** A site that shows its visitors what it was asked. */
class World {
  readonly nowcast = new FakeNowcast();
  readonly seen: Request[] = [];
  readonly behind: Promise<unknown>[] = [];
  page: () => Response | Promise<Response> = () => html(PAGE);
  readonly #fetch: (
    request: Request,
    env: object,
    context: { waitUntil(work: Promise<unknown>): void },
  ) => Promise<Response>;

  constructor(options: object = {}) {
    const site = {
      fetch: async (request: Request): Promise<Response> => {
        this.seen.push(request);
        return this.page();
      },
    };
    this.#fetch = withNowcast(site, { service: this.nowcast, ...options } as NowcastOptions).fetch as never;
  }

  fetch(headers: Record<string, string> = {}, path = "/", init: RequestInit = {}): Promise<Response> {
    const request = new Request(`https://shop.example${path}`, { ...init, headers });
    return this.#fetch(request, {}, { waitUntil: (work) => void this.behind.push(work) });
  }

  /** The page as a visitor with a cookie gets it. */
  async visit(headers: Record<string, string> = {}): Promise<string> {
    return (await this.fetch({ cookie: `nowcast_visitor=${tokenText("ada")}`, ...headers })).text();
  }
}

function html(body: string): Response {
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8", etag: '"1"' } });
}

let world: World;
let errors: unknown[];
beforeEach(() => {
  world = new World();
  errors = [];
  vi.spyOn(console, "error").mockImplementation((error) => void errors.push(error));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("a page", () => {
  test("is filled for a visitor who is known, by one call that records the page view", async () => {
    const headers = { "user-agent": BROWSER, referer: "https://search.example/" };
    expect(await world.visit(headers)).toContain(FILLED);

    expect(world.nowcast.asked).toHaveLength(1);
    const [{ path, token, body } = {}] = world.nowcast.asked;
    const context = { url: "https://shop.example/", referrer: "https://search.example/", userAgent: BROWSER };
    expect([path, token]).toEqual(["/v1/decide", tokenText("ada")]);
    expect(body).toMatchObject({
      placements: { home: { type: "recommend", count: 8, itemFields: expect.arrayContaining(["title", "url"]) } },
      context,
      event: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), type: "page_view", context },
    });
    expect(world.behind).toHaveLength(1);
  });

  test("of a visitor who is new is about nobody, with a cookie for the next one, and the page view is theirs", async () => {
    const answer = await world.fetch();

    expect(await answer.text()).toContain(FILLED);
    expect(answer.headers.get("set-cookie")).toBe(
      `nowcast_visitor=${tokenText("fresh")}; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Lax`,
    );
    const [decide] = world.nowcast.asks("/v1/decide");
    expect(decide?.token).toBeNull();
    expect(decide?.body).not.toHaveProperty("event");
    expect(world.nowcast.asks("/v1/events")).toMatchObject([
      { token: tokenText("fresh"), body: { type: "page_view" } },
    ]);
  });

  test("without slots costs a known visitor one event and no decision", async () => {
    world.page = () => html("<!doctype html><html><body>Ours</body></html>");

    expect(await world.visit()).toContain("Ours");

    expect(world.nowcast.asked.map(({ path }) => path)).toEqual(["/v1/events"]);
  });

  test("that was seen before is decided for before the site has answered", async () => {
    await world.visit();
    let send = (_: Response): void => {};
    world.page = () =>
      new Promise((resolve) => {
        send = resolve;
      });

    const page = world.visit();
    await expect.poll(() => world.nowcast.asked.length).toBe(2);
    send(html(PAGE));

    expect(await page).toContain(FILLED);
    expect(world.nowcast.asked).toHaveLength(2);
  });

  test("renews the cookie when the decision was there before the head", async () => {
    const renewed = tokenText("ada", [true, true]);
    world.nowcast.answers["/v1/decide"] = () => decision({ home: {} }, { visitorToken: renewed });
    await world.visit();
    world.page = async () => {
      await expect.poll(() => world.nowcast.asked.length).toBe(2);
      await Promise.all(world.behind);
      return html(PAGE);
    };

    const answer = await world.fetch({ cookie: `nowcast_visitor=${tokenText("ada")}` });

    expect(answer.headers.get("set-cookie")).toContain(renewed);
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(answer.headers.get("etag")).toBeNull();
  });

  test("carries the script when the site gives it a key", async () => {
    world = new World({ pageKey: "pk_1" });
    const page = await world.visit();
    const event = world.nowcast.asked[0]?.body.event as { readonly id: string } | undefined;

    expect(page).toContain(
      `<script async src="/_nowcast/nowcast.js" data-key="pk_1" data-base="/_nowcast" data-page-view="${event?.id}"></script></head>`,
    );
  });

  test("shows one of the variants written in it, the same one for the same visitor", async () => {
    const variants = ["a", "b", "c"].map((name) => `<p data-nowcast-variant="${name}">${name}</p>`).join("");
    world.page = () => html(`<section data-nowcast="hero" data-type="content">${variants}</section>`);
    const chosen = async (visitor: string) => {
      const page = await world.visit({ cookie: `nowcast_visitor=${tokenText(visitor)}` });
      return /data-nowcast-chosen="(.)"/.exec(page)?.[1];
    };
    const visitors = Array.from({ length: 30 }, (_, i) => `visitor-${i}`);

    const choices = await Promise.all(visitors.map(chosen));

    expect(new Set(choices)).toEqual(new Set(["a", "b", "c"]));
    expect(await Promise.all(visitors.map(chosen))).toEqual(choices);
  });
});

describe("whatever fails, the visitor gets the site's page", () => {
  const fallback = (reason: string) =>
    SLOT.replace("<section", `<section data-nowcast-state="fallback" data-nowcast-reason="${reason}"`);

  test.each<[string, () => Response | Promise<Response>, string]>([
    ["throws", () => Promise.reject(new Error("gone")), "failed"],
    ["hangs", () => new Promise(() => {}), "timeout"],
    ["answers 500", () => new Response("oops", { status: 500 }), "failed"],
    ["answers what is no JSON", () => new Response("<html>"), "failed"],
    ["answers null", () => Response.json(null), "failed"],
    ["answers something else", () => Response.json({ placements: { home: { items: "lamps" } } }), "failed"],
    [
      "knows no item",
      () => Response.json({ decisionId: "d", placements: { home: { items: [{}, null, 3] } } }),
      "failed",
    ],
  ])("Nowcast %s", async (_, answer, reason) => {
    for (const path of ["/v1/decide", "/v1/events", "/v1/visitors"]) world.nowcast.answers[path] = answer;

    expect(await world.visit()).toBe(PAGE.replace(SLOT, fallback(reason)));

    const stranger = await world.fetch();
    expect(await stranger.text()).toBe(PAGE.replace(SLOT, fallback(reason)));
    expect(stranger.headers.get("set-cookie")).toBeNull();
    await Promise.all(world.behind.map((work) => Promise.race([work, Promise.resolve()])));
  });

  test("the options cannot be had", async () => {
    const site = { fetch: () => html(PAGE) };
    for (const broken of [
      {},
      { url: "https://nowcast.example" },
      () => {
        throw new Error("no binding");
      },
      { service: null },
    ]) {
      const wrapped = withNowcast(site, broken as never) as unknown as { fetch(request: Request): Promise<Response> };
      expect(await (await wrapped.fetch(new Request("https://shop.example/"))).text()).toBe(PAGE);
    }
    expect(errors).not.toEqual([]);
  });

  test("what the site itself throws stays the site's", async () => {
    world.page = () => Promise.reject(new Error("the site is broken"));

    await expect(world.visit()).rejects.toThrow("the site is broken");
  });

  test("a token that Nowcast does not take is dropped, and the page is for nobody in particular", async () => {
    const refuse = () => Response.json({ code: "visitor_token_expired" }, { status: 401 });
    await world.visit();
    world.nowcast.asked.length = 0;
    let refused = 0;
    world.nowcast.answers["/v1/decide"] = () => (refused++ === 0 ? refuse() : decision({ home: {} }));
    world.page = async () => {
      await expect.poll(() => refused).toBe(2);
      return html(PAGE);
    };

    const answer = await world.fetch({ cookie: `nowcast_visitor=${tokenText("ada")}` });

    expect(await answer.text()).toContain(FILLED);
    expect(world.nowcast.asked.map(({ token }) => token)).toEqual([tokenText("ada"), null]);
    expect(answer.headers.get("set-cookie")).toMatch(/^nowcast_visitor=; Path=\/; Max-Age=0;/);
  });
});

describe("what is left alone", () => {
  test("bots, and what is no page", async () => {
    expect(await world.visit({ "user-agent": "Googlebot/2.1" })).toBe(PAGE);
    expect(await (await world.fetch({}, "/", { method: "POST", body: "x" })).text()).toBe(PAGE);
    world.page = () => Response.json({ data: SLOT });
    expect(await (await world.fetch()).json()).toEqual({ data: SLOT });
    expect(world.nowcast.asks("/v1/decide")).toEqual([]);
  });

  test.each<[string, object, Record<string, string>]>([
    ["a browser that says so", {}, { "sec-gpc": "1" }],
    ["a site that asks first", { requireConsent: true }, {}],
    ["their own choice", {}, { cookie: `nowcast_visitor=${tokenText("ada", [false, false])}` }],
    [
      "what they chose just now",
      {},
      { cookie: `nowcast_visitor=${tokenText("ada", [true, true])}; nowcast_consent=00` },
    ],
  ])("visitors who have not agreed, by %s", async (_, options, headers) => {
    world = new World(options);

    const answer = await world.fetch(headers);

    expect(await answer.text()).toContain('data-nowcast-state="fallback" data-nowcast-reason="no-consent"');
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(world.nowcast.asked).toEqual([]);
  });

  test("but not those who have", async () => {
    world = new World({ requireConsent: true });
    const cookie = `nowcast_visitor=${tokenText("ada", [true, true])}`;

    expect(await world.visit({ cookie, "sec-gpc": "1" })).toContain(FILLED);
    expect(world.nowcast.asked[0]?.body.context).toMatchObject({
      consent: { analytics: true, personalization: true },
    });
  });

  test("statistics alone are kept of those who allow no more", async () => {
    expect(await world.visit({ cookie: `nowcast_visitor=${tokenText("ada", [true, false])}` })).toContain("no-consent");
    expect(world.nowcast.asks("/v1/events")).toMatchObject([
      { body: { context: { consent: { analytics: true, personalization: false } } } },
    ]);
  });
});

describe("the site's side", () => {
  test("sees neither the token nor headers under our name", async () => {
    await world.fetch({
      cookie: `a=1; nowcast_visitor=${tokenText("ada")}; b=2`,
      "x-nowcast-visitor": "forged",
      "x-nowcast-variant": "forged",
    });
    await world.visit();

    expect(world.seen[0]?.headers.get("cookie")).toBe("a=1; b=2");
    expect([...(world.seen[0]?.headers.keys() ?? [])].filter((name) => name.startsWith("x-nowcast"))).toEqual([]);
    expect(world.seen[1]?.headers.get("cookie")).toBeNull();
  });

  test("keeps what else its Worker handles, and its own `this`", async () => {
    const site = {
      name: "shop",
      fetch(this: { name: string }) {
        return new Response(this.name);
      },
      scheduled: () => "ticked",
    };

    const wrapped = withNowcast(site, { service: world.nowcast });

    expect(wrapped.scheduled()).toBe("ticked");
    const fetch = wrapped.fetch as unknown as (request: Request) => Promise<Response>;
    expect(await (await fetch(new Request("https://shop.example/"))).text()).toBe("shop");
  });

  test("may be a function, and options may come from its bindings", async () => {
    const site = async (_request: Request, env: { readonly NOWCAST: FakeNowcast }) => html(env.NOWCAST ? PAGE : "");
    const wrapped = withNowcast(site, (env) => ({ service: env.NOWCAST }));

    const answer = await wrapped(new Request("https://shop.example/"), { NOWCAST: world.nowcast });

    expect(await answer.text()).toContain(FILLED);
  });
});

describe("Nowcast's own paths on the site's host", () => {
  const token = tokenText("ada");
  const cookie = `theirs=1; nowcast_visitor=${token}`;
  const send = (path: string, headers: Record<string, string> = {}) =>
    world.fetch({ authorization: "Bearer pk_1", cookie, ...headers }, path, { method: "POST", body: '{"id":"1"}' });

  test("pass on with the visitor's token and nothing of the site's", async () => {
    const answer = await send("/_nowcast/v1/events?key=pk_1");

    expect(answer.status).toBe(202);
    expect(world.seen).toEqual([]);
    const [request] = world.nowcast.forwarded;
    expect(request?.url).toBe("https://nowcast.internal/v1/events?key=pk_1");
    expect(await request?.text()).toBe('{"id":"1"}');
    expect(request?.headers.get("authorization")).toBe("Bearer pk_1");
    expect(request?.headers.get("x-nowcast-visitor")).toBe(token);
    expect(request?.headers.get("x-nowcast-base")).toBe("https://shop.example/_nowcast");
    expect(request?.headers.get("cookie")).toBeNull();
    expect(world.nowcast.asked).toEqual([]);
  });

  test("bring back a token as a cookie that no script reads", async () => {
    const visitorToken = tokenText("new");
    world.nowcast.forwardAnswer = () => Response.json({ accepted: 1, visitorToken }, { status: 202 });

    const answer = await send("/_nowcast/v1/events", { cookie: "" });

    expect(await answer.json()).toEqual({ accepted: 1 });
    expect(answer.headers.get("set-cookie")).toContain(`nowcast_visitor=${visitorToken}; Path=/;`);
    expect(answer.headers.get("set-cookie")).toContain("HttpOnly");
  });

  test("bring none to who has not agreed, but every choice", async () => {
    world = new World({ requireConsent: true });
    world.nowcast.forwardAnswer = () => Response.json({ visitorToken: tokenText("new") }, { status: 202 });
    expect((await send("/_nowcast/v1/events")).headers.get("set-cookie")).toBeNull();

    const refusal = tokenText("ada", [false, false]);
    world.nowcast.forwardAnswer = () => Response.json({ visitorToken: refusal });
    expect((await send("/_nowcast/v1/users/ada/consent")).headers.get("set-cookie")).toContain(refusal);
  });

  test("tell Nowcast what was chosen in the browser, and take the token of who refuses", async () => {
    const consent = { analytics: false, personalization: false };
    world.nowcast.forwardAnswer = () => Response.json({ consent, erased: true });

    const answer = await send("/_nowcast/v1/consent", { cookie: `${cookie}; nowcast_consent=00` });

    expect(world.nowcast.forwarded[0]?.headers.get("cookie")).toBe("nowcast_consent=00");
    expect(answer.headers.get("set-cookie")).toMatch(/^nowcast_visitor=; .*Max-Age=0/);
    expect(await answer.json()).toEqual({ consent, erased: true });
  });

  test("take away a token that holds no longer", async () => {
    world.nowcast.forwardAnswer = () => Response.json({ code: "visitor_token_expired" }, { status: 401 });

    expect((await send("/_nowcast/v1/decide")).headers.get("set-cookie")).toMatch(/^nowcast_visitor=; .*Max-Age=0/);
  });

  test("answer 502 when Nowcast does not", async () => {
    world.nowcast.forwardAnswer = () => Promise.reject(new Error("gone"));

    expect((await send("/_nowcast/nowcast.js")).status).toBe(502);
  });

  test("are the site's when the site says so", async () => {
    world = new World({ basePath: null, pageKey: "pk_1" });

    expect(await (await world.fetch({}, "/_nowcast/nowcast.js")).text()).not.toContain("<script");
    expect(world.nowcast.forwarded).toEqual([]);
  });
});

describe("over HTTP", () => {
  test("Nowcast is asked at its address with the secret key, which no forwarded request carries", async () => {
    const sent: Request[] = [];
    vi.stubGlobal("fetch", async (request: Request) => {
      sent.push(request);
      return decision({ home: {} });
    });
    world = new World({ service: undefined, url: "https://nowcast.example/_nowcast/", key: "sk_1" });

    expect(await world.visit()).toContain(FILLED);
    await world.fetch({ authorization: "Bearer pk_1" }, "/_nowcast/nowcast.js");

    expect(sent.map(({ url }) => url)).toEqual([
      "https://nowcast.example/_nowcast/v1/decide",
      "https://nowcast.example/_nowcast/nowcast.js",
    ]);
    expect(sent.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer sk_1", "Bearer pk_1"]);
  });
});
