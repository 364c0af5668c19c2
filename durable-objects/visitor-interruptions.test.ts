// What may happen while a visitor's object waits for the outside: batches that break off, erasures, merges. Nothing that was
// taken back or erased leaves, and nothing that was acknowledged is lost.
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../src/lake/message.ts";
import {
  batchOf,
  evict,
  ingested,
  storedIn,
  type VisitorStub,
  viewsOf,
  visitorObject,
} from "../tests/support/visitor-object.worker.ts";
import type { VisitorProfile } from "./visitor-profile.ts";

interface Outside {
  /** What the lake's log says that it has, asked once a round. */
  readonly confirmed?: (object: VisitorProfile) => number | Promise<number>;
  /** What R2 holds. */
  readonly file?: (object: VisitorProfile) => Promise<string | null>;
}

/** A new life of the object with an outside of the test's own; what it sends is collected. */
async function withOutside(
  stub: VisitorStub,
  { confirmed = () => 0, file = async () => null }: Outside,
  work: (object: VisitorProfile, sent: { source: string; n: number; id: string }[]) => Promise<void>,
): Promise<void> {
  await evict(stub);
  await runInDurableObject(stub, async (object) => {
    const sent: { source: string; n: number; id: string }[] = [];
    const { VISITOR_PROFILE } = (object as unknown as { env: ObjectsEnv }).env;
    const env = {
      VISITOR_PROFILE,
      LAKE: {
        get: async () => {
          const text = await file(object);
          return text === null ? null : { text: async () => text };
        },
      },
      LAKE_LOG: { getByName: () => ({ confirmed: async () => confirmed(object) }) },
      EVENT_QUEUE: {
        sendBatch: async (messages: readonly { body: string }[]) => {
          for (const { body } of messages) {
            const message = decodeMessage(body);
            if (message.kind !== "rows") continue;
            const { source, firstSeq, rows } = message;
            rows.forEach((row, i) => void sent.push({ source, n: firstSeq + i, id: JSON.parse(row).id }));
          }
        },
      },
    };
    Object.defineProperty(object, "env", { value: env, configurable: true });
    await work(object, sent);
  });
}

/** A batch that throws in its second event. */
const breaksOff = (name: string, id: string) =>
  batchOf(name, [{ id }, { id: `${id}-bad`, items: { length: 1 } as unknown as [] }]);

describe("while the outbox asks the lake", () => {
  test("a batch that breaks off is not sent, and the number of its row is the next one's", async () => {
    const name = "default:a:ghost";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "e1"));
    let asked = 0;
    const confirmed = (object: VisitorProfile) => {
      asked += 1;
      if (asked === 1) expect(() => object.ingest(breaksOff(name, "ghost"))).toThrow(TypeError);
      return 0;
    };
    await withOutside(stub, { confirmed }, async (object, sent) => {
      await object.alarm();
      expect(sent).toEqual([]);
      object.ingest(viewsOf(name, "e2"));
      await object.alarm();
      expect(sent.map(({ n, id }) => [n, id])).toEqual([
        [1, "e1"],
        [2, "e2"],
      ]);
    });
    // Somebody comes back for what still waits.
    expect((await storedIn(stub)).alarm).not.toBeNull();
  });

  test("an erasure keeps everything from leaving, and leaves no alarm behind", async () => {
    const name = "default:a:erased-meanwhile";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "e1"));
    const confirmed = async (object: VisitorProfile) => {
      await object.erase();
      return 0;
    };
    await withOutside(stub, { confirmed }, async (object, sent) => {
      await object.alarm();
      expect(sent).toEqual([]);
    });
    expect(await storedIn(stub)).toMatchObject({ rows: [], meta: null, alarm: null });
  });

  test("rows of a new life are not taken for those of the old one", async () => {
    const name = "default:a:second-life";
    const stub = visitorObject(name);
    const many = (prefix: string, count: number) =>
      viewsOf(name, ...Array.from({ length: count }, (_, i) => `${prefix}${i}`));
    await ingested(stub, many("old-", 200));
    let asked = 0;
    const confirmed = async (object: VisitorProfile) => {
      asked += 1;
      if (asked > 1) return 0;
      await object.erase();
      object.ingest(many("new-", 150));
      return 200;
    };
    await withOutside(stub, { confirmed }, async (object, sent) => {
      await object.alarm();
      expect(sent).toEqual([]);
      await object.alarm();
      expect(sent).toHaveLength(150);
      expect(new Set(sent.map(({ source }) => source)).size).toBe(1);
      expect(sent.every(({ id }) => id.startsWith("new-"))).toBe(true);
    });
  });
});

test("a body that grows when it is written out is sealed into rows that SQLite holds", async () => {
  const name = "default:a:growing";
  const stub = visitorObject(name);
  const properties = { n: Array.from({ length: 196 }, () => 1e20) };
  await ingested(
    stub,
    batchOf(
      name,
      Array.from({ length: 480 }, (_, i) => ({ id: `p${i}`, type: "custom", properties })),
    ),
  );
  const rows = await runInDurableObject(stub, (_, state) =>
    state.storage.sql
      .exec<{ count: number; bytes: number }>("SELECT count, length(rows) AS bytes FROM outbox")
      .toArray(),
  );
  expect(rows.length).toBeGreaterThan(1);
  expect(rows.every(({ bytes }) => bytes <= 1024 * 1024)).toBe(true);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(480);
});

test("a merge that happens while the batch layer is asked leaves nothing in the alias", async () => {
  const [name, user] = ["merging:a:reader", "merging:u:reader"];
  const stub = visitorObject(name);
  await ingested(stub, viewsOf(name, "e1"));
  const file = async (object: VisitorProfile) => {
    await object.mergeInto(name, user);
    return JSON.stringify({ version: "v", shards: 1, asOf: 9, visitors: 1 });
  };
  await withOutside(stub, { file }, async (object) => {
    await object.alarm();
  });
  const { rows, meta } = await storedIn(stub);
  expect(meta?.moved?.to).toBe(user);
  expect(rows.map(({ type }) => type)).not.toContain("batch_view");
});

test("what was let go before the user was erased does not bring them back", async () => {
  const [name, user] = ["default:a:too-late", "default:u:too-late"];
  await ingested(visitorObject(name), viewsOf(name, "a1"));
  await ingested(visitorObject(user), viewsOf(user, "u1"));
  await runInDurableObject(visitorObject(user), async (object) => {
    const handover = {
      name: user,
      from: name,
      epoch: "e",
      state: "",
      dedupe: "",
      at: Date.now() - 1000,
      replayedAt: null,
      recorded: true,
      unrecordedAt: 0,
    };
    await object.erase();
    object.takeOver(handover);
    expect(object.readState()).toBeNull();
  });
});

describe("without consent to statistics", () => {
  const minutes = (n: number) => Date.now() - n * 60_000;
  const page = (id: string, ts: number, more: object = {}) => ({ id, type: "page_view", ts, ...more });

  test("a session that was begun so is never told of, whatever was allowed later", async () => {
    const name = "default:a:began-private";
    const stub = visitorObject(name);
    const search = page("s", minutes(100), { type: "search", query: "private words" });
    await ingested(stub, batchOf(name, [search], { recorded: false }));
    await ingested(stub, batchOf(name, [page("1", minutes(20)), page("2", minutes(10)), page("3", minutes(0))]));
    const { rows } = await storedIn(stub);
    expect(rows.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(JSON.stringify(rows)).not.toContain("private words");
  });

  test("once it is withdrawn nothing that waits is sent, and new rows are of a source of their own", async () => {
    const name = "default:a:withdrawn";
    const stub = visitorObject(name);
    await ingested(stub, viewsOf(name, "1", "2"));
    const { meta } = await storedIn(stub);
    await stub.stopRecording();
    expect((await storedIn(stub)).rows).toEqual([]);
    await ingested(stub, { ...viewsOf(name, "3"), recorded: false });
    await ingested(stub, viewsOf(name, "4"));
    const after = await storedIn(stub);
    expect(after.rows.map(({ id }) => id)).toEqual(["4"]);
    expect(after.meta?.rows).toBe(1);
    expect(after.meta?.incarnation).not.toBe(meta?.incarnation);
  });
});
