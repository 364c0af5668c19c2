// POST /v1/events as its callers know it: bodies, counts, times, identities, and what a decision makes of them at once.
import { expect, test } from "vitest";
import { decide, decisionOf, eventsAnswer, HOME, postEvents, problemOf } from "./support/answers.ts";
import { readLake, rowsInLake } from "./support/lake.ts";
import { KEYS, type System, useSystem } from "./support/system.ts";
import { readToken } from "./support/tokens.ts";

const nowcast = useSystem();

const view = (id: string, anonymousId: string, more: object = {}) => ({
  id,
  type: "view_item",
  anonymousId,
  items: [{ id: "sku-1" }],
  ...more,
});

test("one event is accepted and counted", async () => {
  const response = await nowcast.request("/v1/events", { json: view("one-1", "one") });

  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await eventsAnswer(response)).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
});

test("a batch of the allowed 500 events is accepted whole and in order", async () => {
  const events = Array.from({ length: 500 }, (_, i) => view(`many-${i}`, "many", { items: [{ id: `sku-${i}` }] }));

  expect(await postEvents(nowcast, { events })).toEqual({ accepted: 500, duplicates: 0, rejected: [] });

  const { profile } = await profileOf(nowcast, "many");
  expect(profile.seq).toBe(500);
  expect(profile.touches.at(-1)?.itemId).toBe("sku-499");
});

test.each(["application/x-ndjson", "Application/X-NDJSON; charset=utf-8"])(
  "lines of NDJSON are events, blank lines are none (%s)",
  async (type) => {
    const visitor = `ndjson ${type}`;
    const lines = [view("nd-1", visitor), view("nd-2", visitor)].map((event) => JSON.stringify(event));
    const body = `${lines.join("\r\n")}\r\n\n`;

    const response = await nowcast.request("/v1/events", { body, headers: { "content-type": type } });

    expect(await eventsAnswer(response)).toEqual({ accepted: 2, duplicates: 0, rejected: [] });
  },
);

test("an id sent again is a duplicate, within a batch and across batches, and is folded once", async () => {
  const events = [view("dup-1", "dup"), view("dup-2", "dup"), view("dup-1", "dup")];

  expect(await postEvents(nowcast, { events })).toMatchObject({ accepted: 2, duplicates: 1 });
  expect(await postEvents(nowcast, { events })).toMatchObject({ accepted: 0, duplicates: 3 });
  expect(await postEvents(nowcast, view("dup-3", "dup"))).toMatchObject({ accepted: 1, duplicates: 0 });
  expect((await profileOf(nowcast, "dup")).profile.seq).toBe(3);
});

test("an id is unique to its visitor: two visitors may send the same one", async () => {
  const events = [view("same", "twin-a"), view("same", "twin-b")];

  expect(await postEvents(nowcast, { events })).toMatchObject({ accepted: 2, duplicates: 0 });
});

test("events of several visitors in one batch each reach their own visitor", async () => {
  const events = [
    view("mix-1", "mix-a", { items: [{ id: "for-a" }] }),
    { ...view("mix-2", ""), anonymousId: undefined, userId: "mix-a", items: [{ id: "for-user" }] },
    view("mix-3", "mix-b", { items: [{ id: "for-b" }] }),
    view("mix-4", "mix-a", { items: [{ id: "for-a-too" }] }),
  ];

  expect(await postEvents(nowcast, { events })).toMatchObject({ accepted: 4, rejected: [] });

  expect(await touched("mix-a")).toEqual(["for-a", "for-a-too"]);
  expect(await touched("mix-b")).toEqual(["for-b"]);
  expect(await touched("mix-a", "user")).toEqual(["for-user"]);
});

test("good events of a batch are kept when others are rejected, each with index, id, code and reason", async () => {
  const events = [view("mixed-1", "mixed"), view("mixed-2", "mixed", { type: "View Item" }), view("mixed-3", "mixed")];

  const answer = await postEvents(nowcast, { events });

  expect(answer).toMatchObject({ accepted: 2, duplicates: 0 });
  expect(answer.rejected).toEqual([
    {
      index: 1,
      id: "mixed-2",
      code: "invalid_event",
      message: 'type: must be 1 to 40 characters of [a-z0-9_] (got "View Item")',
      retryable: false,
    },
  ]);
  expect((await profileOf(nowcast, "mixed")).profile.seq).toBe(2);
});

test("accepted events stand in the lake once, rejected ones beside them with the reason and what was sent", async () => {
  const events = [
    view("lake-1", "lake"),
    view("lake-2", "lake", { items: [{ id: "" }] }),
    view("lake-1", "lake"),
    { id: "lake-3", type: "page_view" },
  ];

  expect(await postEvents(nowcast, { events })).toMatchObject({ accepted: 1, duplicates: 1 });

  const failed = await rowsInLake(nowcast, "failed_events", "id", ["lake-2", "lake-3"]);
  expect(failed).toHaveLength(2);
  expect(failed.find(({ id }) => id === "lake-2")).toMatchObject({
    code: "invalid_event",
    message: 'items.0.id: must not be empty (got "")',
    raw: JSON.stringify(events[1]),
  });
  expect(failed.find(({ id }) => id === "lake-3")).toMatchObject({
    code: "identity_missing",
    raw: JSON.stringify(events[3]),
  });
  expect(await rowsInLake(nowcast, "events", "id", ["lake-1"])).toMatchObject([
    { id: "lake-1", type: "view_item", anonymous_id: "lake", seq: 1n, items: [{ id: "sku-1" }] },
  ]);
});

test("an event without a time has that of its receipt", async () => {
  const before = Date.now();
  await postEvents(nowcast, view("now-1", "now"));
  const after = Date.now();

  const { lastAt } = (await profileOf(nowcast, "now")).profile;
  expect(lastAt).toBeGreaterThanOrEqual(before);
  expect(lastAt).toBeLessThanOrEqual(after);
});

test.each([1_732_280_000_000, "2024-11-22T12:53:20Z", "2024-11-22T13:53:20.000+01:00"])(
  "a time may be epoch milliseconds or ISO 8601 (%s)",
  async (ts) => {
    await postEvents(nowcast, view("time-1", `time ${ts}`, { ts }));

    expect((await profileOf(nowcast, `time ${ts}`)).profile.lastAt).toBe(1_732_280_000_000);
  },
);

test("a replay makes an event's time its time of receipt", async () => {
  const ts = Date.parse("2020-05-05T10:00:00Z");

  await postEvents(nowcast, view("replay-1", "replay", { ts }), { headers: { "nowcast-replay": "true" } });

  const [row] = await rowsInLake(nowcast, "events", "id", ["replay-1"]);
  expect(row).toMatchObject({ ts: new Date(ts), received_at: new Date(ts) });
});

test("a public key may not replay", async () => {
  const response = await nowcast.request("/v1/events", {
    json: view("replay-2", "replay"),
    key: KEYS.public,
    headers: { "nowcast-replay": "true" },
  });

  await problemOf(response, 403, "secret_key_required");
});

test("the very next decision knows the event", async () => {
  for (const seq of [1, 2, 3]) {
    await postEvents(nowcast, view(`next-${seq}`, "next"));
    const decision = await decide(nowcast, { anonymousId: "next" });
    expect(decision.degraded).not.toContain("profile_timeout");
    expect(decision.profile).toMatchObject({ seq, session: { events: seq } });
  }
});

test("an event inside a decision counts in that decision, and once", async () => {
  const request = { anonymousId: "inside", event: view("in-1", "inside") };

  const first = await decide(nowcast, request);
  const again = await decide(nowcast, request);

  expect(first).toMatchObject({ event: { status: "accepted" }, profile: { seq: 1 } });
  expect(again).toMatchObject({ event: { status: "duplicate" }, profile: { seq: 1 } });
});

test("a beacon carries the public key in its URL and JSON as plain text", async () => {
  const response = await nowcast.request(`/v1/events?key=${KEYS.public}`, {
    key: null,
    body: JSON.stringify({ id: "beacon-1", type: "page_view" }),
    headers: { "content-type": "text/plain;charset=UTF-8" },
  });

  const answer = await eventsAnswer(response);
  expect(answer).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
  expect((await readToken(answer.visitorToken)).visitor.kind).toBe("a");
});

test("a secret key in a URL is refused, and no key in a URL opens anything but events", async () => {
  const json = view("url-1", "url");
  const options = { key: null, json };

  await problemOf(await nowcast.request(`/v1/events?key=${KEYS.secret}`, options), 403, "secret_key_in_url");
  await problemOf(
    await nowcast.request(`/v1/decide?key=${KEYS.public}`, { key: null, json: { placements: HOME } }),
    401,
    "key_missing",
  );
  expect((await nowcast.request("/v1/users/url/profile?kind=anonymous")).status).toBe(404);
});

test("HTTP Basic takes the key as user name", async () => {
  const response = await nowcast.request("/v1/events", {
    key: null,
    json: view("basic-1", "basic"),
    headers: { authorization: `Basic ${btoa(`${KEYS.secret}:`)}` },
  });

  expect(await eventsAnswer(response)).toMatchObject({ accepted: 1 });
});

test("a browser of any origin may ask, and hears so before and after", async () => {
  const preflight = await nowcast.request("/v1/events", {
    method: "OPTIONS",
    key: null,
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-nowcast-visitor",
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  expect(preflight.headers.get("access-control-allow-methods")).toMatch(/\bPOST\b/);
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(
    /authorization.*content-type.*x-nowcast-visitor/,
  );

  const headers = { origin: "https://shop.example" };
  for (const options of [{ json: view("cors-1", "cors") }, { json: view("cors-1", "cors"), key: "pk_wrong" }]) {
    const response = await nowcast.request("/v1/events", { ...options, headers });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toMatch(/server-timing/);
  }
});

test("answers tell the time that they took as Server-Timing", async () => {
  const events = await nowcast.request("/v1/events", { json: view("timing-1", "timing") });
  const decision = await nowcast.request("/v1/decide", { json: { anonymousId: "timing", placements: HOME } });

  expect(events.headers.get("server-timing")).toMatch(/^total;dur=\d+(\.\d+)?$/);
  const { timings } = await decisionOf(Promise.resolve(decision));
  for (const [stage, duration] of Object.entries(timings)) {
    expect(decision.headers.get("server-timing")).toContain(`${stage};dur=${duration}`);
  }
});

test("one site's visitors and lake are invisible to the other", async () => {
  await postEvents(nowcast, view("site-1", "sited"), { key: KEYS.otherSecret });

  expect((await nowcast.request("/v1/users/sited/profile?kind=anonymous")).status).toBe(404);
  await expect
    .poll(async () => (await readLake(nowcast, "events", { key: KEYS.otherSecret })).map(({ id }) => id), {
      timeout: 20_000,
    })
    .toEqual(["site-1"]);
  expect((await readLake(nowcast, "events")).map(({ id }) => id)).not.toContain("site-1");
});

interface StoredProfile {
  readonly profile: { seq: number; lastAt: number; touches: { itemId: string }[] };
}

async function profileOf(system: System, id: string, kind = "anonymous"): Promise<StoredProfile> {
  const response = await system.request(`/v1/users/${encodeURIComponent(id)}/profile?kind=${kind}`);
  expect(response.status).toBe(200);
  return (await response.json()) as StoredProfile;
}

async function touched(id: string, kind?: string): Promise<string[]> {
  return (await profileOf(nowcast, id, kind)).profile.touches.map(({ itemId }) => itemId);
}
