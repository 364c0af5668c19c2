import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { batchLine, batchPointerKey, batchShardKey, batchShardOf } from "../src/profile/batch-view.ts";
import {
  batchOf,
  changesOf,
  evict,
  ingested,
  profileIn,
  storedIn,
  viewsOf,
  visitorObject,
} from "../tests/support/visitor-object.worker.ts";

const MINUTE = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

const wait = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const ends = (rows: readonly Record<string, unknown>[]) => rows.filter(({ type }) => type === "session_end");

describe("a session that is idle", () => {
  test("is ended by the alarm, once, with a summary for the lake", async () => {
    const name = "default:a:idle";
    const stub = visitorObject(name);
    const startedAt = Date.now();
    await ingested(stub, viewsOf(name, "1"));
    wait(5 * MINUTE);
    await ingested(stub, batchOf(name, [{ id: "2", type: "add_to_cart", items: [{ id: "sku-1", price: 20 }] }]));
    wait(31 * MINUTE);
    await runDurableObjectAlarm(stub);
    const { rows } = await storedIn(stub);
    expect(ends(rows)).toMatchObject([
      {
        id: expect.stringMatching(new RegExp(`^[0-9a-f]{8}-session-${startedAt}$`)),
        seq: 3,
        ts: startedAt + 5 * MINUTE,
        visitor: name,
        system: { kind: "session_end", session: startedAt },
        properties: {
          startedAt,
          lastAt: startedAt + 5 * MINUTE,
          events: 2,
          itemViews: 1,
          carts: 1,
          dwellMs: 5 * MINUTE,
        },
      },
    ]);
    expect(await profileIn(stub)).toMatchObject({
      seq: 3,
      session: null,
      previous: { id: startedAt },
      cart: [{ itemId: "sku-1" }],
    });
    wait(60 * MINUTE);
    await runDurableObjectAlarm(stub);
    expect(ends((await storedIn(stub)).rows)).toHaveLength(1);
  });

  test("stays open as long as something happens; events do not set an alarm of their own for it", async () => {
    const name = "default:a:busy";
    const stub = visitorObject(name);
    for (let i = 0; i < 6; i++) {
      await ingested(stub, viewsOf(name, String(i)));
      wait(10 * MINUTE);
      await runDurableObjectAlarm(stub);
    }
    const { rows } = await storedIn(stub);
    expect(ends(rows)).toEqual([]);
    expect(await profileIn(stub)).toMatchObject({ sessions: 1, session: { events: 6 } });
  });

  test("a replay of years ago ends by the object's own clock, not at once", async () => {
    const name = "default:a:years-ago";
    const stub = visitorObject(name);
    await ingested(stub, batchOf(name, [{ id: "1", ts: 1_500_000_000_000 }], { receivedAt: null }));
    await runDurableObjectAlarm(stub);
    expect(await profileIn(stub)).toMatchObject({ session: { id: 1_500_000_000_000 } });
    await ingested(
      stub,
      batchOf(
        name,
        [
          { id: "2", ts: 1_500_000_000_000 + 120 * MINUTE },
          { id: "3", ts: 1_500_000_000_000 + 122 * MINUTE },
        ],
        { receivedAt: null },
      ),
    );
    // The first session is over by the log's own time.
    expect(ends((await storedIn(stub)).rows)).toMatchObject([
      { properties: { startedAt: 1_500_000_000_000, events: 1 } },
    ]);
    await evict(stub);
    wait(31 * MINUTE);
    await runDurableObjectAlarm(stub);
    expect(ends((await storedIn(stub)).rows)).toHaveLength(2);
  });
});

describe("the batch layer's view", () => {
  const entry = {
    asOf: 1_700_000_000_000,
    segments: ["frequent_buyer"],
    lifetimeValue: 120,
    categories: [["lamps", 0.8]],
    brands: [],
  } as const;
  const publish = async (name: string, version: string, asOf: number) => {
    const pointer = JSON.stringify({ version, shards: 4, asOf, visitors: 1 });
    await env.LAKE.put(
      batchShardKey("batch", version, batchShardOf(name, 4)),
      `${batchLine(name, { ...entry, asOf })}\n`,
    );
    await env.LAKE.put(batchPointerKey("batch"), pointer);
  };

  test("is read at the start of a session, logged, and kept until a newer one comes", async () => {
    const name = "batch:u:known";
    const stub = visitorObject(name);
    await publish(name, "v1", entry.asOf);
    await ingested(stub, viewsOf(name, "1"));
    await runDurableObjectAlarm(stub);
    expect((await profileIn(stub))?.batch).toEqual(entry);
    expect((await storedIn(stub)).rows.at(-1)).toMatchObject({
      type: "batch_view",
      seq: 2,
      system: { kind: "batch", entry },
    });

    await ingested(stub, viewsOf(name, "2"));
    expect(await changesOf(stub, () => {})).toBe(0);
    await runDurableObjectAlarm(stub);
    expect((await storedIn(stub)).rows.filter(({ type }) => type === "batch_view")).toHaveLength(1);

    await publish(name, "v2", entry.asOf + 1);
    wait(120 * MINUTE);
    await ingested(stub, viewsOf(name, "3"));
    await runDurableObjectAlarm(stub);
    expect((await profileIn(stub))?.batch).toMatchObject({ asOf: entry.asOf + 1 });
  });

  test("that nobody published, or that has no line for the visitor, changes nothing", async () => {
    for (const name of ["nobody:u:known", "batch:u:unknown"]) {
      const stub = visitorObject(name);
      await ingested(stub, viewsOf(name, "1"));
      await runDurableObjectAlarm(stub);
      expect(await profileIn(stub)).toMatchObject({ seq: 1, batch: null });
    }
  });
});
