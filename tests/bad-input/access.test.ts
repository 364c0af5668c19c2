// Who may do what, tried by everyone who may not: keys, tokens, methods and paths that do not fit.
import { expect, test } from "vitest";
import { decide, decisionOf, HOME, postEvents, problemOf } from "../support/answers.ts";
import { KEYS, type RequestOptions, useSystem } from "../support/system.ts";
import { readToken, tokenFor } from "../support/tokens.ts";

const nowcast = useSystem();
const event = (id: string, ids: object = {}) => ({ id, type: "page_view", ...ids });

const GUARDED: [method: string, path: string][] = [
  ["POST", "/v1/events"],
  ["POST", "/v1/decide"],
  ["GET", "/v1/users/alice/profile"],
];
const SECRET: [method: string, path: string][] = [
  ["PUT", "/v1/items"],
  ["PATCH", "/v1/items/sku-1"],
  ["DELETE", "/v1/items/sku-1"],
  ["GET", "/v1/snapshots"],
  ["POST", "/v1/snapshots"],
  ["POST", "/v1/snapshots/rollback"],
  ["PUT", `/v1/snapshots/sections/${"0".repeat(64)}`],
  ["GET", "/v1/lake/status"],
  ["POST", "/v1/lake/flush"],
  ["GET", "/v1/lake/files"],
  ["GET", "/v1/lake/file?key=x"],
];

/** A body that no handler accepts: whoever reads it before the key was checked would say so. */
const garbage = (method: string): RequestOptions => ({ method, ...(method === "GET" ? {} : { body: "{garbage" }) });

test.each([...GUARDED, ...SECRET])("%s %s needs a key, before a byte of the body is read", async (method, path) => {
  const without = await nowcast.request(path, { ...garbage(method), key: null });
  expect(without.headers.get("www-authenticate")).toMatch(/^Bearer/);
  await problemOf(without, 401, "key_missing");
  await problemOf(await nowcast.request(path, { ...garbage(method), key: "sk_wrong" }), 401, "key_unknown");
});

test.each(SECRET)("%s %s is not for public keys", async (method, path) => {
  const response = await nowcast.request(path, { ...garbage(method), key: KEYS.public });

  await problemOf(response, 403, "secret_key_required");
});

test.each([
  "Bearer",
  "Bearer ",
  "sk_dev",
  "Token sk_dev",
  "Bearer sk_dev,",
  "Bearer sk_dev pk_dev",
  "Bearer SK_DEV",
  "Basic",
  "Basic %%%",
  "Basic sk_dev",
  `Basic ${btoa(":sk_dev")}`,
  'Digest username="sk_dev"',
  "Bearer \u00ff\u00fe",
  `Bearer ${"k".repeat(100_000)}`,
])("the header Authorization: %.40s holds no key", async (authorization) => {
  const response = await nowcast.request("/v1/events", { json: event("1"), key: null, headers: { authorization } });

  await problemOf(response, 401, "key_unknown");
});

test("a public key with a token may not touch anyone else, and what is its own in the same batch is kept", async () => {
  await postEvents(nowcast, event("alice-1", { userId: "alice" }));
  await postEvents(nowcast, event("alice-2", { anonymousId: "alice" }));
  const before = await profileText("alice");
  const asBob = { key: KEYS.public, token: await tokenFor("bob") };
  const aboutAlice = event("bob-1", { anonymousId: "alice" });

  const alone = await nowcast.request("/v1/events", { json: aboutAlice, ...asBob });
  const { errors } = await problemOf(alone, 403, "visitor_mismatch");
  expect(errors).toEqual([{ field: "events.0", message: expect.stringMatching(/anonymousId/) }]);

  const answer = await postEvents(nowcast, { events: [aboutAlice, event("bob-2", { anonymousId: "bob" })] }, asBob);
  expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 0, id: "bob-1", code: "visitor_mismatch" }] });

  const naming = await nowcast.request("/v1/decide", { json: { anonymousId: "alice", placements: HOME }, ...asBob });
  await problemOf(naming, 403, "visitor_mismatch");
  for (const kind of ["anonymous", "user"]) {
    const peek = await nowcast.request(`/v1/users/alice/profile?kind=${kind}`, asBob);
    await problemOf(peek, 403, "visitor_mismatch");
  }
  expect(await profileText("alice")).toBe(before);
});

test("a user id that a public key names is a claim: it opens nothing and changes nothing of the user", async () => {
  await postEvents(nowcast, event("carol-1", { userId: "carol" }));
  const before = await profileText("carol", "user");
  const asDave = { key: KEYS.public, token: await tokenFor("dave") };

  expect(await postEvents(nowcast, event("dave-1", { userId: "carol" }), asDave)).toMatchObject({ accepted: 1 });
  const decision = await decisionOf(
    nowcast.request("/v1/decide", { json: { userId: "carol", placements: HOME }, ...asDave }),
  );

  expect((await readToken(decision.visitorToken)).visitor).toEqual({ kind: "a", id: "dave" });
  await problemOf(await nowcast.request("/v1/users/carol/profile", asDave), 403, "visitor_mismatch");
  expect(await profileText("carol", "user")).toBe(before);
});

test("an anonymous id that equals a user id is another visitor", async () => {
  await postEvents(nowcast, { events: [1, 2, 3].map((n) => event(`erin-${n}`, { userId: "erin" })) });

  const stranger = await decide(nowcast, { anonymousId: "erin", event: event("erin-1", { anonymousId: "erin" }) });
  const user = await decide(nowcast, { userId: "erin" });

  expect(stranger).toMatchObject({ event: { status: "accepted" }, profile: { seq: 1 } });
  expect(user).toMatchObject({ profile: { seq: 3 } });
});

const good = await tokenFor("frank");
const other = await tokenFor("frank", { site: "other" });
const expired = await tokenFor("frank", { expiresAt: Date.now() - 1 });
const forged = await tokenFor("frank", { signedWith: "not-the-key" });
const [prefix, , signature] = good.split(".");
const tampered = [prefix, btoa('{"s":"default","k":"a","i":"alice","e":9e15}').replace(/=+$/, ""), signature].join(".");

test.each([
  ["forged", forged, "visitor_token_malformed"],
  ["tampered with", tampered, "visitor_token_malformed"],
  ["cut", good.slice(0, -1), "visitor_token_malformed"],
  ["nonsense", "nonsense", "visitor_token_malformed"],
  ["enormous", `v1.${"A".repeat(100_000)}.AAAA`, "visitor_token_malformed"],
  ["a decision's receipt", good.replace("v1.", "d1."), "visitor_token_malformed"],
  ["expired", expired, "visitor_token_expired"],
  ["of another site", other, "visitor_token_other_site"],
])("a token that is %s is refused, as header and as cookie", async (_, token, code) => {
  for (const headers of [{ "x-nowcast-visitor": token }, { cookie: `a=b; nowcast_visitor=${token}` }]) {
    for (const [path, json] of [
      ["/v1/events", event("token-1")],
      ["/v1/decide", { placements: HOME }],
      ["/v1/users/frank/profile?kind=anonymous", undefined],
    ] as const) {
      await problemOf(await nowcast.request(path, { json, key: KEYS.public, headers }), 401, code);
    }
  }
});

test.each([
  ["GET", "/v1/events", "POST"],
  ["DELETE", "/v1/events", "POST"],
  ["HEAD", "/v1/decide", "POST"],
  ["PUT", "/v1/decide", "POST"],
  ["GET", "/v1/items", "PUT"],
  ["GET", "/v1/items/sku-1", "PATCH, DELETE"],
  ["POST", "/v1/users/alice/profile", "GET"],
  ["DELETE", "/v1/snapshots", "GET, POST"],
  ["POST", "/healthz", "GET"],
  ["PROPFIND", "/docs", "GET"],
])("%s %s is 405 and tells what is allowed", async (method, path, allow) => {
  const response = await nowcast.request(path, { method, key: null });

  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
  if (method !== "HEAD") await problemOf(response, 405, "method_not_allowed");
});

test.each([
  "/v1",
  "/v1/",
  "/v1/events/",
  "/v1/event",
  "/v2/events",
  "/v1/users//profile",
  "/nothing",
  "/docs/nothing.js",
])("there is nothing at %s", async (path) => {
  await problemOf(await nowcast.request(path), 404, "not_found");
});

test("headers of 100 KB disturb nothing, and the platform turns away what is larger than it takes", async () => {
  const ask = (bytes: number) => nowcast.request("/healthz", { headers: { "x-huge": "x".repeat(bytes) } });

  expect((await ask(100 * 1024)).status).toBe(200);
  expect((await ask(2 * 1024 * 1024)).status).toBe(431);
  expect((await ask(0)).status).toBe(200);
});

test("nothing of all this failed inside", () => {
  expect(nowcast.loggedErrors()).toEqual([]);
});

async function profileText(id: string, kind = "anonymous"): Promise<string> {
  const response = await nowcast.request(`/v1/users/${id}/profile?kind=${kind}`);
  expect(response.status).toBe(200);
  return JSON.stringify(((await response.json()) as { profile: unknown }).profile);
}
