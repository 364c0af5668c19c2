// Consent: what is refused leaves nothing behind, neither an object nor a row, and decisions go on without a profile.
import { describe, expect, test } from "vitest";
import { decide, decisionOf, HOME, postEvents } from "./support/answers.ts";
import { readLake, rowsInLake } from "./support/lake.ts";
import { KEYS, type RequestOptions, useSystem } from "./support/system.ts";
import { readToken, tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();
const event = (id: string, more: object = {}) => ({ id, type: "page_view", ...more });
const GPC = { key: KEYS.public, headers: { "sec-gpc": "1" } };
const NO = { analytics: false, personalization: false };
const YES = { analytics: true, personalization: true };
const NOT_KEPT = { status: "rejected", code: "no_consent" };

const objects = () => nowcast.harness.getWorker("nowcast-objects").listDurableObjectIds("VisitorProfile");

/** What calls that must leave no object behind lead to. */
async function withoutTrace<T>(calls: () => Promise<T>): Promise<T> {
  const before = await objects();
  const result = await calls();
  expect(await objects()).toEqual(before);
  return result;
}

const decideWith = (json: object, options: RequestOptions) =>
  decisionOf(nowcast.request("/v1/decide", { json: { placements: HOME, ...json }, ...options }));

test("a browser's Sec-GPC refuses events, with a token and without, and creates no object", async () => {
  const token = await tokenFor("gpc");
  const sent = { events: [event("gpc-1"), event("gpc-2", { anonymousId: "gpc" })] };

  for (const options of [GPC, { ...GPC, token }]) {
    const answer = await withoutTrace(() => postEvents(nowcast, sent, options));
    expect(answer).toMatchObject({ accepted: 0, duplicates: 0 });
    expect(answer.rejected).toMatchObject([
      { index: 0, id: "gpc-1", code: "no_consent", retryable: false },
      { index: 1, id: "gpc-2", code: "no_consent", retryable: false },
    ]);
  }
});

test("under Sec-GPC a decision has no profile, records no event and creates no object", async () => {
  for (const token of [undefined, await tokenFor("gpc-decide")]) {
    const options = { ...GPC, ...(token === undefined ? {} : { token }) };
    const decision = await withoutTrace(() => decideWith({ event: event("gpc-3") }, options));
    expect(decision.event).toMatchObject(NOT_KEPT);
    expect(decision).not.toHaveProperty("profile");
    expect(decision.placements).toHaveProperty("home");
  }
});

test("consent that was given explicitly, in the token or with the event, outweighs Sec-GPC", async () => {
  const token = await tokenFor("explicit", { consent: YES });
  const byContext = event("explicit-2", { context: { consent: YES } });

  expect(await postEvents(nowcast, event("explicit-1"), { ...GPC, token })).toMatchObject({ accepted: 1 });
  expect(await postEvents(nowcast, byContext, GPC)).toMatchObject({ accepted: 1 });
});

test("a refusal in the token holds without Sec-GPC, and is handed on in the next token", async () => {
  const token = await tokenFor("refuser", { consent: NO });
  const options = { key: KEYS.public, token };

  const decision = await withoutTrace(() => decideWith({ event: event("refused-1") }, options));
  const answer = await withoutTrace(() => postEvents(nowcast, event("refused-2"), options));

  expect(decision.event).toMatchObject(NOT_KEPT);
  expect((await readToken(decision.visitorToken)).consent).toEqual(NO);
  expect(answer.rejected).toMatchObject([{ code: "no_consent" }]);
});

test("a server's own Sec-GPC says nothing about its visitors", async () => {
  const options = { headers: { "sec-gpc": "1" } };

  expect(await postEvents(nowcast, event("server-1", { anonymousId: "server" }), options)).toMatchObject({
    accepted: 1,
  });
});

test("a server says by context.consent what a visitor refused, for one event or for a whole decision", async () => {
  const refusal = { context: { consent: NO } };
  const refused = event("context-1", { anonymousId: "context", ...refusal });

  const answer = await withoutTrace(() => postEvents(nowcast, refused));
  const decision = await withoutTrace(() =>
    decide(nowcast, { anonymousId: "context", ...refusal, event: event("context-2") }),
  );
  expect(answer.rejected).toMatchObject([{ code: "no_consent" }]);
  expect(decision.event).toMatchObject(NOT_KEPT);
  expect(decision).not.toHaveProperty("profile");

  const kept = { events: [refused, event("context-3", { anonymousId: "context" })] };
  expect(await postEvents(nowcast, kept)).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "no_consent" }] });
  expect(await decide(nowcast, { anonymousId: "context", ...refusal })).not.toHaveProperty("profile");
  expect((await decide(nowcast, { anonymousId: "context" })).profile).toMatchObject({ seq: 1 });
});

test("nothing of a visitor who refused stands in the lake, not even what was invalid", async () => {
  const invalid = { type: "NOT VALID" };
  await postEvents(nowcast, event("trace-1", invalid), GPC);
  await postEvents(nowcast, event("trace-2", { ...invalid, context: { consent: NO } }));
  await decide(nowcast, { anonymousId: "trace", context: { consent: NO }, event: event("trace-3", invalid) });
  const noAnalytics = { context: { consent: { analytics: false } } };
  await postEvents(nowcast, event("trace-6", { ...invalid, ...noAnalytics }));
  await postEvents(nowcast, event("trace-7", { ...invalid, context: { consent: { personalization: false } } }));
  await postEvents(nowcast, event("trace-4", { ...invalid, anonymousId: "trace" }));
  await postEvents(nowcast, event("trace-5", { anonymousId: "trace" }));

  const kept = [
    ...(await rowsInLake(nowcast, "events", "id", ["trace-5"])),
    ...(await rowsInLake(nowcast, "failed_events", "id", ["trace-4"])),
  ];
  expect(kept).toHaveLength(2);
  const ids = [...(await readLake(nowcast, "events")), ...(await readLake(nowcast, "failed_events"))].map(
    ({ id }) => id,
  );
  expect(ids.toSorted()).toEqual(["context-3", "explicit-1", "explicit-2", "server-1", "trace-4", "trace-5"]);
});

describe("analytics × personalization", () => {
  const ITEM = { id: "sku-1", price: 4, category: "lamps" };
  const CASES = [
    { analytics: true, personalization: true, object: true, profile: true, lake: "linked" },
    { analytics: true, personalization: false, object: false, profile: false, lake: "detached" },
    { analytics: false, personalization: true, object: true, profile: true, lake: "nothing" },
    { analytics: false, personalization: false, object: false, profile: false, lake: "nothing" },
  ] as const;

  test.each(CASES)("$analytics × $personalization: object $object, profile $profile, lake $lake", async (row) => {
    const { analytics, personalization } = row;
    const id = `case-${analytics}-${personalization}`;
    const context = { consent: { analytics, personalization }, url: "https://shop.example/?secret=1", country: "DE" };
    const sent = event(`${id}-1`, {
      anonymousId: id,
      type: "add_to_cart",
      items: [ITEM],
      context,
      query: "private words",
    });
    const before = await objects();

    const answer = await postEvents(nowcast, sent);
    expect(answer).toMatchObject({ accepted: row.object || row.lake === "detached" ? 1 : 0 });
    const decision = await decide(nowcast, { anonymousId: id, context: { consent: { analytics, personalization } } });
    expect("profile" in decision).toBe(row.profile);
    expect((await objects()).length - before.length).toBe(row.object ? 1 : 0);

    // What is sent behind it is in the lake: so would this be.
    await postEvents(nowcast, event(`${id}-marker`, { anonymousId: "marker" }));
    await rowsInLake(nowcast, "events", "id", [`${id}-marker`]);
    const rows = (await readLake(nowcast, "events")).filter(({ type }) => type === "add_to_cart");
    const own = rows.filter(({ id: rowId }) => rowId === `${id}-1`);
    expect(own).toHaveLength(row.lake === "linked" ? 1 : 0);
    if (row.lake === "linked") expect(own).toMatchObject([{ anonymous_id: id, query: "private words" }]);
  });

  test("a detached row tells what happened to the items, once, and nothing of whom it came from", async () => {
    const consent = { analytics: true, personalization: false };
    const sent = event("detached-1", {
      type: "purchase",
      anonymousId: "nobody's business",
      items: [{ ...ITEM, quantity: 2, note: "for my aunt" }],
      value: 8,
      orderId: "order-77",
      query: "a present",
      context: {
        consent,
        url: "https://shop.example/?mail=me",
        country: "AT",
        userAgent: "Mozilla/5.0 (iPhone) Mobile",
      },
      properties: { name: "me" },
    });
    for (let i = 0; i < 3; i++) expect(await postEvents(nowcast, sent)).toMatchObject({ accepted: 1 });
    await postEvents(nowcast, event("detached-marker", { anonymousId: "marker" }));
    await rowsInLake(nowcast, "events", "id", ["detached-marker"]);

    const rows = (await readLake(nowcast, "events")).filter(({ type, visitor }) => type === "purchase" && !visitor);
    expect(rows).toHaveLength(1);
    const told = Object.fromEntries(
      Object.entries(rows[0] ?? {}).filter(([, value]) => value !== null && value !== undefined),
    );
    expect(told).toMatchObject({
      type: "purchase",
      items: [{ id: "sku-1", price: 4, quantity: 2, category: "lamps" }],
      value: 8,
      context: { country: "AT", device: "mobile" },
    });
    expect(Object.keys(told).toSorted()).toEqual(["context", "items", "received_at", "ts", "type", "value"]);
    expect(JSON.stringify(told)).not.toMatch(/aunt|nobody|order-77|present|mail=|iPhone/);
  });

  test("detached events of two visitors are two, also when both number theirs from 1", async () => {
    const consent = { analytics: true, personalization: false };
    const sent = (anonymousId: string) =>
      event("1", { type: "refund", anonymousId, items: [ITEM], value: 1, context: { consent } });
    for (const who of ["numbers-1", "numbers-2", "numbers-1"]) await postEvents(nowcast, sent(who));
    await postEvents(nowcast, event("numbers-marker", { anonymousId: "marker" }));
    await rowsInLake(nowcast, "events", "id", ["numbers-marker"]);
    const rows = (await readLake(nowcast, "events")).filter(({ type }) => type === "refund");
    expect(rows).toHaveLength(2);
  });

  test.each([
    ["a word", { analytics: false, personalization: "no" }],
    ["a number", { analytics: 0 }],
    ["no object", "denied"],
    ["false", false],
  ])("what is said of consent and cannot be read is a no: %s", async (_, consent) => {
    const id = `unreadable-${JSON.stringify(consent)}`;
    const answer = await postEvents(nowcast, event(id, { anonymousId: "unreadable", context: { consent } }));
    expect(answer.rejected).toMatchObject([{ code: "invalid_event" }]);
    await postEvents(nowcast, event(`${id}-marker`, { type: "NOT VALID", anonymousId: "marker" }));
    await rowsInLake(nowcast, "failed_events", "id", [`${id}-marker`]);
    expect((await readLake(nowcast, "failed_events")).filter((row) => row.id === id)).toEqual([]);
  });

  test("a refusal in the token of a device holds when a server logs its visitor in", async () => {
    const token = await tokenFor("before-login", { consent: NO });
    const login = event("before-1", { type: "login", anonymousId: "before-login", userId: "after-login" });
    const answer = await withoutTrace(() => postEvents(nowcast, login, { token }));
    expect(answer.rejected).toMatchObject([{ code: "no_consent" }]);
  });

  test("withdrawal erases the profile, whatever waits to be sent included, and the new token says no", async () => {
    const token = await tokenFor("leaver");
    const own = { key: KEYS.public, token };
    await postEvents(nowcast, event("leaver-1"), own);
    expect(await decideWith({}, own)).toMatchObject({ profile: { seq: 1 } });

    const response = await nowcast.request("/v1/users/leaver/consent?kind=anonymous", {
      ...own,
      method: "PUT",
      json: { analytics: false, personalization: false },
    });
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { erased: boolean; visitorToken: string };
    expect(answer).toMatchObject({ id: "leaver", kind: "anonymous", consent: NO, erased: true });
    expect((await readToken(answer.visitorToken)).consent).toEqual(NO);
    const refused = { key: KEYS.public, token: answer.visitorToken };
    expect(await postEvents(nowcast, event("leaver-2"), refused)).toMatchObject({ accepted: 0 });
    expect(await decideWith({}, refused)).not.toHaveProperty("profile");
    expect((await nowcast.request("/v1/users/leaver/profile?kind=anonymous")).status).toBe(404);
  });

  test("another visitor's consent is nobody's to give", async () => {
    const options = { key: KEYS.public, token: await tokenFor("one"), method: "PUT", json: YES };
    expect((await nowcast.request("/v1/users/two/consent?kind=anonymous", options)).status).toBe(403);
    expect((await nowcast.request("/v1/users/two/consent", { method: "PUT", json: { analytics: "yes" } })).status).toBe(
      400,
    );
  });
});
