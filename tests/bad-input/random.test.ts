// Events and decision requests with arbitrary JSON in any field, from a seed: nothing fails inside, every event is
// accounted for, and whatever was accepted can be written, read back and decided upon.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decide, eventsAnswer, problemOf } from "../support/answers.ts";
import { eventually } from "../support/eventually.ts";
import { readLake } from "../support/lake.ts";
import { useSystem } from "../support/system.ts";

const nowcast = useSystem();
const SEED = 20_261_122;
const EVENTS = 1500;
const REQUESTS = 200;

/** Numbers and texts at which something may break, and any JSON. */
const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      0,
      -0,
      -1,
      0.5,
      2 ** 31,
      2 ** 53,
      1e12,
      1e300,
      -1e300,
      946_684_800_000,
      8.64e15,
      8.65e15,
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "\u0000", "\ud800", "NaN", "2026-01-01T00:00:00Z", "\u2028"),
  },
);

/** Like `good`, but for one field in ten that holds something else or is left out. */
function mutated(good: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(good).map(([name, arbitrary]) => {
    const field = fc.oneof(
      { weight: 18, arbitrary },
      { weight: 1, arbitrary: hostile },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
    return [name, field] as const;
  });
  return fc.record(Object.fromEntries(fields));
}

const sku = fc.integer({ min: 0, max: 9 }).map((n) => `sku-${n}`);
const item = mutated({
  id: sku,
  price: fc.double({ min: 0, max: 100, noNaN: true }),
  quantity: fc.nat(5),
  extra: hostile,
});
const eventType = fc.constantFrom("page_view", "view_item", "view_item_list", "select_item", "purchase", "custom_1");
const event = mutated({
  id: fc.uuid(),
  type: eventType,
  // Of two hours: each hour is a file of the lake.
  ts: fc.integer({ min: 1_732_276_800_000, max: 1_732_283_999_999 }),
  anonymousId: fc.integer({ min: 0, max: 9 }).map((n) => `visitor-${n}`),
  items: fc.array(item, { maxLength: 4 }),
  position: fc.nat(20),
  value: fc.double({ min: -100, max: 100, noNaN: true }),
  query: fc.string(),
  context: mutated({ url: fc.webUrl(), country: fc.constant("DE"), more: hostile }),
  properties: fc.dictionary(fc.string({ unit: "binary" }), hostile),
});
const placement = fc.oneof(
  mutated({
    type: fc.constant("recommend"),
    count: fc.integer({ min: 1, max: 100 }),
    filter: mutated({ category: fc.constant("lamps") }),
    exclude: fc.array(sku),
    context: fc.array(sku),
  }),
  mutated({
    type: fc.constant("rank"),
    items: fc.array(mutated({ id: sku, fields: fc.dictionary(fc.string(), hostile) })),
  }),
);
const decision = mutated({
  anonymousId: fc.constant("visitor-1"),
  event,
  ts: fc.integer({ min: 1_700_000_000_000, max: 1_790_000_000_000 }),
  context: mutated({ device: fc.constant("phone"), more: hostile }),
  placements: fc.dictionary(fc.string({ minLength: 1 }), placement, { minKeys: 1, maxKeys: 3 }),
  explain: fc.boolean(),
});

/** Events accepted and rejected so far, those of decisions included. */
const sent = { accepted: 0, rejected: 0 };

test("arbitrary events are accepted or rejected, each one of them", async () => {
  const events = fc.sample(event, { numRuns: EVENTS, seed: SEED });
  for (let at = 0; at < EVENTS; at += 100) {
    const batch = events.slice(at, at + 100);
    const response = await nowcast.request("/v1/events", {
      json: { events: batch },
      headers: { "nowcast-replay": "true" },
    });
    const { accepted, duplicates, rejected } = await eventsAnswer(response);
    expect(accepted + duplicates + rejected.length).toBe(batch.length);
    expect(rejected.filter(({ retryable }) => retryable)).toEqual([]);
    sent.accepted += accepted;
    sent.rejected += rejected.length;
  }
  expect(Math.min(sent.accepted, sent.rejected)).toBeGreaterThan(EVENTS / 10);
});

test("arbitrary decision requests are answered or refused by name", async () => {
  const refused = new Set<number>();
  for (const [index, request] of fc.sample(decision, { numRuns: REQUESTS, seed: SEED }).entries()) {
    const json = { ...request, budgetMs: { profile: 5000 } };
    const response = await nowcast.request("/v1/decide", { json });
    if (response.status === 200) {
      const { event } = (await response.json()) as { event?: { status: string } };
      if (event?.status === "rejected") sent.rejected++;
      if (event?.status === "accepted") sent.accepted++;
      expect(event?.status).not.toBe("pending");
    } else {
      const { code } = (await response.clone().json()) as { code: string };
      expect(["invalid_request", "ill_formed"]).toContain(code);
      await problemOf(response, 400, code);
      refused.add(index);
    }
  }
  expect(refused.size).toBeGreaterThan(REQUESTS / 10);
  expect(refused.size).toBeLessThan((REQUESTS * 9) / 10);
});

test("every visitor can still be decided for", async () => {
  for (let n = 0; n < 10; n++) {
    const { degraded, profile } = await decide(nowcast, { anonymousId: `visitor-${n}` });
    expect(degraded.filter((reason) => reason.startsWith("profile"))).toEqual([]);
    expect(profile?.seq).toBeGreaterThan(0);
  }
});

test("the lake holds each accepted event once and each rejected one aside", async () => {
  await eventually(async () => {
    const status = await nowcast.request("/v1/lake/flush", { method: "POST" });
    const { written } = (await status.json()) as { written: number };
    return written >= sent.accepted + sent.rejected ? true : null;
  }, 25_000);

  // What the system added of its own (ends of sessions) nobody sent.
  const events = (await readLake(nowcast, "events")).filter(({ system }) => system === null || system === undefined);
  expect(events).toHaveLength(sent.accepted);
  expect(new Set(events.map(({ visitor, seq }) => `${visitor}#${seq}`)).size).toBe(sent.accepted);
  expect(await readLake(nowcast, "failed_events")).toHaveLength(sent.rejected);
});

test("nothing of all this failed inside", () => {
  expect(nowcast.loggedErrors()).toEqual([]);
});
