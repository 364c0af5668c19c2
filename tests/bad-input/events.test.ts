// Single events that do not fit, each between two that do: the good ones are kept, the bad one is told of and kept aside.
import { afterAll, describe, expect, test } from "vitest";
import { decide, eventsAnswer, postEvents } from "../support/answers.ts";
import { readLake, rowsInLake } from "../support/lake.ts";
import { useSystem } from "../support/system.ts";

const nowcast = useSystem();
const MINUTE_MS = 60_000;
const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

/** Ids of the events that were accepted, and of those that were rejected and had a readable id. */
const accepted: string[] = [];
const rejected: string[] = [];
let cases = 0;

/** What one event of JSON text between two good ones leads to. `ID` in the text becomes an id of its own. */
async function sendBetween(text: string): Promise<{ code: string; message: string } | null> {
  const name = `case-${cases++}`;
  const good = (part: string) => JSON.stringify({ id: `${name}-${part}`, type: "page_view", anonymousId: name });
  const body = `{"events":[${good("before")},${text.replace("ID", `${name}-bad`)},${good("after")}]}`;
  const answer = await eventsAnswer(await nowcast.request("/v1/events", { body }));
  accepted.push(`${name}-before`, `${name}-after`);
  expect(answer.duplicates).toBe(0);
  const [rejection] = answer.rejected;
  if (rejection === undefined) {
    expect(answer.accepted).toBe(3);
    return null;
  }
  expect(answer).toMatchObject({ accepted: 2, rejected: [{ index: 1, retryable: false }] });
  if (text.includes('"id":"ID"')) {
    expect(rejection.id).toBe(`${name}-bad`);
    rejected.push(`${name}-bad`);
  }
  const profile = await nowcast.request(`/v1/users/${name}/profile?kind=anonymous`);
  expect(await profile.json()).toMatchObject({ profile: { seq: 2 } });
  return rejection;
}

const withField = (json: string) => `{"id":"ID","type":"view_item","anonymousId":"bad",${json}}`;
const withId = (json: string) => `{"id":${json},"type":"view_item","anonymousId":"bad"}`;

describe("an event is rejected with the field, the value and the limit", () => {
  test.each([
    ["no id", '{"type":"page_view","anonymousId":"bad"}', /^id: /],
    ["an empty id", withId('""'), /^id: must not be empty/],
    ["an id of 65 bytes", withId(JSON.stringify("x".repeat(65))), /^id: must be at most 64 bytes of UTF-8 \(got "x/],
    [
      "an id of 65 bytes in 33 characters",
      withId(JSON.stringify(`${"é".repeat(32)}x`)),
      /^id: must be at most 64 bytes/,
    ],
    ["an id of 17 emoji", withId(JSON.stringify("🙂".repeat(17))), /^id: must be at most 64 bytes/],
    ["an id with NUL", withId('"a\\u0000b"'), /^id: must not contain control characters \(got "a\\u0000b"\)/],
    ["an id with a line feed", withId('"a\\nb"'), /^id: must not contain control characters/],
    ["an id with a C1 control", withId('"a\\u0085b"'), /^id: must not contain control characters/],
    ["an id with a line separator", withId('"a\\u2028b"'), /^id: must not contain control characters/],
    ["an id with half a surrogate pair", withId('"a\\ud83d"'), /^id: must be well-formed Unicode/],
    ["a number as id", withId("7"), /^id: .*expected string.*got 7/],
    ["no type", '{"id":"ID","anonymousId":"bad"}', /^type: /],
    [
      "a type in capitals",
      '{"id":"ID","type":"Purchase","anonymousId":"bad"}',
      /^type: .*\[a-z0-9_\] \(got "Purchase"\)/,
    ],
    ["a type of 41 characters", `{"id":"ID","type":"${"x".repeat(41)}","anonymousId":"bad"}`, /^type: must be 1 to 40/],
    ["an empty anonymous id", '{"id":"ID","type":"x","anonymousId":""}', /^anonymousId: must not be empty/],
    ["a user id of 257 bytes", withField(`"userId":"${"u".repeat(257)}"`), /^userId: must be at most 256 bytes/],
    ["a user id with ESC", withField('"userId":"\\u001b[2J"'), /^userId: must not contain control characters/],
    ["101 items", withField(`"items":${JSON.stringify(Array(101).fill({ id: "i" }))}`), /^items: .*100/],
    [
      "an item id of 129 bytes",
      withField(`"items":[{"id":"${"i".repeat(129)}"}]`),
      /^items\.0\.id: must be at most 128/,
    ],
    ["a negative price", withField('"items":[{"id":"i","price":-1}]'), /^items\.0\.price: .*>=0 \(got -1\)/],
    ["a value past all sums", withField('"value":1e300'), /^value: .*1000000000000 \(got 1e\+300\)/],
    ["an infinite value", withField('"value":1e999'), /^value: /],
    ["a position below 0", withField('"position":-1'), /^position: .*>=0 \(got -1\)/],
    ["a position between two", withField('"position":1.5'), /^position: /],
    ["a position past an INT32", withField('"position":2147483648'), /^position: .*2147483647/],
    ["a currency in small letters", withField('"currency":"eur"'), /^currency: .*EUR \(got "eur"\)/],
    ["a decision id of 1,025 bytes", withField(`"decisionId":"${"d".repeat(1025)}"`), /^decisionId: .*1024 bytes/],
    ["a URL of 4,097 bytes", withField(`"context":{"url":"${"u".repeat(4097)}"}`), /^context\.url: .*4096 bytes/],
    ["a context of text", withField('"context":"web"'), /^context: .*got "web"/],
    ["properties of text", withField('"properties":"red"'), /^properties: .*got "red"/],
    [
      "half a surrogate pair in a property",
      withField('"properties":{"a":["\\udc00"]}'),
      /^properties\.a\.0: .*well-formed/,
    ],
    ["half a surrogate pair as a key", withField('"properties":{"\\ud800":1}'), /^properties\.\ufffd: .*well-formed/],
    ["null", "null", /^body: .*got null/],
    ["a number", "5", /^body: .*got 5/],
    ["a list", "[]", /^body: .*got \[0 elements\]/],
    ["thousands of mistakes", withField(`"items":[${"{},".repeat(59)}{}]`), /^items\.0\.id: .*; and 57 more$/],
  ])("%s", async (_, text, message) => {
    const rejection = await sendBetween(text);

    expect(rejection).toMatchObject({ code: "invalid_event", message: expect.stringMatching(message) });
    expect(rejection?.message.length).toBeLessThan(1000);
  });

  test.each([
    ["six minutes ahead", String(Date.now() + 6 * MINUTE_MS), "ts_in_future", /limit is 300000 ms/],
    ["in the year 9999", '"9999-12-31T23:59:59Z"', "ts_in_future", /ts: 253402300799000/],
    ["1e300", "1e300", "ts_in_future", /ts: 1e\+300/],
    ["in 1970", "0", "ts_too_old", /ts: 0 is before 2000-01-01 \(946684800000\)/],
    ["before 1970", '"1912-06-23T00:00:00Z"', "ts_too_old", /is before 2000-01-01/],
    ["in seconds", "1732280000", "ts_too_old", /looks like seconds/],
    ["null", "null", "invalid_event", /^ts: must be epoch milliseconds or an ISO 8601 date with a zone \(got null\)/],
    ["NaN as text", '"NaN"', "invalid_event", /^ts: must be epoch/],
    ["infinite", "1e999", "invalid_event", /^ts: must be epoch/],
    ["a day that is none", '"2024-02-30T00:00:00Z"', "invalid_event", /^ts: must be epoch/],
    ["without a zone", '"2024-02-03T00:00:00"', "invalid_event", /^ts: must be epoch/],
  ])("a time %s", async (_, ts, code, message) => {
    expect(await sendBetween(withField(`"ts":${ts}`))).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each([
    [
      "an event of 33 KB",
      withField(`"properties":{"a":"${"x".repeat(33 * 1024)}"}`),
      "event_too_large",
      /limit is 32768/,
    ],
    [
      "an event of 33 KB in bytes alone",
      withField(`"properties":{"a":"${"€".repeat(11 * 1024)}"}`),
      "event_too_large",
      /limit is 32768/,
    ],
    [
      "an event that is small as it was written and large as it is kept",
      withField(`"properties":{"a":[${Array(6000).fill("1e20").join()}]}`),
      "event_too_large",
      /limit is 32768/,
    ],
    ["17 levels", withField(`"properties":${nested(17)}`), "too_deep", /^properties\.a.*deeper than 16 levels/],
    [
      "100,000 levels",
      withField(`"properties":${nested(100_000)}`),
      "too_deep",
      /^properties\.a.*deeper than 16 levels/,
    ],
    ["nobody named", '{"id":"ID","type":"page_view"}', "identity_missing", /^anonymousId, userId: at least one/],
  ])("%s", async (_, text, code, message) => {
    expect(await sendBetween(text)).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("an event is accepted, however odd", () => {
  test.each([
    ["an id of 64 bytes in 32 characters", withId(JSON.stringify("é".repeat(32)))],
    ["an id of emoji and right-to-left text", withId('"🙂 שלום عدد"')],
    ["an id that is a name of the language", withId('"__proto__"')],
    ["a visitor who is a name of the language", '{"id":"ID","type":"x","anonymousId":"constructor"}'],
    ["a custom type that is one", '{"id":"ID","type":"__proto__","anonymousId":"bad"}'],
    ["a key __proto__", withField('"__proto__":{"anonymousId":"victim"},"properties":{"__proto__":{"isAdmin":true}}')],
    [
      "keys __proto__ in items and context",
      withField('"items":[{"id":"i","__proto__":{"price":-1}}],"context":{"__proto__":1}'),
    ],
    ["16 levels", withField(`"properties":${nested(16)}`)],
    ["four minutes ahead", withField(`"ts":${Date.now() + 4 * MINUTE_MS}`)],
    ["an item that no catalogue knows", withField('"items":[{"id":"never-heard-of"}]')],
    ["a made-up receipt", withField('"decisionId":"d1.AAAA.BBBB"')],
    ["a list id of the client's own", withField('"decisionId":"list-7"')],
    ["control characters in free text", withField('"query":"a\\u0000b\\n","properties":{"\\u0001":"\\u0002"}')],
  ])("%s", async (_, text) => {
    expect(await sendBetween(text)).toBeNull();
  });

  test("and nobody was named by a key __proto__", async () => {
    expect((await nowcast.request("/v1/users/victim/profile?kind=anonymous")).status).toBe(404);
  });
});

// The fold and the outcome counts look the type up in plain objects, and find what those inherit.
test.each(["__proto__", "constructor"])("a custom type %s leaves its visitor's profile whole", async (type) => {
  const anonymousId = `typed ${type}`;
  const event = { id: "typed-1", type, anonymousId, items: [{ id: "sku-1" }] };
  expect(await postEvents(nowcast, event)).toMatchObject({ accepted: 1 });

  const { degraded, profile } = await decide(nowcast, { anonymousId });

  expect(profile).toMatchObject({ seq: 1 });
  expect(degraded).not.toContain("profile_failed");
  const stored = await nowcast.request(`/v1/users/${encodeURIComponent(anonymousId)}/profile?kind=anonymous`);
  expect(await stored.json()).toMatchObject({ profile: { touches: [] } });
});

test("a replay takes old times, but none that no log can hold and none to come", async () => {
  const replayed = (id: string, ts: unknown) => ({ id, type: "page_view", anonymousId: "old", ts });
  const events = [
    replayed("old-1", Date.parse("2001-01-01T00:00:00Z")),
    replayed("old-2", 1e300),
    replayed("old-3", 0),
    replayed("old-4", Date.now() + 6 * 60_000),
  ];

  const answer = await postEvents(nowcast, { events }, { headers: { "nowcast-replay": "true" } });

  expect(answer).toMatchObject({
    accepted: 1,
    rejected: [{ code: "ts_in_future" }, { code: "ts_too_old" }, { code: "ts_in_future" }],
  });
  accepted.push("old-1");
  rejected.push("old-2", "old-3", "old-4");
});

test("a rejected event that is all escapes and long characters is kept too, cut to what a message holds", async () => {
  const raw = [`\\"\\u0001`.repeat(4000), "€".repeat(60_000)].map((text, i) => `{"id":"huge-${i}","x":"${text}"}`);
  const body = `{"events":[${raw.join(",")}]}`;

  expect(await eventsAnswer(await nowcast.request("/v1/events", { body }))).toMatchObject({
    rejected: [
      { id: "huge-0", retryable: false },
      { id: "huge-1", retryable: false },
    ],
  });
  rejected.push("huge-0", "huge-1");
});

test("every accepted event stands in the lake once, every rejected one among the failed events", async () => {
  expect(accepted.length).toBeGreaterThan(100);
  await rowsInLake(nowcast, "events", "id", accepted);
  const rows = (await readLake(nowcast, "events")).map(({ id }) => id as string);
  expect(rows.filter((id) => accepted.includes(id)).toSorted()).toEqual(accepted.toSorted());
  expect(rows.filter((id) => rejected.includes(id))).toEqual([]);

  const failed = await rowsInLake(nowcast, "failed_events", "id", rejected);
  expect(failed).toHaveLength(rejected.length);
  for (const { code, message } of failed) expect([code, message]).toEqual([expect.any(String), expect.any(String)]);
});

test("a made-up receipt is marked as not verified", async () => {
  const rows = await readLake(nowcast, "events");

  expect(rows.find((row) => row.decision_id === "d1.AAAA.BBBB")).toMatchObject({ receipt_verified: false });
  expect(rows.find((row) => row.decision_id === "list-7")).toMatchObject({ receipt_verified: null });
});

afterAll(() => expect(nowcast.loggedErrors()).toEqual([]));
