import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { EVENT_STATUS } from "../src/events/event-status.ts";
import { logName } from "../src/lake/log-name.ts";
import { decodeMessage, packMessages } from "../src/lake/message.ts";
import { decodeView } from "../src/profile/view.ts";
import type { IngestBatch, VisitorProfile } from "./visitor-profile.ts";

const T0 = Date.now();

function batch(name: string, ids: readonly string[], receivedAt: number | null = T0): IngestBatch {
  const events = ids.map((id) => ({ id, type: "view_item", ts: T0, anonymousId: "v", items: [{ id: `sku-${id}` }] }));
  return { name, events: JSON.stringify(events), receivedAt };
}

/** Rows that wait in an object's outbox, and whether an alarm is set. */
function outboxOf(stub: DurableObjectStub<VisitorProfile>) {
  return runInDurableObject(stub, async (_, state) => {
    const [row] = state.storage.sql
      .exec<{ outbox: string; incarnation: string }>("SELECT outbox, incarnation FROM state")
      .toArray();
    const rows = row === undefined || row.outbox === "" ? [] : row.outbox.split("\n");
    return { rows, incarnation: row?.incarnation ?? "", alarm: await state.storage.getAlarm() };
  });
}

describe("a visitor's object", () => {
  test("numbers, folds and keeps what it acknowledges, also across an eviction", async () => {
    const name = "default:a:evicted";
    const stub = env.VISITOR_PROFILE.getByName(name);
    expect(await stub.ingest(batch(name, ["1", "2"]))).toEqual({ statuses: ["accepted", "accepted"], seq: 2 });
    await evictDurableObject(stub);
    expect(await stub.ingest(batch(name, ["2", "3", "3"]))).toEqual({
      statuses: ["duplicate", "accepted", "duplicate"],
      seq: 3,
    });
    const profile = JSON.parse((await stub.readProfile()) ?? "null");
    expect(profile.seq).toBe(3);
    const { rows } = await outboxOf(stub);
    expect(rows.map((row) => JSON.parse(row).seq)).toEqual([1, 2, 3]);
    expect(JSON.parse(rows[2] ?? "")).toMatchObject({ id: "3", visitor: name, receivedAt: T0, anonymousId: "v" });
  });

  test("records an event and returns the view that has it, in one call", async () => {
    const name = "default:a:view";
    const stub = env.VISITOR_PROFILE.getByName(name);
    const first = await stub.decisionView(batch(name, ["1"]));
    expect(EVENT_STATUS[first[0] ?? 0]).toBe("accepted");
    expect(decodeView(first.subarray(1))).toMatchObject({ seq: 1, touches: [{ itemId: "sku-1" }] });
    expect(EVENT_STATUS[(await stub.decisionView(batch(name, ["1"])))[0] ?? 0]).toBe("duplicate");
    expect((await stub.decisionView(null))[0]).toBe(0);
    const next = await stub.decisionView(batch(name, ["2"]));
    expect(decodeView(next.subarray(1))).toMatchObject({ seq: 2, touches: [{ itemId: "sku-2" }, { itemId: "sku-1" }] });
  });

  test("a visitor who was only asked about leaves nothing behind", async () => {
    const stub = env.VISITOR_PROFILE.getByName("default:a:asked");
    expect(await stub.readProfile()).toBeNull();
    expect((await stub.decisionView(null)).length).toBe(1);
    await runInDurableObject(stub, (_, state) => {
      const tables = state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'");
      expect(tables.toArray()).toEqual([]);
    });
  });

  test("a batch of duplicates writes nothing", async () => {
    const name = "default:a:again";
    const stub = env.VISITOR_PROFILE.getByName(name);
    await stub.ingest(batch(name, ["1"]));
    await runInDurableObject(stub, (instance, state) => {
      const changes = () => state.storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
      const before = changes();
      instance.ingest(batch(name, ["1"]));
      expect(changes()).toBe(before);
      instance.ingest(batch(name, ["2", "3", "4"]));
      expect(changes()).toBe(before + 1);
    });
  });

  test("in a replay the event's own time is its time of receipt", async () => {
    const name = "default:a:replay";
    const stub = env.VISITOR_PROFILE.getByName(name);
    const events = JSON.stringify([{ id: "old", type: "page_view", ts: 1_500_000_000_000, anonymousId: "v" }]);
    await stub.ingest({ name, events, receivedAt: null });
    const { rows } = await outboxOf(stub);
    expect(JSON.parse(rows[0] ?? "").receivedAt).toBe(1_500_000_000_000);
  });
});

describe("a state that cannot be read", () => {
  test("is refused again and again, and never taken for a visitor never seen", async () => {
    const name = "default:a:poisoned";
    const stub = env.VISITOR_PROFILE.getByName(name);
    await stub.ingest(batch(name, ["1", "2"]));
    const poison = (version: number) =>
      runInDurableObject(stub, (_, state) => {
        state.storage.sql.exec("UPDATE state SET profile = json_set(profile, '$.version', ?)", version);
      });
    await poison(99);
    await evictDurableObject(stub);
    await runInDurableObject(stub, (instance) => {
      for (let i = 0; i < 3; i++) expect(() => instance.ingest(batch(name, ["3"]))).toThrow(/unknown version/);
    });
    await poison(1);
    expect(await stub.ingest(batch(name, ["1", "3"]))).toEqual({ statuses: ["duplicate", "accepted"], seq: 3 });
  });

  test("a batch that breaks off leaves nothing behind, in memory either", async () => {
    const name = "default:a:broken-off";
    const stub = env.VISITOR_PROFILE.getByName(name);
    await stub.ingest(batch(name, ["1"]));
    // The second event cannot be folded: its items are no list.
    const events = JSON.stringify([
      { id: "2", type: "view_item", ts: T0 },
      { id: "3", type: "view_item", ts: T0, items: 7 },
    ]);
    await runInDurableObject(stub, (instance) => {
      expect(() => instance.ingest({ name, events, receivedAt: T0 })).toThrow(/iterable/);
    });
    expect(await stub.ingest(batch(name, ["2"]))).toEqual({ statuses: ["accepted"], seq: 2 });
  });
});

describe("the outbox", () => {
  test("keeps rows until the lake's log has them, then is empty", async () => {
    const name = "default:a:outbox";
    const stub = env.VISITOR_PROFILE.getByName(name);
    await stub.ingest(batch(name, ["1", "2"]));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const sent = await outboxOf(stub);
    expect(sent.rows).toHaveLength(2);
    expect(sent.alarm).not.toBeNull();
    const source = `${name}#${sent.incarnation}`;
    const log = logName(name, 1);
    const messages = packMessages({ table: "events", site: "default", source, log, firstSeq: 1 }, sent.rows);
    await env.LAKE_LOG.getByName(log).append(log, messages);
    // A new life of the object does not know what it sent: it asks first.
    await evictDurableObject(stub);
    await runDurableObjectAlarm(stub);
    const done = await outboxOf(stub);
    expect(done.rows).toEqual([]);
    expect(done.alarm).toBeNull();
    expect(await stub.ingest(batch(name, ["1", "3"]))).toEqual({ statuses: ["duplicate", "accepted"], seq: 3 });
    expect((await outboxOf(stub)).rows.map((row) => JSON.parse(row).seq)).toEqual([3]);
  });

  test("a large outbox is sealed into rows of its own and still leaves whole and in order", async () => {
    const name = "default:a:large";
    const stub = env.VISITOR_PROFILE.getByName(name);
    const text = "x".repeat(30_000);
    for (let i = 0; i < 4; i++) {
      const events = Array.from({ length: 10 }, (_, j) => ({
        id: `${i}-${j}`,
        type: "custom",
        ts: T0,
        properties: { text },
      }));
      await stub.ingest({ name, events: JSON.stringify(events), receivedAt: T0 });
    }
    const seqs = await runInDurableObject(stub, (_, state) => {
      const sealed = state.storage.sql.exec<{ rows: string }>("SELECT rows FROM outbox ORDER BY first_seq").toArray();
      const inline = state.storage.sql.exec<{ outbox: string }>("SELECT outbox FROM state").one().outbox;
      const rows = [...sealed.flatMap(({ rows }) => rows.split("\n")), ...(inline === "" ? [] : inline.split("\n"))];
      expect(sealed.length).toBeGreaterThan(1);
      return rows.map((row) => JSON.parse(row).seq as number);
    });
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
    expect((await stub.ingest(batch(name, ["next"]))).seq).toBe(41);
  });
});

test("a message names its source and numbers, so that the log can tell a repetition", () => {
  const [text = ""] = packMessages({ table: "events", site: "default", source: "s#1", log: "log-0", firstSeq: 7 }, [
    "{}",
    "{}",
  ]);
  expect(decodeMessage(text)).toMatchObject({ source: "s#1", firstSeq: 7, rows: ["{}", "{}"] });
});
