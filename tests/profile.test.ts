// GET /v1/users/{id}/profile: what is known of a visitor, for their server and for themselves.
import { expect, test } from "vitest";
import { postEvents, problemOf } from "./support/answers.ts";
import { KEYS, type RequestOptions, useSystem } from "./support/system.ts";
import { tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();
const T = Date.parse("2026-03-03T12:00:00Z");

const ask = (id: string, kind?: string, options: RequestOptions = {}) =>
  nowcast.request(`/v1/users/${encodeURIComponent(id)}/profile${kind === undefined ? "" : `?kind=${kind}`}`, options);

test("a secret key sees anyone's session, touches, orders and what is derived from them", async () => {
  const events = [
    { type: "page_view" },
    { type: "view_item_list", items: [{ id: "sku-1" }, { id: "sku-2" }] },
    { type: "view_item", items: [{ id: "sku-2" }] },
    { type: "purchase", items: [{ id: "sku-2" }], value: 12.5 },
  ].map((event, i) => ({ ...event, id: `seen-${i}`, anonymousId: "seen", ts: T + i * 1000 }));
  await postEvents(nowcast, { events }, { headers: { "nowcast-replay": "true" } });

  const response = await ask("seen", "anonymous");

  expect(response.headers.get("cache-control")).toBe("private, no-store");
  expect(await response.json()).toMatchObject({
    id: "seen",
    kind: "anonymous",
    profile: {
      seq: 4,
      firstAt: T,
      lastAt: T + 3000,
      sessions: 1,
      orders: 1,
      revenue: 12.5,
      session: { events: 4, pageViews: 1, startedAt: T },
      touches: [
        { itemId: "sku-2", kind: "view", at: T + 2000 },
        { itemId: "sku-2", kind: "purchase", at: T + 3000 },
      ],
    },
    features: {
      "session.active": false,
      "session.lengthMs": 3000,
      "touches.count": 2,
      "touches.items": 1,
      "shown.count": 2,
    },
  });
});

test("an id is a user's unless the kind says anonymous, and the two are two visitors", async () => {
  const events = [
    { id: "k-1", type: "page_view", userId: "same" },
    { id: "k-2", type: "page_view", anonymousId: "same" },
    { id: "k-3", type: "page_view", anonymousId: "same" },
  ];
  await postEvents(nowcast, { events });

  expect(await (await ask("same")).json()).toMatchObject({ kind: "user", profile: { seq: 1 } });
  expect(await (await ask("same", "user")).json()).toMatchObject({ kind: "user", profile: { seq: 1 } });
  expect(await (await ask("same", "anonymous")).json()).toMatchObject({ kind: "anonymous", profile: { seq: 2 } });
});

test.each([
  ["a/b", "a/b"],
  ["ü 🙂", "ü 🙂"],
  ["100%", "100%"],
  ["a?b#c", "a?b#c"],
  ["__proto__", "__proto__"],
  ["256 bytes", "x".repeat(256)],
])("any id is asked for as it is: %s", async (_, id) => {
  await postEvents(nowcast, { id: "odd-1", type: "page_view", userId: id });

  expect(await (await ask(id)).json()).toMatchObject({ id, profile: { seq: 1 } });
});

test("a public key sees the visitor of its token and nobody else", async () => {
  const events = ["mine", "yours"].map((id) => ({ id: `own-${id}`, type: "page_view", anonymousId: id }));
  await postEvents(nowcast, { events: [...events, { id: "own-user", type: "page_view", userId: "mine" }] });
  const options = { key: KEYS.public, token: await tokenFor("mine") };

  expect(await (await ask("mine", "anonymous", options)).json()).toMatchObject({ id: "mine", profile: { seq: 1 } });
  await problemOf(await ask("yours", "anonymous", options), 403, "visitor_mismatch");
  await problemOf(await ask("mine", "user", options), 403, "visitor_mismatch");
  await problemOf(await ask("mine", "anonymous", { key: KEYS.public }), 403, "visitor_mismatch");
});

test("a browser that does not know its id asks for `me`; a server's `me` is a user like any other", async () => {
  await postEvents(nowcast, { id: "me-1", type: "page_view", anonymousId: "unaware" });
  const options = { key: KEYS.public, token: await tokenFor("unaware") };

  expect(await (await ask("me", undefined, options)).json()).toMatchObject({ id: "unaware", profile: { seq: 1 } });
  await problemOf(await ask("me", undefined, { key: KEYS.public }), 403, "visitor_mismatch");
  await problemOf(await ask("me", undefined, {}), 404, "visitor_unknown");
});

test("a public key hears nothing of whether someone else exists", async () => {
  const options = { key: KEYS.public, token: await tokenFor("curious") };
  await postEvents(nowcast, { id: "exists-1", type: "page_view", anonymousId: "exists" });

  const existing = await problemOf(await ask("exists", "anonymous", options), 403, "visitor_mismatch");
  const missing = await problemOf(await ask("missing", "anonymous", options), 403, "visitor_mismatch");
  expect(existing).toEqual(missing);
});

test("a visitor never seen is 404, and asking leaves nothing behind", async () => {
  const objects = nowcast.harness.getWorker("nowcast-objects");
  const before = await objects.listDurableObjectIds("VisitorProfile");
  const own = { key: KEYS.public, token: await tokenFor("never") };

  await problemOf(await ask("never"), 404, "visitor_unknown");
  await problemOf(await ask("never", "anonymous", own), 404, "visitor_unknown");

  const asked = (await objects.listDurableObjectIds("VisitorProfile")).filter((id) => !before.includes(id));
  for (const id of asked) {
    const storage = await objects.getDurableObjectStorage("VisitorProfile", { id });
    expect(await storage.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '!_%' ESCAPE '!'")).toEqual([]);
  }
});

test("another site knows nothing of this one's visitors", async () => {
  await postEvents(nowcast, { id: "here-1", type: "page_view", userId: "here" });

  await problemOf(await ask("here", "user", { key: KEYS.otherSecret }), 404, "visitor_unknown");
});

test.each([
  ["an unknown kind", "someone", "admin", { field: "kind", value: "admin" }],
  ["an id of 257 bytes", "x".repeat(257), "user", { field: "id", limit: 256 }],
  ["an id with a control character", "a\u0000b", "user", { field: "id", value: '"a\\u0000b"' }],
])("%s is refused by name", async (_, id, kind, error) => {
  const { errors } = await problemOf(await ask(id, kind), 400, "invalid_request");

  expect(errors).toMatchObject([error]);
});
