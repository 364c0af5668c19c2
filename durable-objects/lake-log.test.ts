import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { packMessages } from "../src/lake/message.ts";

const row = (seq: number): string => JSON.stringify({ seq, receivedAt: 0 });

function message(source: string, from: number, to: number): string {
  const rows = Array.from({ length: to - from + 1 }, (_, i) => row(from + i));
  return packMessages({ table: "events", site: "default", source, log: "log", firstSeq: from }, rows)[0] ?? "";
}

/** Everything a log hands out until it is empty, segment by segment. */
async function drain(name: string): Promise<number[]> {
  const log = env.LAKE_LOG.getByName(name);
  const seqs: number[] = [];
  for (;;) {
    const segment = await log.take();
    if (segment === null) return seqs;
    for (const { rows } of segment.chunks) seqs.push(...rows.split("\n").map((line) => JSON.parse(line).seq as number));
    await log.commit(segment.to);
  }
}

describe("the log of the lake", () => {
  test("takes a row once, whatever is repeated, however it is cut and in whatever order it comes", async () => {
    const log = env.LAKE_LOG.getByName("log-once");
    await log.append("log-once", [message("s#1", 4, 6)]);
    expect(await log.confirmed("s#1")).toBe(0);
    await log.append("log-once", [message("s#1", 1, 3), message("s#1", 1, 6)]);
    expect(await log.confirmed("s#1")).toBe(6);
    await evictDurableObject(log);
    await log.append("log-once", [message("s#1", 2, 8), message("other#1", 1, 2)]);
    expect((await log.status("default")).appended).toBe(10);
    expect(await log.confirmed("s#1")).toBe(8);
    expect((await drain("log-once")).toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 4, 5, 6, 7, 8]);
    expect(await log.append("log-once", [message("s#1", 1, 8)])).toBe(0);
    expect(await log.status("default")).toEqual({
      appended: 10,
      written: 10,
      pendingBytes: 0,
    });
  });

  test("hands out the same segment until it is committed, also across an eviction", async () => {
    const log = env.LAKE_LOG.getByName("log-segment");
    await log.append("log-segment", [message("s#1", 1, 2)]);
    const first = await log.take();
    await log.append("log-segment", [message("s#1", 3, 4)]);
    await evictDurableObject(log);
    expect(await log.take()).toEqual(first);
    await log.commit(first?.to ?? 0);
    await log.commit(first?.to ?? 0);
    expect((await log.status("default")).written).toBe(2);
    expect(await drain("log-segment")).toEqual([3, 4]);
  });

  test("forgets sources that nothing can come from any more, and those alone", async () => {
    const log = env.LAKE_LOG.getByName("log-ended");
    const today = Math.floor(Date.now() / 86_400_000);
    const sources = [`detached:${today - 9}:a`, `detached:${today}:b`, "default:a:x#1"];
    await log.append(
      "log-ended",
      sources.map((source) => message(source, 1, 2)),
    );
    expect(await drain("log-ended")).toHaveLength(6);
    expect(await Promise.all(sources.map((source) => log.confirmed(source)))).toEqual([0, 2, 2]);
    await evictDurableObject(log);
    expect(await Promise.all(sources.map((source) => log.confirmed(source)))).toEqual([0, 2, 2]);
  });

  test("does not count logged decisions as progress: nobody sent them", async () => {
    const log = env.LAKE_LOG.getByName("log-decisions");
    const base = { table: "decisions", site: "default", source: "detached:1:d", log: "log", firstSeq: 1 } as const;
    await log.append("log-decisions", [...packMessages(base, [row(1)]), message("s#1", 1, 2)]);
    expect((await log.status("default")).appended).toBe(2);
    expect(await drain("log-decisions")).toHaveLength(3);
    expect(await log.status("default")).toEqual({ appended: 2, written: 2, pendingBytes: 0 });
  });

  test("rows that nobody numbers are taken as they come", async () => {
    const log = env.LAKE_LOG.getByName("log-failed");
    const base = { table: "failed_events", site: "default", source: "", log: "log", firstSeq: 0 } as const;
    const [failed = ""] = packMessages(base, [row(0)]);
    await log.append("log-failed", [failed, failed]);
    expect((await log.status("default")).appended).toBe(2);
    expect((await log.status("other-site")).appended).toBe(0);
  });

  test("counts what was sent, not what the system adds", async () => {
    const log = env.LAKE_LOG.getByName("log-counts");
    const base = { site: "default", log: "log", firstSeq: 1 } as const;
    const system = JSON.stringify({ system: { kind: "session_end", session: 1 }, seq: 2, receivedAt: 0 });
    await log.append("log-counts", [
      ...packMessages({ ...base, table: "events", source: "s#1" }, [row(1), system]),
      ...packMessages({ ...base, table: "decisions", source: "d#1" }, [row(1)]),
    ]);
    expect((await log.status("default")).appended).toBe(1);
    const segment = await log.take();
    await log.commit(segment?.to ?? 0);
    expect(await log.status("default")).toMatchObject({ appended: 1, written: 1, pendingBytes: 0 });
  });

  test("takes all of a call or nothing: what failed can be sent again", async () => {
    const log = env.LAKE_LOG.getByName("log-atomic");
    await runInDurableObject(log, (instance) => {
      expect(() => instance.append("log-atomic", [message("s#1", 1, 2), "not a message"])).toThrow();
    });
    expect(await log.confirmed("s#1")).toBe(0);
    await log.append("log-atomic", [message("s#1", 1, 2)]);
    expect(await drain("log-atomic")).toEqual([1, 2]);
  });
});
