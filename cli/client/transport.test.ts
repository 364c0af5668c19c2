import { afterEach, beforeEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import { backoffMs, retryAfterMs } from "./backoff.ts";
import { Client } from "./client.ts";
import { connect } from "./connection.ts";
import { FakeNowcast, fakePorts } from "./fake-nowcast.ts";

let server: FakeNowcast;

beforeEach(async () => {
  server = new FakeNowcast(createRandom(1));
  await server.start();
});

afterEach(() => server.stop());

test("the wait doubles up to three seconds, is drawn anew each time, and is never shorter than what the server asks", () => {
  const longest = [0, 1, 2, 3, 4, 5, 20].map((attempt) => backoffMs(attempt, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000]);
  expect(backoffMs(3, () => 0)).toBe(0);
  expect(backoffMs(3, () => 0.5, 5_000)).toBe(5_400);
});

test("Retry-After is seconds or a date, at most half a minute", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(retryAfterMs("2", now)).toBe(2_000);
  expect(retryAfterMs("Sun, 22 Nov 2026 12:00:07 GMT", now)).toBe(7_000);
  expect(retryAfterMs("3600", now)).toBe(30_000);
  for (const none of [null, "soon", "-1", "Sun, 22 Nov 2026 11:00:00 GMT"]) expect(retryAfterMs(none, now)).toBe(0);
});

test("503 and its Retry-After are waited for", async () => {
  let asked = 0;
  server.routes["GET /v1/lake/status"] = () =>
    asked++ < 2
      ? { status: 503, headers: { "retry-after": "4" } }
      : { status: 200, body: { appended: 1, written: 1, pendingBytes: 0, itemEpoch: 1 } };
  const ports = fakePorts(() => 0);
  expect(await server.client(ports).lakeStatus()).toMatchObject({ appended: 1, uncertain: false });
  expect(ports.slept).toBe(8_000);
});

test("an answer that got lost makes the next one uncertain", async () => {
  server.faults = { dropAfter: 1 };
  const client = server.client({
    ...fakePorts(),
    sleep: async () => {
      server.faults = {};
    },
  });
  expect(await client.lakeStatus()).toMatchObject({ uncertain: true });
});

test("publishing is never sent twice, except when the server cannot have seen it", async () => {
  let published = 0;
  server.routes["POST /v1/snapshots/rollback"] = () => {
    published++;
    return { status: 200, body: { champion: "1", challengers: [] } };
  };
  server.faults = { dropAfter: 1 };
  await expect(server.client().rollback()).rejects.toThrow("POST http://127.0.0.1");
  server.faults = { broken: 1 };
  await expect(server.client().rollback()).rejects.toThrow("500");
  expect(published).toBe(2);
  server.faults = {};
  await server.stop();
  const ports = fakePorts();
  const sleep = async (): Promise<void> => {
    if (ports.slept === 0) await server.start();
    ports.slept++;
  };
  expect(await server.client({ ...ports, sleep }).rollback()).toMatchObject({ champion: "1" });
  expect(published).toBe(3);
});

test("an answer that is not Nowcast's is named", async () => {
  server.routes["GET /v1/snapshots"] = () => ({ status: 200, body: { hello: "world" } });
  await expect(server.client().registry()).rejects.toThrow("GET /v1/snapshots: the answer is not what it should be");
  server.routes["GET /v1/snapshots"] = () => ({ status: 200, body: new TextEncoder().encode("<html>") });
  await expect(server.client().registry()).rejects.toThrow("is not JSON");
});

test("the base path and the key go with every request", async () => {
  server.routes["GET /_nowcast/v1/snapshots"] = () => ({ status: 200, body: { champion: null, challengers: [] } });
  const { url } = server.client().transport;
  await new Client({ url: `${url}/_nowcast/`, key: "sk_shop_1", timeoutMs: 0 }).registry();
  expect(server.requests[0]?.headers.authorization).toBe("Bearer sk_shop_1");
});

test("options go before the environment, and that before the defaults of local development", () => {
  const environment = { NOWCAST_URL: "https://shop.example", NOWCAST_KEY: "sk_shop_1" };
  expect(connect({ timeout: "1" }, {}).transport.url).toBe("http://localhost:8787");
  expect(connect({ timeout: "1" }, environment).transport.url).toBe("https://shop.example");
  expect(connect({ url: "http://other:1/", timeout: "1" }, environment).transport.url).toBe("http://other:1");
  for (const options of [{ url: "localhost:8787", timeout: "1" }, { url: "x", timeout: "1" }, { timeout: "soon" }]) {
    expect(() => connect(options, {})).toThrow(/--(url|timeout)/);
  }
});

test("a signal ends a request that would go on trying", async () => {
  await server.stop();
  const ending = new AbortController();
  const ports = fakePorts();
  const sleep = async (): Promise<void> => ending.abort(new Error("stopped"));
  const { url } = server.client().transport;
  const client = new Client({ url, key: "k", timeoutMs: 1e9, signal: ending.signal, ports: { ...ports, sleep } });
  await expect(client.registry()).rejects.toThrow("stopped");
});
