import { afterEach, expect, test } from "vitest";
import { createRandom } from "../../src/kernels/random.ts";
import type { LogEvent, LogRecord } from "../../src/training/log.ts";
import { FakeNowcast, fakePorts } from "./fake-nowcast.ts";
import { importRecords } from "./import-records.ts";
import { Ledger } from "./ledger.ts";
import { RefusedError, UnreachableError } from "./transport.ts";

let server: FakeNowcast;

afterEach(() => server.stop());

async function start(seed: number, faults: FakeNowcast["faults"] = {}): Promise<FakeNowcast> {
  server = await FakeNowcast.started(seed, faults);
  return server;
}

/** Events of `visitors` visitors, some far busier than others, some under a second identity. */
function log(seed: number, count: number, visitors: number): LogEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i): LogEvent => {
    const anonymousId = `v${Math.min(random.integer(visitors), random.integer(visitors), random.integer(visitors))}`;
    return { kind: "event", id: `e${i}`, type: "view_item", ts: 1_700_000_000_000 + i, anonymousId };
  });
}

function idsByVisitor(events: readonly LogEvent[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, anonymousId = "" } of events) ids.set(anonymousId, [...(ids.get(anonymousId) ?? []), id]);
  return ids;
}

function expectInOrder(events: readonly LogEvent[]): void {
  for (const [visitor, ids] of idsByVisitor(events)) expect(server.idsOf(visitor)).toEqual(ids);
  expect(server.overtaken).toBe(0);
}

const EVERYTHING_FAILS = { drop: 0.1, dropAfter: 0.1, busy: 0.1, tooMany: 0.1, broken: 0.1, putOff: 0.05 };

test.each([1, 2, 3, 4, 5, 6])(
  "whatever fails, every event arrives once and in its visitor's order (seed %i)",
  async (seed) => {
    await start(seed, EVERYTHING_FAILS);
    const events = log(seed, 4_000, 60);
    const random = createRandom(seed + 100);
    const client = server.client(
      fakePorts(() => random.next()),
      1e9,
    );
    const counts = await importRecords(events, client, { window: 1_500 });
    expectInOrder(events);
    expect(counts.events).toBe(4_000);
    expect(counts.accepted + counts.duplicates).toBe(4_000);
    expect(counts.accepted + counts.acceptedBefore).toBe(4_000);
    expect(counts.rejected).toBe(0);
  },
);

test("a batch holds many events of few visitors, and never more than the server takes", async () => {
  await start(1);
  const events = log(1, 6_000, 40);
  await importRecords(events, server.client(), {});
  const batches = server.requests.map(({ json }) => json.events.length);
  expect(Math.max(...batches)).toBe(500);
  expect(batches.length).toBeLessThan(20);
  const visitors = server.requests.map(({ json }) => new Set(json.events.map((e: LogEvent) => e.anonymousId)).size);
  expect(visitors[0]).toBeLessThan(20);
  expect(server.requests.every(({ headers }) => headers["nowcast-replay"] === "true")).toBe(true);
  expectInOrder(events);
});

test("a request stays below the limit in bytes", async () => {
  await start(1);
  const properties = { text: "é".repeat(10_000) };
  const events = log(2, 200, 5).map((event) => ({ ...event, properties }));
  await importRecords(events, server.client());
  expect(Math.max(...server.requests.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(512 * 1024);
  expectInOrder(events);
});

test("an import that was broken off goes on where it was, and sends nothing that was settled", async () => {
  await start(7, { dropAfter: 0.2 });
  const events = log(7, 3_000, 20);
  let kept = "";
  const brokenOff = importRecords(events, server.client(fakePorts(), 1e9), {
    window: 1_000,
    concurrency: 2,
    onSettled: (ledger) => {
      kept = JSON.stringify(ledger.state());
      if (ledger.count > 1_200) throw new Error("killed");
    },
  });
  await expect(brokenOff).rejects.toThrow("killed");
  const ledger = new Ledger(JSON.parse(kept));
  const settled = new Set(events.filter((_, i) => ledger.has(i)).map(({ id }) => id));
  const before = server.requests.length;
  await importRecords(events, server.client(fakePorts(), 1e9), { window: 1_000, ledger });
  expectInOrder(events);
  const sentAgain = server.requests.slice(before).flatMap(({ json }) => json.events.map(({ id }: LogEvent) => id));
  expect(sentAgain.filter((id: string) => settled.has(id))).toEqual([]);
});

test("a server that is killed and started again has lost nothing", async () => {
  await start(8);
  const events = log(8, 2_000, 30);
  let restarts = 0;
  const client = server.client(fakePorts(), 1e9);
  let restarting: Promise<void> | null = null;
  await importRecords(events, client, {
    window: 600,
    onSettled: (ledger) => {
      if (ledger.count < 500 * (restarts + 1)) return;
      restarts++;
      restarting = (async () => {
        await restarting;
        await server.stop();
        await server.start();
      })();
    },
  });
  await restarting;
  expect(restarts).toBeGreaterThan(1);
  expectInOrder(events);
});

test("an event that ties an anonymous visitor to a user comes after what both did before and before what both do next", async () => {
  await start(9, EVERYTHING_FAILS);
  const random = createRandom(9);
  const event = (i: number, who: Partial<LogEvent>): LogEvent => ({
    kind: "event",
    id: `e${i}`,
    type: "page_view",
    ts: 1_700_000_000_000 + i,
    ...who,
  });
  const events = Array.from({ length: 300 }, (_, i) => {
    const [anonymousId, userId] = [`a${random.integer(6)}`, `u${random.integer(6)}`];
    return event(i, [{ anonymousId }, { userId }, { anonymousId, userId }][random.integer(10) === 0 ? 2 : i % 2] ?? {});
  });
  await importRecords(events, server.client(fakePorts(), 1e9), { window: 100 });
  const place = new Map(server.arrivals.map((id, i) => [id, i]));
  expect(place.size).toBe(300);
  const placeOf = ({ id }: LogEvent): number => place.get(id) ?? -1;
  const misplaced = events.filter((tie, at) => {
    if (tie.anonymousId === undefined || tie.userId === undefined) return false;
    return events.some(
      (other, i) =>
        (other.anonymousId === tie.anonymousId || other.userId === tie.userId) &&
        Math.sign(placeOf(other) - placeOf(tie)) !== Math.sign(i - at),
    );
  });
  expect(misplaced).toEqual([]);
});

test("items go ahead of the events that follow them, invalid ones and invalid events are counted and the rest goes on", async () => {
  await start(10);
  const item = (id: string, more: object = {}): LogRecord => ({ kind: "item", id, ...more });
  const events = log(10, 20, 3).map((event, i) => (i === 4 ? { ...event, type: "invalid" } : event));
  const rejected: string[] = [];
  const counts = await importRecords(
    [item("a"), item("b", { price: -1 }), ...events.slice(0, 10), item("c"), ...events.slice(10)],
    server.client(),
    { onRejected: ({ id, code }) => rejected.push(`${id} ${code}`) },
  );
  expect(server.items).toEqual(["a", "c"]);
  expect(server.requests[0]?.path).toBe("/v1/items");
  expect(counts).toMatchObject({ items: 2, events: 20, accepted: 19, rejected: 2 });
  expect(rejected.sort()).toEqual(["b invalid_item", "e4 invalid_event"]);
});

test("a refusal ends the import at once, with the server's reason", async () => {
  await start(11);
  server.routes["POST /v1/events"] = () => ({ status: 401, body: { code: "key_unknown", detail: "not known" } });
  const failed = importRecords(log(11, 10, 2), server.client());
  await expect(failed).rejects.toThrow(RefusedError);
  await expect(failed).rejects.toThrow("POST /v1/events: 401 key_unknown: not known");
  expect(server.requests.length).toBe(1);
});

test("a server that stays away, or puts everything off, is given up after the timeout", async () => {
  await start(12, { busy: 1 });
  await expect(importRecords(log(12, 10, 2), server.client(fakePorts(), 5_000))).rejects.toThrow(UnreachableError);
  server.faults = { putOff: 1 };
  await expect(importRecords(log(12, 10, 2), server.client(fakePorts(), 5_000))).rejects.toThrow("putting off");
  await server.stop();
  await expect(importRecords(log(12, 10, 2), server.client(fakePorts(), 5_000))).rejects.toThrow("nothing listens");
});
