// Consent: what is refused leaves nothing behind, neither an object nor a row, and decisions go on without a profile.
import { expect, test } from "vitest";
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
  await postEvents(nowcast, event("trace-7", { anonymousId: "trace", ...noAnalytics }));
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
