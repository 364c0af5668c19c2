import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { EVENT_STATUS } from "../src/events/event-status.ts";
import { logName } from "../src/lake/log-name.ts";
import { decodeMessage, packMessages } from "../src/lake/message.ts";
import { decodeView } from "../src/profile/view-codec.ts";
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

const view = (batch: Parameters<typeof batchOf>[1] | null, name: string) => ({
  batch: batch === null ? null : batchOf(name, batch),
  now: Date.now(),
  anonymous: null,
});

describe("a visitor's object", () => {
  test("numbers, folds and keeps what it acknowledges, also across an eviction", async () => {
    const name = "default:a:evicted";
    const stub = visitorObject(name);
    expect(await ingested(stub, viewsOf(name, "1", "2"))).toMatchObject({ statuses: ["accepted", "accepted"], seq: 2 });
    await evict(stub);
    expect(await ingested(stub, viewsOf(name, "2", "3", "3"))).toMatchObject({
      statuses: ["duplicate", "accepted", "duplicate"],
      seq: 3,
    });
    expect(await profileIn(stub)).toMatchObject({ seq: 3 });
    const { rows } = await storedIn(stub);
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(rows[2]).toMatchObject({ id: "3", visitor: name, anonymousId: "v" });
  });

  test("records an event and returns the view that has it, in one call", async () => {
    const name = "default:a:view";
    const stub = visitorObject(name);
    const item = (id: string) => [{ id, items: [{ id: `sku-${id}` }] }];
    const first = await stub.decisionView(view(item("1"), name));
    expect(EVENT_STATUS[first[0] ?? 0]).toBe("accepted");
    expect(decodeView(first.subarray(1))).toMatchObject({ seq: 1, touches: [{ itemId: "sku-1" }] });
    expect(EVENT_STATUS[(await stub.decisionView(view(item("1"), name)))[0] ?? 0]).toBe("duplicate");
    expect((await stub.decisionView(view(null, name)))[0]).toBe(0);
    const next = await stub.decisionView(view(item("2"), name));
    expect(decodeView(next.subarray(1))).toMatchObject({ seq: 2, touches: [{ itemId: "sku-2" }, { itemId: "sku-1" }] });
  });

  test("a view is of its time: the session is over when the timeout has passed, without any event", async () => {
    const name = "default:a:of-its-time";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1"));
    const at = async (now: number) => decodeView((await stub.decisionView({ ...view(null, name), now })).subarray(1));
    expect((await at(Date.now())).session).toMatchObject({ events: 1 });
    expect(await at(Date.now() + 3_600_000)).toMatchObject({ session: null, previous: { events: 1 } });
    expect((await at(Date.now())).session).toMatchObject({ events: 1 });
  });

  test("a visitor who was only asked about leaves nothing behind", async () => {
    const stub = visitorObject("default:a:asked");
    expect(await stub.readState()).toBeNull();
    expect((await stub.decisionView(view(null, "default:a:asked"))).length).toBe(1);
    await runInDurableObject(stub, (_, state) => {
      const tables = state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'");
      expect(tables.toArray()).toEqual([]);
    });
  });

  test("in a replay the event's own time is its time of receipt", async () => {
    const name = "default:a:replay";
    const stub = visitorObject(name);
    await ingested(stub, batchOf(name, [{ id: "old", ts: 1_500_000_000_000 }], { receivedAt: null }));
    expect((await storedIn(stub)).rows[0]?.receivedAt).toBe(1_500_000_000_000);
  });

  test("without consent to statistics the profile grows and nothing waits for the lake", async () => {
    const name = "default:a:unrecorded";
    const stub = visitorObject(name);
    await ingested(stub, { ...viewsOf(name, "1"), recorded: false });
    expect((await storedIn(stub)).rows).toEqual([]);
    await ingested(stub, viewsOf(name, "2"));
    expect(await profileIn(stub)).toMatchObject({ seq: 2 });
    // Rows are numbered without gaps, whatever the events are numbered.
    const { rows, meta } = await storedIn(stub);
    expect(rows.map(({ seq }) => seq)).toEqual([2]);
    expect(meta?.rows).toBe(1);
  });
});

describe("what a batch costs", () => {
  test("one row, however many events it has, and none when all are duplicates", async () => {
    const name = "default:a:cost";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1"));
    expect(await changesOf(stub, (object) => object.ingest(viewsOf(name, "1")))).toBe(0);
    expect(await changesOf(stub, (object) => object.ingest(viewsOf(name, "2")))).toBe(1);
    const ten = Array.from({ length: 10 }, (_, i) => `ten-${i}`);
    expect(await changesOf(stub, (object) => object.ingest(viewsOf(name, ...ten)))).toBe(1);
  });

  test("reading a view writes nothing", async () => {
    const name = "default:a:cost-of-a-view";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1"));
    expect(await changesOf(stub, (object) => object.decisionView(view(null, name)))).toBe(0);
  });

  test("events set the alarm once: it stands until it has rung", async () => {
    const name = "default:a:cost-of-alarms";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1"));
    const { alarm } = await storedIn(stub);
    for (let i = 2; i < 10; i++) await ingested(stub, viewsOf(name, String(i)));
    expect((await storedIn(stub)).alarm).toBe(alarm);
  });
});

describe("a state that cannot be read", () => {
  test("is refused again and again, and never taken for a visitor never seen", async () => {
    const name = "default:a:poisoned";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1", "2"));
    const whole = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec<{ live: ArrayBuffer }>("SELECT live FROM visitor").one(),
    );
    const write = (live: Uint8Array<ArrayBuffer>) =>
      runInDurableObject(stub, (_, state) => {
        state.storage.sql.exec("UPDATE visitor SET live = ?", live.buffer);
      });
    const refused = (poison: Uint8Array<ArrayBuffer>, reason: RegExp) =>
      write(poison)
        .then(() => evict(stub))
        .then(() =>
          runInDurableObject(stub, (instance) => {
            for (let i = 0; i < 3; i++) expect(() => instance.ingest(viewsOf(name, "3"))).toThrow(reason);
          }),
        );
    const bytes = new Uint8Array(whole.live);
    await refused(Uint8Array.of(99, ...bytes.slice(1)), /format 99/);
    await refused(bytes.slice(0, bytes.length - 5), /truncated/);
    await refused(new Uint8Array(0), /truncated/);
    await write(bytes);
    await evict(stub);
    expect(await ingested(stub, viewsOf(name, "1", "3"))).toMatchObject({
      statuses: ["duplicate", "accepted"],
      seq: 3,
    });
  });

  test("a batch that breaks off leaves nothing behind, in memory either", async () => {
    const name = "default:a:broken-off";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1"));
    // The second event cannot be folded: its items are no list.
    const events = JSON.stringify([
      { id: "2", type: "view_item", ts: Date.now() },
      { id: "3", type: "view_item", ts: Date.now(), items: { length: 1 } },
    ]);
    await runInDurableObject(stub, (instance) => {
      expect(() => instance.ingest({ ...viewsOf(name), events })).toThrow(TypeError);
    });
    expect(await ingested(stub, viewsOf(name, "2"))).toMatchObject({ statuses: ["accepted"], seq: 2 });
  });
});

test("a visitor that version 0.1 stored is read, goes on, and stands in the new row", async () => {
  const name = "default:a:version-1";
  const stub = visitorObject(name);
  const at = Date.now() - 60_000;
  await runInDurableObject(stub, (_, state) => {
    state.storage.sql.exec(
      "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT, incarnation TEXT, log TEXT, profile TEXT, dedupe BLOB, outbox TEXT)",
    );
    const profile = {
      version: 1,
      seq: 1,
      firstAt: at,
      lastAt: at,
      sessions: 1,
      orders: 0,
      revenue: 0,
      session: { id: 1, startedAt: at, lastAt: at, events: 1, pageViews: 0 },
      touches: [{ itemId: "sku-0", kind: "view", at }],
      shown: [],
    };
    const row = JSON.stringify({ id: "0", type: "view_item", ts: at, seq: 1, receivedAt: at, visitor: name });
    state.storage.sql.exec(
      "INSERT INTO state VALUES (1, ?, 'abcd1234', 'log-0', ?, ?, ?)",
      name,
      JSON.stringify(profile),
      Uint8Array.of(0).buffer,
      row,
    );
  });
  await evict(stub);
  expect(await profileIn(stub)).toMatchObject({ seq: 1, touches: [{ itemId: "sku-0" }] });
  expect(await ingested(stub, viewsOf(name, "1"))).toMatchObject({ statuses: ["accepted"], seq: 2 });
  await evict(stub);
  expect(await profileIn(stub)).toMatchObject({
    seq: 2,
    sessions: 1,
    touches: [{ itemId: "sku-0" }, { itemId: "sku-1" }],
  });
  const { rows, meta } = await storedIn(stub);
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(meta).toMatchObject({ incarnation: "abcd1234", rows: 2 });
});

describe("the outbox", () => {
  test("keeps rows until the lake's log has them, then is empty", async () => {
    const name = "default:a:outbox";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1", "2"));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const sent = await storedIn(stub);
    expect(sent.rows).toHaveLength(2);
    expect(sent.alarm).not.toBeNull();
    const source = `${name}#${sent.meta?.incarnation}`;
    const log = logName(name, 1);
    const messages = packMessages({ table: "events", site: "default", source, log, firstSeq: 1 }, sent.lines);
    await env.LAKE_LOG.getByName(log).append(log, messages);
    // A new life of the object does not know what it sent: it asks first.
    await evict(stub);
    await runDurableObjectAlarm(stub);
    const done = await storedIn(stub);
    expect(done.rows).toEqual([]);
    // What remains to be done is to end the session.
    expect(done.alarm).toBeGreaterThan(Date.now() + 25 * 60_000);
    await ingested(stub, viewsOf(name, "1", "3"));
    expect((await storedIn(stub)).rows.map(({ seq }) => seq)).toEqual([3]);
  });

  test("a large outbox is sealed into rows of its own and still leaves whole and in order", async () => {
    const name = "default:a:large";
    const stub = visitorObject(name);
    const properties = { text: "x".repeat(30_000) };
    for (let i = 0; i < 4; i++) {
      const events = Array.from({ length: 10 }, (_, j) => ({ id: `${i}-${j}`, type: "custom", properties }));
      await ingested(stub, batchOf(name, events));
    }
    const seqs = await runInDurableObject(stub, (_, state) => {
      const sealed = state.storage.sql.exec<{ rows: string }>("SELECT rows FROM outbox ORDER BY first_seq").toArray();
      const inline = state.storage.sql.exec<{ outbox: string }>("SELECT outbox FROM visitor").one().outbox;
      const rows = [...sealed.flatMap(({ rows }) => rows.split("\n")), ...(inline === "" ? [] : inline.split("\n"))];
      expect(sealed.length).toBeGreaterThan(1);
      return rows.map((row) => JSON.parse(row).seq as number);
    });
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await runDurableObjectAlarm(stub);
    await evict(stub);
    expect((await ingested(stub, viewsOf(name, "next"))).seq).toBe(41);
  });
});

test("a message names its source and numbers, so that the log can tell a repetition", () => {
  const [text = ""] = packMessages({ table: "events", site: "default", source: "s#1", log: "log-0", firstSeq: 7 }, [
    "{}",
    "{}",
  ]);
  expect(decodeMessage(text)).toMatchObject({ source: "s#1", firstSeq: 7, rows: ["{}", "{}"] });
});
