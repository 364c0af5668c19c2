// Decision requests that do not fit are refused with the field, the value and the limit; a bad event in one is not.
import { expect, test } from "vitest";
import { decide, decisionOf, HOME, postEvents, problemOf } from "../support/answers.ts";
import { rowsInLake } from "../support/lake.ts";
import { KEYS, useSystem } from "../support/system.ts";
import { tokenFor } from "../support/tokens.ts";

const nowcast = useSystem();

const place = (placement: unknown) => ({ placements: { home: placement } });
const recommend = (more: object) => place({ type: "recommend", ...more });
const ids = (count: number) => Array.from({ length: count }, (_, i) => `sku-${i}`);
const ranked = (count: number) => place({ type: "rank", items: ids(count).map((id) => ({ id })) });
const placements = (count: number) => ({
  placements: Object.fromEntries(ids(count).map((name) => [name, { type: "recommend" }])),
});
const withHome = (more: object) => ({ placements: HOME, ...more });

test.each([
  ["no placements", {}, { field: "placements", message: /at least one/ }],
  ["empty placements", { placements: {} }, { field: "placements", message: /at least one/ }],
  ["placements as a list", { placements: [] }, { field: "placements", value: "[0 elements]" }],
  ["21 placements", placements(21), { field: "placements", message: /at most 20/, limit: 20 }],
  [
    "2,001 items to rank in three placements",
    {
      placements: Object.fromEntries(
        [1000, 1000, 1].map((n, i) => [`p${i}`, { type: "rank", items: ids(n).map((id) => ({ id })) }]),
      ),
    },
    { field: "placements", message: /at most 2000 items to rank/, limit: 2000 },
  ],
  ["a placement's name of 129 bytes", { placements: { ["n".repeat(129)]: {} } }, { value: /^"nnn/, limit: 128 }],
  ["a placement's name with a control", { placements: { "a\u0007": {} } }, { message: /control/, value: '"a\\u0007"' }],
  ["a placement that is none", place(5), { field: "placements.home", value: "5" }],
  [
    "an unknown type",
    place({ type: "carousel" }),
    { field: "placements.home.type", message: /'recommend' \| 'rank'/, value: '"carousel"' },
  ],
  ["no type", place({}), { field: "placements.home.type", message: /'recommend' \| 'rank'/ }],
  ["count 0", recommend({ count: 0 }), { field: "placements.home.count", value: "0", limit: 1 }],
  ["count -1", recommend({ count: -1 }), { field: "placements.home.count", value: "-1", limit: 1 }],
  ["count 1e9", recommend({ count: 1e9 }), { field: "placements.home.count", value: "1000000000", limit: 100 }],
  ["count 1.5", recommend({ count: 1.5 }), { field: "placements.home.count", value: "1.5" }],
  ["count as text", recommend({ count: "12" }), { field: "placements.home.count", value: '"12"' }],
  [
    "an unknown filter",
    recommend({ filter: { colour: "red" } }),
    { field: "placements.home.filter", message: /colour/ },
  ],
  [
    "a filter of another kind",
    recommend({ filter: { category: 5 } }),
    { field: "placements.home.filter.category", value: "5" },
  ],
  ["1,001 exclusions", recommend({ exclude: ids(1001) }), { field: "placements.home.exclude", limit: 1000 }],
  ["101 items of context", recommend({ context: ids(101) }), { field: "placements.home.context", limit: 100 }],
  ["1,001 items to rank", ranked(1001), { field: "placements.home.items", value: "[1001 elements]", limit: 1000 }],
  ["no items to rank", ranked(0), { field: "placements.home.items", limit: 1 }],
  [
    "an item id of 129 bytes",
    place({ type: "rank", items: [{ id: "i".repeat(129) }] }),
    { field: "placements.home.items.0.id", limit: 128 },
  ],
  ["an item without id", place({ type: "rank", items: [{ id: "a" }, {}] }), { field: "placements.home.items.1.id" }],
  [
    "an item id with half a pair",
    place({ type: "rank", items: [{ id: "\ud83d" }] }),
    { field: "placements.home.items.0.id" },
  ],
  ["an empty visitor", withHome({ anonymousId: "" }), { field: "anonymousId", value: '""', limit: 1 }],
  ["a visitor of 257 bytes", withHome({ userId: "é".repeat(129) }), { field: "userId", limit: 256 }],
  ["a visitor with NUL", withHome({ userId: "a\u0000" }), { field: "userId", value: '"a\\u0000"' }],
  ["a number as visitor", withHome({ anonymousId: 7 }), { field: "anonymousId", value: "7" }],
  ["a time in 1970", withHome({ ts: 1 }), { field: "ts", value: "1", limit: 946_684_800_000 }],
  ["a time that no clock shows", withHome({ ts: 1e300 }), { field: "ts", value: "1e+300", limit: 4_102_444_800_000 }],
  ["a time of words", withHome({ ts: "now" }), { field: "ts", value: '"now"' }],
  ["a budget of nothing", withHome({ budgetMs: { profile: 0 } }), { field: "budgetMs.profile", limit: 1 }],
  ["a context of text", withHome({ context: "web" }), { field: "context", value: '"web"' }],
  ["consent of text", withHome({ context: { consent: { analytics: "yes" } } }), { field: "context.consent.analytics" }],
  ["explain as text", withHome({ explain: "yes" }), { field: "explain", value: '"yes"' }],
])("%s is refused", async (_, request, expected) => {
  const response = await nowcast.request("/v1/decide", { json: request });

  const { errors } = await problemOf(response, 400, /pair/.test(_) ? "ill_formed" : "invalid_request");
  const matchers = Object.entries(expected).map(([key, value]) => [
    key,
    value instanceof RegExp ? expect.stringMatching(value) : value,
  ]);
  expect(errors).toHaveLength(1);
  expect(errors?.[0]).toMatchObject(Object.fromEntries(matchers));
});

test("keys __proto__ neither name a placement nor reach a prototype", async () => {
  const only = '{"placements":{"__proto__":{"type":"recommend"}}}';
  await problemOf(await nowcast.request("/v1/decide", { body: only }), 400, "invalid_request");

  const body = `{"__proto__":{"anonymousId":"victim"},"context":{"__proto__":{"consent":{}}},
    "placements":{"home":{"type":"rank","items":[{"id":"a","fields":{"__proto__":{"relevance":9}}}]}}}`;
  const decision = await decisionOf(nowcast.request("/v1/decide", { body }));
  expect(decision.placements.home?.items.map(({ id }) => id)).toEqual(["a"]);
  expect(decision.profile).toBeUndefined();
});

test("placements may bear names of the language", async () => {
  const named = { constructor: { type: "recommend" }, toString: { type: "recommend" } };

  expect(Object.keys((await decide(nowcast, { placements: named })).placements)).toEqual(["constructor", "toString"]);
});

test.each([
  ["ts", { ts: Date.now() }],
  ["budgetMs", { budgetMs: { profile: 100 } }],
])("%s is not for public keys", async (field, more) => {
  const response = await nowcast.request("/v1/decide", { json: withHome(more), key: KEYS.public });

  const { errors } = await problemOf(response, 403, "secret_key_required");
  expect(errors).toMatchObject([{ field }]);
});

test("the largest request that is allowed is answered whole, items that nobody knows included", async () => {
  const decision = await decide(nowcast, ranked(1000));

  expect(decision.placements.home?.items.map(({ id }) => id).toSorted()).toEqual(ids(1000).toSorted());
  expect(Object.keys((await decide(nowcast, placements(20))).placements)).toHaveLength(20);
});

const event = (id: string, more: object = {}) => ({ id, type: "page_view", ...more });
const text = (id: string, more: object = {}) => JSON.stringify(event(id, more));
/** JSON.stringify recurses: what is too deep for it is written by hand. */
const tooDeep = `{"id":"bad-depth","type":"page_view","properties":{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`;

test.each([
  ["null", "null", "invalid_event"],
  ["of the wrong kind", '"page_view"', "invalid_event"],
  ["without an id", '{"type":"page_view"}', "invalid_event"],
  ["of 33 KB", text("bad-size", { properties: { a: "x".repeat(33 * 1024) } }), "event_too_large"],
  ["of 100,000 levels", tooDeep, "too_deep"],
  ["from the future", text("bad-ts", { ts: Date.now() + 3_600_000 }), "ts_in_future"],
  ["about another anonymous visitor", text("bad-other", { anonymousId: "someone" }), "visitor_mismatch"],
  ["about a user", text("bad-user", { userId: "someone" }), "visitor_mismatch"],
])("an event %s is rejected and the decision is made all the same", async (_, bad, code) => {
  const body = `{"anonymousId":"calm","budgetMs":{"profile":5000},"placements":${JSON.stringify(HOME)},"event":${bad}}`;

  const decision = await decisionOf(nowcast.request("/v1/decide", { body }));

  expect(decision.event).toEqual({ status: "rejected", code, message: expect.stringMatching(/\w/) });
  expect(decision.placements).toHaveProperty("home");
  expect(decision.profile).toMatchObject({ seq: 0 });
});

test("rejected events of decisions are kept among the failed events", async () => {
  const sent = ["bad-size", "bad-depth", "bad-ts", "bad-other", "bad-user"];

  expect(await rowsInLake(nowcast, "failed_events", "id", sent)).toHaveLength(sent.length);
  for (const kind of ["anonymous", "user"]) {
    expect((await nowcast.request(`/v1/users/someone/profile?kind=${kind}`)).status).toBe(404);
  }
});

test("a decision without a visitor cannot record an event, and says so", async () => {
  const decision = await decide(nowcast, { event: event("nobody-1") });

  expect(decision.event).toMatchObject({ status: "rejected", code: "identity_missing" });
  expect(decision).not.toHaveProperty("profile");
});

test("a public key's event about someone else is rejected, and leaves no trace with them", async () => {
  await postEvents(nowcast, event("grace-1", { anonymousId: "grace" }));
  const options = { key: KEYS.public, token: await tokenFor("heidi") };
  const json = withHome({ event: event("heidi-1", { anonymousId: "grace" }) });

  const decision = await decisionOf(nowcast.request("/v1/decide", { json, ...options }));

  expect(decision.event).toMatchObject({ status: "rejected", code: "visitor_mismatch" });
  expect((await decide(nowcast, { anonymousId: "grace" })).profile).toMatchObject({ seq: 1 });
});

test("nothing of all this failed inside", () => {
  expect(nowcast.loggedErrors()).toEqual([]);
});
