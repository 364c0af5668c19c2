// Who a visitor is: anonymous ids that become users, clocks that are wrong, bots.
import { describe, expect, test } from "vitest";
import { decide, decisionOf, HOME, postEvents, problemOf } from "./support/answers.ts";
import { rowsInLake } from "./support/lake.ts";
import { KEYS, useSystem } from "./support/system.ts";
import { tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();
const event = (id: string, more: object = {}) => ({ id, type: "view_item", items: [{ id: `sku-${id}` }], ...more });
const profileOf = async (id: string, kind: "user" | "anonymous") => {
  const response = await nowcast.request(`/v1/users/${encodeURIComponent(id)}/profile?kind=${kind}`);
  return ((await response.json()) as { profile: { session: { events: number }; touches: { itemId: string }[] } })
    .profile;
};
const touched = async (id: string, kind: "user" | "anonymous") =>
  (await profileOf(id, kind)).touches.map(({ itemId }) => itemId).toSorted();

describe("an anonymous visitor who logs in", () => {
  test("becomes part of the user: both ids lead to one profile, also in decisions, also for later events", async () => {
    await postEvents(nowcast, { events: [event("a1", { anonymousId: "anna" }), event("a2", { anonymousId: "anna" })] });
    await postEvents(nowcast, event("u1", { userId: "user-anna" }));
    const login = { id: "l1", type: "login", anonymousId: "anna", userId: "user-anna" };

    expect(await postEvents(nowcast, login)).toMatchObject({
      accepted: 1,
      identities: [{ anonymousId: "anna", status: "merged" }],
    });
    await postEvents(nowcast, event("a3", { anonymousId: "anna" }));

    const all = ["sku-a1", "sku-a2", "sku-a3", "sku-u1"];
    expect(await touched("user-anna", "user")).toEqual(all);
    expect(await touched("anna", "anonymous")).toEqual(all);
    for (const who of [{ anonymousId: "anna" }, { userId: "user-anna" }]) {
      const { profile, degraded } = await decide(nowcast, who);
      expect(profile).toMatchObject({ session: { events: 5 } });
      expect(degraded).not.toContain("merge_pending");
    }
  });

  test("is merged once: what names both ids again says nothing more, and a repeated event is a duplicate", async () => {
    const both = { anonymousId: "ben", userId: "user-ben" };
    await postEvents(nowcast, event("b1", { anonymousId: "ben" }));
    expect(await postEvents(nowcast, event("b2", both))).toHaveProperty("identities");
    expect(await postEvents(nowcast, event("b3", both))).not.toHaveProperty("identities");
    expect(await postEvents(nowcast, event("b1", { userId: "user-ben" }))).toMatchObject({ duplicates: 1 });
    expect(await profileOf("user-ben", "user")).toMatchObject({ session: { events: 3 } });
  });

  test("by a decision alone: its view has both histories", async () => {
    await postEvents(nowcast, event("c1", { anonymousId: "cleo" }));
    await postEvents(nowcast, event("c2", { userId: "user-cleo" }));
    const answer = await decide(nowcast, { anonymousId: "cleo", userId: "user-cleo" });
    expect(answer).toMatchObject({ profile: { session: { events: 2 } } });
  });

  test("as a second user on the same device gets an id of their own, and nothing of the first", async () => {
    await postEvents(nowcast, event("d1", { anonymousId: "tablet" }));
    await postEvents(nowcast, event("d2", { anonymousId: "tablet", userId: "user-first" }));
    const answer = await postEvents(nowcast, event("d3", { anonymousId: "tablet", userId: "user-second" }));
    expect(answer).toMatchObject({
      accepted: 1,
      identities: [
        { anonymousId: "tablet", status: "rotated", newAnonymousId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      ],
    });
    expect(await touched("user-second", "user")).toEqual(["sku-d3"]);
    expect(await touched("user-first", "user")).toEqual(["sku-d1", "sku-d2"]);
  });

  test("as a second user is told once by events, by decisions too, and costs nothing from then on", async () => {
    await postEvents(nowcast, event("g1", { anonymousId: "kiosk" }));
    await postEvents(nowcast, event("g2", { anonymousId: "kiosk", userId: "user-g" }));
    const both = { anonymousId: "kiosk", userId: "user-h" };
    const decision = await decide(nowcast, { ...both, event: event("g3") });
    expect(decision).toMatchObject({
      event: { status: "accepted" },
      identities: [{ anonymousId: "kiosk", status: "rotated" }],
    });
    expect(await decide(nowcast, both)).not.toHaveProperty("identities");
    expect(await postEvents(nowcast, event("g4", both))).not.toHaveProperty("identities");
  });

  test("leaves a device whose token neither shows nor erases the user", async () => {
    await postEvents(nowcast, event("h1", { anonymousId: "lent" }));
    await postEvents(nowcast, event("h2", { anonymousId: "lent", userId: "user-owner" }));
    const device = { key: KEYS.public, token: await tokenFor("lent") };
    const path = "/v1/users/lent/profile?kind=anonymous";
    await problemOf(await nowcast.request(path, device), 404, "visitor_unknown");
    const no = { analytics: false, personalization: false };
    const answer = await nowcast.request("/v1/users/lent/consent?kind=anonymous", {
      ...device,
      method: "PUT",
      json: no,
    });
    expect(answer.status).toBe(200);
    expect(await touched("user-owner", "user")).toEqual(["sku-h1", "sku-h2"]);
  });

  test("is erased with the user, by a server's word", async () => {
    await postEvents(nowcast, event("i1", { anonymousId: "goes" }));
    await postEvents(nowcast, event("i2", { anonymousId: "goes", userId: "user-goes" }));
    const no = { analytics: false, personalization: false };
    expect((await nowcast.request("/v1/users/user-goes/consent", { method: "PUT", json: no })).status).toBe(200);
    for (const path of ["/v1/users/user-goes/profile", "/v1/users/goes/profile?kind=anonymous"]) {
      await problemOf(await nowcast.request(path), 404, "visitor_unknown");
    }
  });

  test("sends an event again under both ids: it is a duplicate", async () => {
    await postEvents(nowcast, event("j1", { anonymousId: "retry" }));
    const again = event("j1", { anonymousId: "retry", userId: "user-retry" });
    expect(await postEvents(nowcast, again)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await profileOf("user-retry", "user")).toMatchObject({ session: { events: 1 } });
  });

  test("is the word of a secret key alone: with a public key a user id stays a claim", async () => {
    const own = { key: KEYS.public, token: await tokenFor("eve") };
    await postEvents(nowcast, event("e1", { userId: "user-admin" }), own);
    expect(await touched("eve", "anonymous")).toEqual(["sku-e1"]);
    await problemOf(await nowcast.request("/v1/users/user-admin/profile"), 404, "visitor_unknown");
  });

  test("many times at once on many devices: every event counts once", async () => {
    const sends = Array.from({ length: 30 }, (_, i) => {
      const anonymousId = `device-${i % 3}`;
      return postEvents(nowcast, event(`f${i}`, i % 2 === 0 ? { anonymousId } : { anonymousId, userId: "user-fay" }));
    });
    const answers = await Promise.all(sends);
    expect(answers.every(({ accepted }) => accepted === 1)).toBe(true);
    for (let i = 0; i < 3; i++) {
      await postEvents(nowcast, { id: `f-last-${i}`, type: "login", anonymousId: `device-${i}`, userId: "user-fay" });
    }
    expect(await profileOf("user-fay", "user")).toMatchObject({ session: { events: 33 } });
    expect(await touched("user-fay", "user")).toHaveLength(30);
  });
});

describe("a clock that is wrong", () => {
  const at = (offsetMs: number): number => Date.now() + offsetMs;

  test.each([
    ["an hour behind", -3_600_000],
    ["an hour ahead", 3_600_000],
  ])("%s, is set right by the time of sending, of the batch or of the event", async (name, skew) => {
    const id = `skewed-${name}`;
    const batch = {
      sentAt: at(skew),
      events: [event(`${id}-1`, { ts: at(skew - 20_000) }), event(`${id}-2`, { ts: at(skew) })],
    };
    const events = batch.events.map((one) => ({ ...one, anonymousId: id }));
    expect(await postEvents(nowcast, { ...batch, events })).toMatchObject({ accepted: 2, rejected: [] });
    const single = event(`${id}-3`, { anonymousId: id, ts: at(skew), sentAt: new Date(at(skew)).toISOString() });
    expect(await postEvents(nowcast, single)).toMatchObject({ accepted: 1 });

    const { profile } = await decide(nowcast, { anonymousId: id });
    expect(profile?.session).toMatchObject({ events: 3 });
    const { touches } = (await profileOf(id, "anonymous")) as unknown as { touches: { at: number }[] };
    expect(touches.every((touch) => Math.abs(touch.at - Date.now()) < 60_000)).toBe(true);
  });

  test("an hour ahead and not known to be is refused, by field and limit", async () => {
    const answer = await postEvents(nowcast, event("ahead-1", { anonymousId: "ahead", ts: at(3_600_000) }));
    expect(answer.rejected).toMatchObject([
      { code: "ts_in_future", message: expect.stringContaining("limit is 300000 ms") },
    ]);
  });

  test("a time of sending that is none is a problem of the request", async () => {
    const response = await nowcast.request("/v1/events", { json: { sentAt: "noon", events: [event("noon-1")] } });
    const { errors } = await problemOf(response, 400, "invalid_request");
    expect(errors).toMatchObject([{ field: "sentAt" }]);
  });
});

describe("what comes late, and from bots", () => {
  test("is marked in the lake; where the client said nothing, a click has the position that it had", async () => {
    const minute = 60_000;
    const now = Date.now() - 10 * minute;
    const anonymousId = "late";
    const list = { type: "view_item_list", items: [{ id: "x" }, { id: "y" }], ts: now };
    await postEvents(nowcast, { ...event("late-1", list), anonymousId });
    await postEvents(nowcast, {
      id: "late-2",
      type: "select_item",
      items: [{ id: "y" }],
      ts: now + 5 * minute,
      anonymousId,
    });
    await postEvents(nowcast, { id: "late-3", type: "page_view", ts: now + minute, anonymousId });
    const rows = await rowsInLake(nowcast, "events", "id", ["late-1", "late-2", "late-3"]);
    const row = (id: string) => rows.find((one) => one.id === id);
    expect(row("late-3")).toMatchObject({ late: true });
    expect(row("late-2")).toMatchObject({ late: null, position: 1 });
  });

  test("a user agent that declares itself a bot is kept out of the statistics of items", async () => {
    const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const bot = { context: { userAgent: googlebot }, anonymousId: "bot" };
    await postEvents(nowcast, event("bot-1", bot));
    const browser = { key: KEYS.public, token: await tokenFor("headless"), headers: { "user-agent": googlebot } };
    await postEvents(nowcast, event("bot-2"), browser);
    const [first, second] = await rowsInLake(nowcast, "events", "id", ["bot-1", "bot-2"]);
    expect([first?.bot, second?.bot]).toEqual([true, true]);
    const human = { ...browser, token: await tokenFor("human"), headers: { "user-agent": firefox } };
    await postEvents(nowcast, event("human-1"), human);
    expect((await rowsInLake(nowcast, "events", "id", ["human-1"]))[0]).toMatchObject({ bot: null });
  });
});

test("a session's first page, campaign, device and place are known, and its local time by the time zone", async () => {
  const context = {
    url: "https://shop.example/lamps?utm_source=news&utm_medium=email",
    userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
    country: "IN",
    city: "Pune",
    timezone: "Asia/Kolkata",
  };
  await postEvents(nowcast, { id: "place-1", type: "page_view", anonymousId: "place", context });
  const response = await nowcast.request("/v1/users/place/profile?kind=anonymous");
  expect(await response.json()).toMatchObject({
    profile: {
      session: {
        landing: "/lamps",
        referrer: "email",
        campaign: { source: "news" },
        device: "mobile",
        country: "IN",
        city: "Pune",
        utcOffsetMinutes: 330,
      },
    },
  });
  const decision = await decisionOf(
    nowcast.request("/v1/decide", { json: { anonymousId: "place", placements: HOME } }),
  );
  expect(decision.profile).toHaveProperty("intents");
});
