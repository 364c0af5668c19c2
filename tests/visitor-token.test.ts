// The visitor token: how a browser with a public key becomes a visitor, and stays that one and nobody else.
import { beforeAll, expect, test } from "vitest";
import { decide, decisionOf, HOME, postEvents, problemOf } from "./support/answers.ts";
import { eventually } from "./support/eventually.ts";
import { rowsInLake } from "./support/lake.ts";
import { publish } from "./support/publish.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { KEYS, useSystem } from "./support/system.ts";
import { readToken, tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();
const PUBLIC = { key: KEYS.public };
const view = (id: string, sku: string) => ({ id, type: "view_item", items: [{ id: sku }] });
const decideInBrowser = (json: object, options: object = {}) =>
  decisionOf(nowcast.request("/v1/decide", { json: { placements: HOME, ...json }, ...PUBLIC, ...options }));

/** The decision of a visitor as soon as nothing had to be left out: a busy machine may miss a budget. */
const decideWhole = (token: string | undefined, json: object = {}) =>
  eventually(async () => {
    const decision = await decideInBrowser(json, token === undefined ? {} : { token });
    return decision.degraded.length === 0 ? decision : null;
  }, 20_000);

const ownProfile = async (token: string | undefined, id: string) => {
  const options = { ...PUBLIC, ...(token === undefined ? {} : { token }) };
  const response = await nowcast.request(`/v1/users/${id}/profile?kind=anonymous`, options);
  return { status: response.status, ...((await response.json()) as { profile?: { seq: number } }) };
};

beforeAll(async () => {
  await publish(nowcast, await snapshotParts());
});

test("the first answer to events mints a visitor, whose token the events belong to", async () => {
  const first = await postEvents(nowcast, view("mint-1", "sku-1"), PUBLIC);
  const second = await postEvents(nowcast, view("mint-1", "sku-1"), PUBLIC);

  const { visitor, expiresAt } = await readToken(first.visitorToken);
  expect(visitor.kind).toBe("a");
  expect(expiresAt).toBeGreaterThan(Date.now() + 80 * 86_400_000);
  expect((await readToken(second.visitorToken)).visitor.id).not.toBe(visitor.id);
  expect(await ownProfile(first.visitorToken, visitor.id)).toMatchObject({ status: 200, profile: { seq: 1 } });
});

test("a caller who has a token, or acts with a secret key, gets none for events", async () => {
  const token = await tokenFor("has-one");

  expect(await postEvents(nowcast, view("none-1", "sku-1"), { ...PUBLIC, token })).not.toHaveProperty("visitorToken");
  expect(await postEvents(nowcast, { ...view("none-2", "sku-1"), userId: "u" })).not.toHaveProperty("visitorToken");
});

test("the first decision mints a visitor too, and the event that came along is theirs", async () => {
  const decision = await decideInBrowser({ event: view("first-1", "sku-2") });

  const { visitor } = await readToken(decision.visitorToken);
  expect(["accepted", "pending"]).toContain(decision.event?.status);
  await expect
    .poll(() => ownProfile(decision.visitorToken, visitor.id), { timeout: 10_000 })
    .toMatchObject({ status: 200, profile: { seq: 1 } });
});

test("with its token a browser acts for its visitor: events count in the very next decision", async () => {
  const { visitorToken } = await decideInBrowser({});
  const options = { ...PUBLIC, token: visitorToken ?? "" };

  for (const seq of [1, 2, 3]) {
    expect(await postEvents(nowcast, view(`act-${seq}`, `sku-${seq}`), options)).toMatchObject({ accepted: 1 });
    const decision = await decideWhole(visitorToken);
    expect(decision).toMatchObject({ profile: { seq }, placements: { home: { strategy: "model" } } });
  }
});

test("the cookie is as good as the header", async () => {
  const headers = { cookie: `theme=dark; nowcast_visitor=${await tokenFor("cookie-monster")}; lang=en` };

  await postEvents(nowcast, view("cookie-1", "sku-1"), { ...PUBLIC, headers });

  expect((await decide(nowcast, { anonymousId: "cookie-monster" })).profile).toMatchObject({ seq: 1 });
});

test("without a token a decision is contextual and shows nobody's profile, whoever is named", async () => {
  await postEvents(nowcast, { ...view("known-1", "sku-4"), anonymousId: "known" });
  const known = await decide(nowcast, { anonymousId: "known" });
  expect(known).toMatchObject({ profile: { seq: 1 }, placements: { home: { strategy: "model" } } });

  // New items are drawn at random, by the time if nothing else is said.
  const seed = 7;
  const nobody = await decideWhole(undefined, { seed });
  const named = await decideWhole(undefined, { anonymousId: "known", userId: "known", seed });

  for (const decision of [nobody, named]) {
    expect(decision).not.toHaveProperty("profile");
    expect(decision.placements.home?.strategy).toBe("contextual");
    const token = await readToken(decision.visitorToken);
    expect(token.visitor.id).not.toBe("known");
    expect(token).not.toHaveProperty("digest");
  }
  expect(named.placements.home?.items).toEqual(nobody.placements.home?.items);
});

test("the token carries the visitor's last touches, newest first, for when the profile is slow", async () => {
  const token = await tokenFor("digested");
  const events = [1, 2, 3].map((n) => view(`digest-${n}`, `sku-${n}`));
  await postEvents(nowcast, { events }, { ...PUBLIC, token });

  const { visitorToken } = await decideWhole(token);

  const { visitor, digest } = await readToken(visitorToken);
  expect(visitor).toEqual({ kind: "a", id: "digested" });
  expect(digest?.touches.map(([sku]) => sku)).toEqual(["sku-3", "sku-2", "sku-1"]);
});

test("a server gets the token of the visitor it decided for, to hand it to the browser", async () => {
  for (const [ids, visitor] of [
    [{ anonymousId: "handed" }, { kind: "a", id: "handed" }],
    [{ userId: "handed" }, { kind: "u", id: "handed" }],
  ] as const) {
    const { visitorToken } = await decide(nowcast, ids);
    expect((await readToken(visitorToken)).visitor).toEqual(visitor);
  }
  expect(await decide(nowcast, {})).not.toHaveProperty("visitorToken");
});

test("the token of a user acts for the user", async () => {
  const token = await tokenFor("", { visitor: { kind: "u", id: "ursula" } });

  await postEvents(nowcast, view("ursula-1", "sku-1"), { ...PUBLIC, token });

  expect((await decide(nowcast, { userId: "ursula" })).profile).toMatchObject({ seq: 1 });
  expect((await decide(nowcast, { anonymousId: "ursula" })).profile).toMatchObject({ seq: 0 });
});

test("a user id beside a token or without one is kept as a claim, apart from verified ones", async () => {
  const token = await tokenFor("claimant");
  await postEvents(nowcast, { ...view("claim-1", "sku-1"), userId: "boss" }, { ...PUBLIC, token });
  await postEvents(nowcast, { ...view("claim-2", "sku-1"), userId: "boss" }, PUBLIC);
  await decideInBrowser({ event: { ...view("claim-3", "sku-1"), userId: "boss" } }, { token });

  const rows = await rowsInLake(nowcast, "events", "id", ["claim-1", "claim-2", "claim-3"]);
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatchObject({ user_id: null, claimed_user_id: "boss" });
  expect((await nowcast.request("/v1/users/boss/profile")).status).toBe(404);
});

test("a token that a server forwards says nothing about another visitor whom it names", async () => {
  const consent = { analytics: true, personalization: false };
  const digest = { at: Date.now(), touches: [["sku-1", 1]] } as const;
  const token = await tokenFor("forwarded", { consent, digest });

  const decision = await decide(nowcast, { userId: "named" }, { token });

  const fresh = await readToken(decision.visitorToken);
  expect(fresh.visitor).toEqual({ kind: "u", id: "named" });
  expect(fresh).not.toHaveProperty("consent");
  expect(fresh).not.toHaveProperty("digest");
  expect(decision.profile).toMatchObject({ seq: 0 });
});

test("a server is given tokens for visitors whom it names, or for somebody new", async () => {
  const ask = async (json: object) => {
    const response = await nowcast.request("/v1/visitors", { json });
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string; kind: string; visitorToken: string };
  };
  const named = await ask({ anonymousId: "of-a-server" });
  const user = await ask({ anonymousId: "of-a-server", userId: "known-there" });
  const [first, second] = [await ask({}), await ask({})];

  expect((await readToken(named.visitorToken)).visitor).toEqual({ kind: "a", id: "of-a-server" });
  expect((await readToken(user.visitorToken)).visitor).toEqual({ kind: "u", id: "known-there" });
  expect((await readToken(first.visitorToken)).visitor).toEqual({ kind: "a", id: first.id });
  expect(first.id).not.toBe(second.id);
  await postEvents(nowcast, view("server-1", "sku-1"), { ...PUBLIC, token: named.visitorToken });
  expect((await decide(nowcast, { anonymousId: "of-a-server" })).profile).toMatchObject({ seq: 1 });
  await problemOf(await nowcast.request("/v1/visitors", { json: {}, ...PUBLIC }), 403, "secret_key_required");
  await problemOf(await nowcast.request("/v1/visitors", { json: { userId: "" } }), 400, "invalid_request");
});
