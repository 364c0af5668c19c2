// The Segment tracking API as its callers know it: by hand, and through the official client for servers, unchanged.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { Analytics } from "@segment/analytics-node";
import { afterEach, expect, test } from "vitest";
import { postEvents, problemOf } from "./support/answers.ts";
import { rowsInLake } from "./support/lake.ts";
import { KEYS, type RequestOptions, useSystem } from "./support/system.ts";
import { tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();

const basic = (key: string) => ({ authorization: `Basic ${btoa(`${key}:`)}` });

/** A call that must be taken. */
async function call(path: string, json: object, options: RequestOptions = {}): Promise<void> {
  const response = await nowcast.request(`/v1/${path}`, { json, ...options });
  expect(`${response.status} ${await response.text()}`).toBe('200 {"success":true}');
}

interface StoredProfile {
  readonly seq: number;
  readonly lastAt: number;
  readonly orders: number;
  readonly revenue: number;
  readonly touches: readonly { readonly itemId: string; readonly kind: string }[];
  readonly cart: readonly { readonly itemId: string; readonly quantity: number }[];
  readonly session: { readonly pageViews: number; readonly landing: string } | null;
}

async function profileOf(id: string, kind = "anonymous"): Promise<StoredProfile | null> {
  const response = await nowcast.request(`/v1/users/${encodeURIComponent(id)}/profile?kind=${kind}`);
  if (response.status === 404) return null;
  expect(response.status).toBe(200);
  return ((await response.json()) as { profile: StoredProfile }).profile;
}

const viewed = (messageId: string, anonymousId: string, productId = "sku-1") => ({
  messageId,
  anonymousId,
  event: "Product Viewed",
  properties: { product_id: productId, price: 12.5 },
});

test("each call, also by the letter that browsers use, is an event of the visitor's and stands in the lake", async () => {
  const types = {
    track: "view_item",
    page: "page_view",
    screen: "screen_view",
    identify: "identify",
    group: "group",
    alias: "alias",
  };
  const expected: Record<string, string> = {};
  for (const [name, type] of Object.entries(types)) {
    for (const path of [name, name.charAt(0)]) {
      await call(path, viewed(`all-${path}`, "all"), { key: null, headers: basic(KEYS.secret) });
      expected[`all-${path}`] = type;
    }
  }
  for (const path of ["batch", "b"]) {
    const batch = [{ type: "track", ...viewed(`all-${path}`, "all") }];
    await call(path, { batch }, { key: null, headers: basic(KEYS.secret) });
    expected[`all-${path}`] = "view_item";
  }

  const rows = await rowsInLake(nowcast, "events", "id", Object.keys(expected));
  expect(Object.fromEntries(rows.map(({ id, type }) => [id, type]))).toEqual(expected);
  expect(new Set(rows.map(({ anonymous_id }) => anonymous_id))).toEqual(new Set(["all"]));
});

test("a call sent again counts once, also when its messageId is longer than an id of ours", async () => {
  const long = `long-${"0".repeat(95)}`;
  for (const messageId of ["again-1", long, "again-1", long]) await call("track", viewed(messageId, "again"));
  const batch = [viewed("again-1", "again"), viewed(long, "again"), viewed("again-2", "again")];
  await call("batch", { batch: batch.map((one) => ({ type: "track", ...one })) });

  expect((await profileOf("again"))?.seq).toBe(3);
});

test("the key may stand in the body, and is not kept with it", async () => {
  const refused = { messageId: "body-2", anonymousId: "body", writeKey: KEYS.public };
  await call("track", { ...viewed("body-1", "body"), writeKey: KEYS.public }, { key: null });
  await call("track", refused, { key: null });
  await call(
    "batch",
    { writeKey: KEYS.secret, batch: [{ ...refused, messageId: "body-3", type: "track" }] },
    { key: null },
  );

  expect((await profileOf("body"))?.seq).toBe(1);
  const failed = await rowsInLake(nowcast, "failed_events", "id", ["body-2", "body-3"]);
  expect(failed).toHaveLength(2);
  for (const { raw } of failed) expect(raw).not.toContain("_dev");
});

test.each([
  ["no key", {}, "key_missing"],
  ["a key in the body that is not known", { writeKey: "pk_unknown" }, "key_unknown"],
  ["something else for a key", { writeKey: 17 }, "key_missing"],
])("%s is a 401", async (_, body, code) => {
  const json = { ...viewed("nokey", "nokey"), ...body };

  await problemOf(await nowcast.request("/v1/track", { key: null, json }), 401, code);
});

test("a wrong key in the header is refused, whatever the body says", async () => {
  const json = { ...viewed("wrong", "wrong"), writeKey: KEYS.secret };

  await problemOf(
    await nowcast.request("/v1/track", { key: null, json, headers: basic("pk_wrong") }),
    401,
    "key_unknown",
  );
});

test("what is too large or no JSON is a 400 that says why", async () => {
  const large = { ...viewed("large", "large"), context: { blurb: "x".repeat(32 * 1024) } };
  const problem = await problemOf(await nowcast.request("/v1/track", { json: large }), 400, "body_too_large");
  expect(problem.errors).toMatchObject([{ limit: 32 * 1024 }]);

  const one = { type: "track", ...viewed("large", "large"), context: { blurb: "x".repeat(30_000) } };
  const batch = await nowcast.request("/v1/batch", { json: { batch: Array(18).fill(one) } });
  expect((await problemOf(batch, 400, "body_too_large")).errors).toMatchObject([{ limit: 500 * 1024 }]);

  await problemOf(await nowcast.request("/v1/track", { body: "{" }), 400, "not_json");
  await problemOf(await nowcast.request("/v1/track", { body: "[]" }), 400, "invalid_request");
  await problemOf(await nowcast.request("/v1/batch", { json: { batch: {} } }), 400, "invalid_request");
  await problemOf(await nowcast.request("/v1/track", { body: new Uint8Array([0xff]) }), 400, "not_utf8");
});

test("a compressed body is read, and is measured as what it was", async () => {
  const gzip = (json: unknown) => ({
    body: new Uint8Array(gzipSync(JSON.stringify(json))),
    headers: { "content-encoding": "gzip" },
  });
  const batch = [{ type: "track", ...viewed("zip-1", "zip") }];

  expect((await nowcast.request("/v1/batch", gzip({ batch }))).status).toBe(200);
  expect((await profileOf("zip"))?.seq).toBe(1);

  const bomb = gzip({ batch: "x".repeat(20_000_000) });
  expect(bomb.body.length).toBeLessThan(32 * 1024);
  await problemOf(await nowcast.request("/v1/batch", bomb), 400, "body_too_large");
  const headers = { "content-encoding": "gzip" };
  await problemOf(await nowcast.request("/v1/batch", { body: "{}", headers }), 400, "not_gzip");
  const unknown = { body: "{}", headers: { "content-encoding": "br" } };
  await problemOf(await nowcast.request("/v1/batch", unknown), 415, "unsupported_encoding");
});

test("good calls of a batch are taken when others are refused, which are kept as they were sent", async () => {
  const batch = [
    { type: "track", ...viewed("mixed-1", "mixed") },
    { type: "track", messageId: "mixed-2", anonymousId: "mixed", properties: { a: 1 } },
    { type: "track", messageId: "mixed-3", event: "Nobody's" },
    { type: "track", ...viewed("mixed-4", "mixed") },
  ];

  await call("batch", { batch });

  expect((await profileOf("mixed"))?.seq).toBe(2);
  const failed = await rowsInLake(nowcast, "failed_events", "id", ["mixed-2", "mixed-3"]);
  expect(failed.find(({ id }) => id === "mixed-2")).toMatchObject({
    code: "invalid_event",
    message: "event: a track call needs the event's name (got nothing)",
    raw: JSON.stringify(batch[1]),
  });
  expect(failed.find(({ id }) => id === "mixed-3")).toMatchObject({
    code: "identity_missing",
    raw: JSON.stringify(batch[2]),
  });
});

test("nothing is kept of a visitor who refused everything, not even what could not be read", async () => {
  const context = { consent: { categoryPreferences: { Analytics: false, Personalization: false } } };
  const batch = [
    { type: "track", ...viewed("refused-1", "refused"), context },
    { type: "track", messageId: "refused-2", anonymousId: "refused", context },
    { type: "track", messageId: "refused-3", anonymousId: "refused" },
  ];

  await call("batch", { batch });

  expect(await profileOf("refused")).toBeNull();
  const failed = await rowsInLake(nowcast, "failed_events", "id", ["refused-3"]);
  expect(failed).toHaveLength(1);
  expect(await rowsInLake(nowcast, "failed_events", "id", ["refused-3"])).not.toContainEqual(
    expect.objectContaining({ id: "refused-2" }),
  );
});

test("a choice that the site's pages keep in a cookie holds for Segment's client, too", async () => {
  const headers = { cookie: "nowcast_consent=00" };

  await call("track", viewed("chosen-1", "chosen"), { key: KEYS.public, headers });
  await call("track", { ...viewed("chosen-2", "chosen"), writeKey: KEYS.public }, { key: null, headers });
  expect(await profileOf("chosen")).toBeNull();

  await call("track", viewed("chosen-3", "chosen"), { key: KEYS.public, headers: { cookie: "nowcast_consent=11" } });
  expect((await profileOf("chosen"))?.seq).toBe(1);
});

test("the clock of a client that is a day ahead is set right by when it sent the call", async () => {
  const day = 86_400_000;
  const before = Date.now();
  const sentAt = new Date(before + day).toISOString();
  const timestamp = new Date(before + day - 5_000).toISOString();

  await call("batch", { sentAt, batch: [{ type: "track", timestamp, ...viewed("clock", "clock") }] });

  const { lastAt = 0 } = (await profileOf("clock")) ?? {};
  expect(lastAt).toBeGreaterThanOrEqual(before - 5_000);
  expect(lastAt).toBeLessThanOrEqual(Date.now() - 5_000);
});

test("by a secret key an identify that names both ids makes them one, and so does an alias", async () => {
  await call("track", viewed("merge-1", "merge-anon", "seen-before"));
  await call("identify", { messageId: "merge-2", anonymousId: "merge-anon", userId: "merge-user" });
  await call("track", viewed("merge-3", "alias-anon", "seen-elsewhere"));
  await call("alias", { messageId: "merge-4", previousId: "alias-anon", userId: "merge-user" });

  const user = await profileOf("merge-user", "user");
  expect(user?.touches.map(({ itemId }) => itemId)).toEqual(["seen-before", "seen-elsewhere"]);
});

test("by a public key a user id is a claim: nobody is merged, and the user's profile is not touched", async () => {
  const headers = basic(KEYS.public);
  await call("track", viewed("claim-1", "claim-anon"), { key: null, headers });
  await call(
    "identify",
    { messageId: "claim-2", anonymousId: "claim-anon", userId: "claimed" },
    { key: null, headers },
  );
  await call("alias", { messageId: "claim-3", previousId: "claim-anon", userId: "claimed" }, { key: null, headers });

  expect(await profileOf("claimed", "user")).toBeNull();
  expect((await profileOf("claim-anon"))?.seq).toBe(3);
});

test("who comes with a visitor token is the token's visitor, whatever id the client has made up", async () => {
  const token = await tokenFor("token-visitor");
  const json = { ...viewed("token-1", "of-the-client"), userId: "token-user" };

  await call("track", json, { key: KEYS.public, token });
  await call(
    "track",
    { ...json, messageId: "token-2" },
    { key: KEYS.public, headers: { cookie: `nowcast_visitor=${token}` } },
  );

  expect((await profileOf("token-visitor"))?.seq).toBe(2);
  expect(await profileOf("of-the-client")).toBeNull();
});

test("a cookie that holds no longer loses no event; a header that does not is a 401", async () => {
  const old = await tokenFor("old", { expiresAt: 1 });
  const cookie = { headers: { cookie: `nowcast_visitor=${old}` } };

  await call("track", viewed("old-1", "old-client"), { key: KEYS.public, ...cookie });

  expect((await profileOf("old-client"))?.seq).toBe(1);
  const refused = await nowcast.request("/v1/track", { json: viewed("old-2", "old"), key: KEYS.public, token: old });
  await problemOf(refused, 401, "visitor_token_expired");
});

test("users of a public key who name no anonymous id are not taken for one visitor", async () => {
  const batch = ["u1", "u2"].map((userId) => ({ type: "track", ...viewed(`apart-${userId}`, ""), userId }));

  await call("batch", { batch }, { key: KEYS.public });

  const rows = await rowsInLake(nowcast, "events", "id", ["apart-u1", "apart-u2"]);
  expect(new Set(rows.map(({ anonymous_id }) => anonymous_id)).size).toBe(2);
});

test("a browser may send what analytics.js sends, also when it tries again", async () => {
  const preflight = await nowcast.request("/v1/t", {
    method: "OPTIONS",
    key: null,
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,x-retry-count",
    },
  });

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization.*x-retry-count/);
});

test("events of both protocols are of one visitor", async () => {
  await postEvents(nowcast, { id: "both-1", type: "add_to_cart", anonymousId: "both", items: [{ id: "lamp" }] });
  await call("track", { ...viewed("both-2", "both", "lamp"), event: "Product Removed" });

  expect((await profileOf("both"))?.cart).toEqual([]);
});

/** A way to Nowcast on which answers get lost. */
let proxy: Server | null = null;
afterEach(() => {
  proxy?.closeAllConnections();
  proxy?.close();
  proxy = null;
});

/** Hands every request on, and keeps the answers to the first `lost` of them to itself. */
async function losingAnswers(lost: number): Promise<{ url: string; statuses: number[] }> {
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization = "", "content-type": type = "" } = request.headers;
    const answer = await nowcast.request(request.url ?? "", {
      key: null,
      body: new Uint8Array(Buffer.concat(chunks)),
      headers: { authorization, "content-type": type },
    });
    statuses.push(answer.status);
    if (statuses.length <= lost) response.writeHead(502).end();
    else response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  proxy = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, statuses };
}

test("@segment/analytics-node works unchanged: every kind of call arrives, and the shopper is known", async () => {
  const { url } = await nowcast.harness.listen();
  const analytics = new Analytics({ writeKey: KEYS.secret, host: url.origin });
  const failures: unknown[] = [];
  analytics.on("error", (error) => failures.push(error));
  const who = { anonymousId: "node-anon" };
  const lamp = { product_id: "lamp-1", category: "lamps", price: 40, quantity: 1 };

  analytics.page({ ...who, name: "Home", properties: { url: "https://shop.example/welcome", referrer: "" } });
  analytics.track({ ...who, event: "Product List Viewed", properties: { list_id: "home", products: [lamp] } });
  analytics.track({ ...who, event: "Product Clicked", properties: { list_id: "home", ...lamp } });
  analytics.track({ ...who, event: "Product Added", properties: lamp });
  analytics.screen({ ...who, name: "Cart" });
  analytics.group({ ...who, groupId: "g1", traits: { name: "Initech" } });
  analytics.identify({ ...who, userId: "node-user", traits: { plan: "pro" } });
  analytics.alias({ previousId: "node-anon", userId: "node-user" });
  analytics.track({
    userId: "node-user",
    event: "Order Completed",
    properties: { order_id: "o1", revenue: 40, total: 45, currency: "EUR", products: [lamp] },
  });
  await analytics.closeAndFlush();

  expect(failures).toEqual([]);
  const user = await profileOf("node-user", "user");
  expect(user).toMatchObject({ orders: 1, revenue: 40, cart: [], session: { pageViews: 1, landing: "/welcome" } });
  expect(user?.touches.map(({ itemId, kind }) => [itemId, kind])).toEqual([
    ["lamp-1", "click"],
    ["lamp-1", "cart"],
    ["lamp-1", "purchase"],
  ]);
});

test("@segment/analytics-node sends again what was not answered, and it counts once", async () => {
  const { url, statuses } = await losingAnswers(2);
  const analytics = new Analytics({ writeKey: KEYS.secret, host: url, maxRetries: 4 });
  const failures: unknown[] = [];
  analytics.on("error", (error) => failures.push(error));

  for (const price of [10, 20, 30]) {
    const properties = { order_id: `retry-${price}`, revenue: price };
    analytics.track({ userId: "retry-user", event: "Order Completed", properties });
  }
  await analytics.closeAndFlush();

  expect(failures).toEqual([]);
  expect(statuses).toEqual([200, 200, 200]);
  expect(await profileOf("retry-user", "user")).toMatchObject({ seq: 3, orders: 3, revenue: 60 });
});

test("@segment/analytics-node is told of what will not be taken however often it is sent", async () => {
  const { url } = await nowcast.harness.listen();
  const analytics = new Analytics({ writeKey: "sk_unknown", host: url.origin, maxRetries: 0 });
  const failures: unknown[] = [];
  analytics.on("error", (error) => failures.push(error));

  analytics.track({ userId: "unknown", event: "Product Viewed" });
  await analytics.closeAndFlush();

  expect(failures).toMatchObject([{ code: "delivery_failure", reason: { message: expect.stringContaining("401") } }]);
});

test("analytics.js is told where its calls go, for public keys that are known", async () => {
  const { url } = await nowcast.harness.listen();
  const settingsFor = (key: string) => nowcast.request(`/v1/projects/${key}/settings`, { key: null });

  const response = await settingsFor(KEYS.otherPublic);

  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(await response.json()).toMatchObject({
    integrations: { "Segment.io": { apiKey: KEYS.otherPublic, apiHost: `${url.host}/v1`, protocol: "http" } },
    metrics: { sampleRate: 0 },
  });
  await problemOf(await settingsFor("pk_unknown"), 404, "key_unknown");
  await problemOf(await settingsFor(KEYS.secret), 403, "secret_key_in_url");
});
