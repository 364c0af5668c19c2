// The site's own JWT: whom it names, what becomes of the anonymous visitor before, and which paths it opens. Whatever is wrong with
// one, nobody is taken for somebody else.
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../src/kernels/bytes.ts";
import { eventually } from "./support/eventually.ts";
import { HTML, useSite, type VisitOptions } from "./support/site.ts";
import { configure } from "./support/site-config.ts";
import { readToken } from "./support/tokens.ts";

const site = useSite();
const ISSUER = "https://id.shop.example";
const now = () => Math.floor(Date.now() / 1000);

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let keys: Pair;
let strangers: Pair;

const signed = (claims: Record<string, unknown> = {}, { privateKey }: Pair = keys, alg = "ES256") =>
  new SignJWT({ iss: ISSUER, aud: "shop", exp: now() + 600, ...claims })
    .setProtectedHeader({ alg, kid: "one" })
    .sign(privateKey);

beforeAll(async () => {
  keys = await generateKeyPair("ES256", { extractable: true });
  strangers = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one" };
  const port = (site.origin.address() as { port: number }).port;
  site.on("/keys", (_, response) => response.end(JSON.stringify({ keys: [jwk] })));
  site.on("*", (request, response) =>
    response.writeHead(200, HTML).end(`<head></head><body><p>${request.method} ${request.url}</p></body>`),
  );
  await configure(site, {
    routes: [{ path: "/my", rewrite: "/account/start" }],
    identity: {
      jwt: {
        jwks: `http://127.0.0.1:${port}/keys`,
        algorithms: ["ES256"],
        issuer: ISSUER,
        audience: "shop",
        clockToleranceSeconds: 0,
        cookie: "session",
      },
    },
    gates: {
      "/account/*": { login: "/login?next={url}" },
      "/account/help": { open: true },
      "/admin/*": { claims: { role: ["admin", "owner"] } },
    },
  });
});

/** A browser: its cookies, and events that its script sends. */
class Browser {
  readonly jar = new Map<string, string>();

  async open(path: string, options: VisitOptions = {}) {
    return site.visit(path, { jar: this.jar, ...options });
  }
  async touch(item: string): Promise<void> {
    const json = { id: `${item}-${crypto.randomUUID().slice(0, 8)}`, type: "view_item", items: [{ id: item }] };
    const headers = { cookie: `nowcast_visitor=${this.jar.get("nowcast_visitor")}` };
    const answer = await site.system.request("/v1/events", { key: "pk_dev", json, headers });
    expect(`${answer.status} ${await answer.text()}`).toMatch(/^202 \{"accepted":1/);
  }
  async login(user: string): Promise<void> {
    this.jar.set("session", await signed({ sub: user }));
  }
  async visitor(): Promise<{ kind: string; id: string }> {
    return (await readToken(this.jar.get("nowcast_visitor"))).visitor;
  }
}

/** What stands in the profile of a user; null for one who is not known. */
async function profileOf(id: string, kind = "user"): Promise<string | null> {
  const answer = await site.system.request(`/v1/users/${id}/profile?kind=${kind}`);
  return answer.status === 200 ? answer.text() : null;
}
const known = (id: string, item: string) =>
  eventually(async () => ((await profileOf(id))?.includes(item) ? true : null), 10_000);

describe("a user whom the site names", () => {
  test("has what the anonymous visitor did before, and goes on from there", async () => {
    const browser = new Browser();
    await browser.open("/");
    await browser.touch("before-ada");
    const before = await browser.visitor();
    await browser.login("ada");
    await browser.open("/");
    await known("ada", "before-ada");
    await browser.touch("after-ada");
    await known("ada", "after-ada");
    // The cookie never stands for the user.
    expect(await browser.visitor()).toEqual(before);
    expect(before.kind).toBe("a");
  });

  test("may come by header", async () => {
    const browser = new Browser();
    await browser.open("/", { headers: { authorization: `Bearer ${await signed({ sub: "by-header" })}` } });
    await eventually(() => profileOf("by-header"), 10_000);
  });

  test("is forgotten with the token: whoever logs out is somebody new", async () => {
    const browser = new Browser();
    await browser.open("/");
    await browser.touch("cleo-1");
    await browser.login("cleo");
    await browser.open("/");
    await known("cleo", "cleo-1");
    const named = await browser.visitor();
    browser.jar.delete("session");
    await browser.open("/");
    expect((await browser.visitor()).id).not.toBe(named.id);
    await browser.touch("after-logout");
    expect(await profileOf("cleo")).not.toContain("after-logout");
  });

  test("shares a device with another one, and nothing else", async () => {
    const browser = new Browser();
    await browser.open("/");
    await browser.touch("dora-1");
    await browser.login("dora");
    await browser.open("/");
    await known("dora", "dora-1");
    await browser.login("emil");
    await browser.open("/");
    await browser.touch("emil-1");
    await browser.open("/");
    await known("emil", "emil-1");
    expect(await profileOf("emil")).not.toContain("dora-1");
    expect(await profileOf("dora")).not.toContain("emil-1");
  });
});

describe("a token that is no good names nobody", () => {
  test.each<[string, () => Promise<string> | string]>([
    ["an expired one", () => signed({ sub: "ida", exp: now() - 5 })],
    ["one without an end", () => signed({ sub: "ida", exp: undefined })],
    ["one of another issuer", () => signed({ sub: "ida", iss: "https://evil.example" })],
    ["one for another audience", () => signed({ sub: "ida", aud: "other" })],
    ["one of a stranger", () => signed({ sub: "ida" }, strangers)],
    ["an unsigned one", () => new UnsecuredJWT({ sub: "ida" }).setIssuer(ISSUER).setAudience("shop").encode()],
    [
      "one by the public key as a secret",
      async () => {
        const secret = utf8(JSON.stringify(await exportJWK(keys.publicKey)));
        const claims = { sub: "ida", iss: ISSUER, aud: "shop", exp: now() + 60 };
        return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(secret);
      },
    ],
    ["one that is none", () => "a.b.c"],
    ["one of 8 KB", () => `a.${"b".repeat(8000)}.c`],
  ])("%s", async (_what, make) => {
    const browser = new Browser();
    browser.jar.set("session", await make());
    const { status, text } = await browser.open("/");
    expect([status, text.includes("<p>GET /</p>")]).toEqual([200, true]);
    expect((await browser.visitor()).kind).toBe("a");
    expect((await browser.open("/account/orders")).status).toBe(302);
    expect(await profileOf("ida")).toBeNull();
  });

  test("nor does one behind another of the same name", async () => {
    const good = await signed({ sub: "two" });
    const cookie = `session=${good}; session=${await signed({ sub: "other" })}`;
    expect((await site.visit("/account/orders", { headers: { cookie } })).status).toBe(302);
  });
});

describe("a gate", () => {
  const withToken = async (claims: JWTPayload): Promise<VisitOptions> => ({
    headers: { authorization: `Bearer ${await signed(claims)}` },
  });

  test.each([
    "/account",
    "/account/",
    "/account/orders?page=2",
    "//account/orders",
    "/%61ccount/orders",
    "/Account/orders",
    "/x/../account/orders",
    "/account%2Forders",
    "/account;v=1/orders",
    "/%2561ccount/orders",
    "/my",
  ])("sends whoever asks for %s without a token to log in", async (path) => {
    site.asked.length = 0;
    const answer = await site.visit(path);
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toMatch(/\/login\?next=%2F/);
    expect(new URL(answer.headers.location ?? "").origin).toBe(site.url);
    expect(answer.headers["cache-control"]).toBe("private, no-store");
    expect(site.asked.filter(({ url }) => url !== "/keys")).toEqual([]);
  });

  test("tells scripts and forms that a token is needed", async () => {
    const answer = await site.visit("/account/orders", { method: "POST", body: "a=1" });
    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "jwt_missing" });
    expect((await site.visit("/admin")).status).toBe(401);
  });

  test("opens for a token, and where it asks for claims for those who have them", async () => {
    const customer = await withToken({ sub: "fay" });
    expect((await site.visit("/account/orders", customer)).text).toContain("<p>GET /account/orders</p>");
    expect((await site.visit("/my", customer)).text).toContain("<p>GET /account/start</p>");
    const refused = await site.visit("/admin/users", customer);
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, "claims_missing"]);
    const admin = await withToken({ sub: "fay", role: ["staff", "admin"] });
    expect((await site.visit("/admin/users", admin)).text).toContain("<p>GET /admin/users</p>");
  });

  test("does not stand before the other pages", async () => {
    expect((await site.visit("/accounts")).status).toBe(200);
    expect((await site.visit("/account/help")).status).toBe(200);
    expect((await site.visit("/")).status).toBe(200);
  });
});

test("no header makes the origin answer for another path, host or method", async () => {
  site.asked.length = 0;
  const headers = {
    "x-original-url": "/account/orders",
    "x-rewrite-url": "/account/orders",
    "x-http-method-override": "DELETE",
    forwarded: "host=evil.example",
    "x-forwarded-host": "evil.example",
  };
  await site.visit("/", { headers });
  expect(JSON.stringify(site.asked[0]?.headers)).not.toMatch(/account|DELETE|evil/);
});

test("a request that comes back to where it was sent from ends there", async () => {
  site.on("/loop", async (request, response) => {
    const again = await fetch(`${site.url}/loop`, { headers: request.headers as Record<string, string> });
    response.writeHead(again.status, HTML).end(await again.text());
  });
  site.asked.length = 0;
  const { status, text } = await site.visit("/loop");
  expect([status, site.asked.length]).toEqual([508, 1]);
  expect(text).toContain("origin_loop");
});

test("keys are not asked for with every token", async () => {
  site.asked.length = 0;
  for (let n = 0; n < 5; n++) {
    expect(
      (await site.visit("/account", { headers: { authorization: `Bearer ${await signed({ sub: "gus" })}` } })).status,
    ).toBe(200);
    await site.visit("/", { headers: { authorization: `Bearer ${await signed({ sub: "gus" }, strangers)}` } });
  }
  expect(site.asked.filter(({ url }) => url === "/keys")).toEqual([]);
});
