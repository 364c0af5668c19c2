// Bodies that are no request at all: not text, not JSON, of the wrong kind, too large, too deep.
import { expect, test } from "vitest";
import { HOME, postEvents, problemOf } from "../support/answers.ts";
import { useSystem } from "../support/system.ts";

const nowcast = useSystem();

const ENDPOINTS: [method: string, path: string][] = [
  ["POST", "/v1/events"],
  ["POST", "/v1/decide"],
  ["PUT", "/v1/items"],
  ["PATCH", "/v1/items/sku-1"],
  ["POST", "/v1/snapshots"],
];
const LEVELS = 100_000;
const DEEP = "[".repeat(LEVELS) + "]".repeat(LEVELS);
const DEEP_OBJECT = `{"a":${DEEP}}`;

test.each(ENDPOINTS)("%s %s refuses what is not JSON, and says where it stops being it", async (method, path) => {
  for (const body of ["", "{", "{'id':1}", "NaN", '{"ts":NaN}', '{"id":"1"} x', "\u0000", "<event/>", '{"id":"\n"}']) {
    const { detail } = await problemOf(await nowcast.request(path, { method, body }), 400, "not_json");
    expect(detail).toMatch(/^The body is not JSON: ./);
  }
});

test.each(ENDPOINTS)("%s %s refuses bytes that are not UTF-8", async (method, path) => {
  for (const bytes of [[0xff], [0x22, 0xc3, 0x28, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xf0, 0x9f, 0x92]]) {
    const body = Uint8Array.from(bytes);
    await problemOf(await nowcast.request(path, { method, body }), 400, "not_utf8");
  }
});

test.each(ENDPOINTS)("%s %s refuses JSON of another kind and names it", async (method, path) => {
  for (const [body, value] of [
    ["null", "null"],
    ["5", "5"],
    ['"text"', '"text"'],
    ["true", "true"],
    ["[]", "[0 elements]"],
  ]) {
    const { errors } = await problemOf(
      await nowcast.request(path, { method, body: body ?? "" }),
      400,
      "invalid_request",
    );
    expect(errors?.[0]).toMatchObject({ field: "", value });
  }
});

test.each([
  ["POST", "/v1/events", "invalid_request", DEEP],
  ["POST", "/v1/decide", "invalid_request", DEEP],
  ["POST", "/v1/decide", "too_deep", `{"context":${DEEP}}`],
  [
    "POST",
    "/v1/decide",
    "too_deep",
    `{"placements":{"a":{"type":"rank","items":[{"id":"a","fields":${DEEP_OBJECT}}]}}}`,
  ],
  ["PUT", "/v1/items", "too_deep", DEEP],
  ["PUT", "/v1/items", "too_deep", `{"items":[{"id":"a","attributes":${DEEP_OBJECT}}]}`],
  ["PATCH", "/v1/items/sku-1", "too_deep", `{"attributes":${DEEP_OBJECT}}`],
  ["POST", "/v1/snapshots", "too_deep", `{"manifest":${DEEP}}`],
])("%s %s refuses a hundred thousand levels as %s", async (method, path, code, body) => {
  const { errors } = await problemOf(await nowcast.request(path, { method, body }), 400, code);

  expect(errors?.[0]).toMatchObject(code === "too_deep" ? { limit: 16 } : { value: "[1 elements]" });
});

test.each(ENDPOINTS)("%s %s refuses an object whose keys say nothing", async (method, path) => {
  const answers = await Promise.all(
    ['{"__proto__":{"id":"1","anonymousId":"polluted"}}', '{"constructor":{"prototype":{"id":"1"}}}'].map((body) =>
      nowcast.request(path, { method, body }),
    ),
  );

  for (const response of answers) {
    // An object may be an event with everything missing, or a change of nothing to an item that does not exist.
    if (path === "/v1/events") expect(await response.json()).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] });
    else expect([400, 404]).toContain(response.status);
  }
  expect((await nowcast.request("/v1/users/polluted/profile?kind=anonymous")).status).toBe(404);
});

test.each([
  ["POST", "/v1/events", 512],
  ["POST", "/v1/decide", 512],
  ["PUT", "/v1/items", 4096],
])("%s %s takes bodies up to its limit, declared or not", async (method, path, kilobytes) => {
  const limit = kilobytes * 1024;
  const largest = JSON.stringify({ placements: HOME, items: [{ id: "sku-1" }], events: [{}] }).padEnd(limit, " ");

  expect((await nowcast.request(path, { method, body: largest })).status).toBeLessThan(300);
  for (const body of [`${largest} `, "x".repeat(limit + 1024), streamOf("y".repeat(limit + 1))]) {
    const { errors } = await problemOf(await nowcast.request(path, { method, body }), 413, "body_too_large");
    expect(errors).toMatchObject([{ field: "", limit }]);
  }
});

test("501 events are too many, and none of them is kept", async () => {
  const events = Array.from({ length: 501 }, (_, i) => ({ id: `e-${i}`, type: "page_view", anonymousId: "crowd" }));
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  const headers = { "content-type": "application/x-ndjson" };

  for (const options of [{ json: { events } }, { body: lines, headers }]) {
    const response = await nowcast.request("/v1/events", options);
    const { errors } = await problemOf(response, 413, "too_many_events");
    expect(errors).toEqual([{ field: "events", message: "too many", value: "501", limit: 500 }]);
  }
  expect((await nowcast.request("/v1/users/crowd/profile?kind=anonymous")).status).toBe(404);
});

test.each([
  ['{"events":[]}', "no_events"],
  ['{"events":{}}', "invalid_request"],
  ['{"events":null}', "invalid_request"],
  ['{"events":"e"}', "invalid_request"],
])("%s is no batch", async (body, code) => {
  await problemOf(await nowcast.request("/v1/events", { body }), 400, code);
});

test("a body of NDJSON without a line is no batch, and a line that is not JSON spoils only itself", async () => {
  const headers = { "content-type": "application/x-ndjson" };
  await problemOf(await nowcast.request("/v1/events", { body: "\n \n", headers }), 400, "no_events");

  const line = (id: string) => JSON.stringify({ id, type: "page_view", anonymousId: "lines" });
  const body = [line("l-1"), '{"id":"l-2",', "\u0007", line("l-3")].join("\n");
  expect(await postEvents(nowcast, undefined, { body, headers })).toMatchObject({
    accepted: 2,
    rejected: [
      { index: 1, id: null, code: "not_json", retryable: false },
      { index: 2, id: null, code: "not_json", retryable: false },
    ],
  });
});

test("nothing of all this failed inside", () => {
  expect(nowcast.loggedErrors()).toEqual([]);
});

function streamOf(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + 64 * 1024));
      at += 64 * 1024;
      if (at >= bytes.length) controller.close();
    },
  });
}
