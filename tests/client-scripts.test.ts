// How the browser's scripts are served, and what the API has for them alone.
import { expect, test } from "vitest";
import { CLIENT_SCRIPTS } from "../workers/edge/client-scripts.ts";
import { decide, eventsAnswer, HOME, postEvents, problemOf } from "./support/answers.ts";
import { KEYS, useSystem } from "./support/system.ts";
import { readToken, tokenFor } from "./support/tokens.ts";

const nowcast = useSystem();
const open = { key: null } as const;
const YES = { analytics: true, personalization: true };
const NO = { analytics: false, personalization: false };

test.each(Object.keys(CLIENT_SCRIPTS))(
  "%s is served to pages of any origin, by its hash the second time",
  async (name) => {
    const script = await nowcast.request(`/${name}`, open);
    expect(script.status).toBe(200);
    expect(await script.text()).toBe(CLIENT_SCRIPTS[name]?.text);
    expect(Object.fromEntries(script.headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=3600, stale-while-revalidate=86400",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
    const etag = script.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{16}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await nowcast.request(`/${name}`, { ...open, headers: { "if-none-match": known } });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    const other = await nowcast.request(`/${name}`, { ...open, headers: { "if-none-match": '"other"' } });
    expect(other.status).toBe(200);
    await problemOf(
      await nowcast.request(`/${name}`, { ...open, method: "POST", body: "" }),
      405,
      "method_not_allowed",
    );
  },
);

test("events may bring the visitor's token in the body, as plain text with the key in the URL", async () => {
  const send = (body: object) =>
    nowcast.request(`/v1/events?key=${KEYS.public}`, {
      ...open,
      body: JSON.stringify(body),
      headers: { "content-type": "text/plain;charset=UTF-8" },
    });
  const events = [{ id: "t-1", type: "page_view" }];
  const token = await tokenFor("body-token");

  expect(await eventsAnswer(await send({ events, visitorToken: token }))).toEqual({
    accepted: 1,
    duplicates: 0,
    rejected: [],
  });
  expect(await decide(nowcast, { anonymousId: "body-token" })).toMatchObject({ profile: { seq: 1 } });

  const forged = await tokenFor("body-token", { signedWith: "another key" });
  await problemOf(await send({ events, visitorToken: forged }), 401, "visitor_token_malformed");
  const problem = await problemOf(await send({ events, visitorToken: "x".repeat(5000) }), 400, "invalid_request");
  expect(problem.errors).toMatchObject([{ field: "visitorToken", limit: 4096 }]);
});

test("a browser that refuses is forgotten, by its token alone, and gets none", async () => {
  const token = await tokenFor("forget-me");
  await postEvents(nowcast, { id: "f-1", type: "page_view" }, { key: KEYS.public, token });
  const refused = await nowcast.request("/v1/consent", { key: KEYS.public, token, json: NO });
  expect(await refused.json()).toEqual({ consent: NO, erased: true });
  expect((await decide(nowcast, { anonymousId: "forget-me", placements: HOME })).profile?.seq).toBe(0);
});

test("a browser that agrees gets a token that says so; one that is nobody yet stays nobody", async () => {
  const token = await tokenFor("agree");
  const agreed = await nowcast.request("/v1/consent", { key: KEYS.public, token, json: YES });
  const { visitorToken, ...rest } = (await agreed.json()) as { visitorToken: string };
  expect(rest).toEqual({ consent: YES, erased: false });
  expect(await readToken(visitorToken)).toMatchObject({ visitor: { kind: "a", id: "agree" }, consent: YES });

  const nobody = await nowcast.request("/v1/consent", { key: KEYS.public, json: NO });
  expect(await nobody.json()).toEqual({ consent: NO, erased: false });
});

test("a choice says both, and nothing else", async () => {
  const options = { key: KEYS.public, json: { analytics: true } };
  await problemOf(await nowcast.request("/v1/consent", options), 400, "invalid_request");
  await problemOf(await nowcast.request("/v1/consent", { ...open, json: YES }), 401, "key_missing");
});
