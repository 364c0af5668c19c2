import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { decodeMessage } from "../src/lake/message.ts";
import { Outbox, type OutboxPorts } from "./outbox.ts";

const ADDRESS = { table: "events", site: "default", source: "s#1", log: "log-0" } as const;
const DELAY_MS = 20_000;

interface Lake {
  /** Seqs in the order in which the queue took them. */
  readonly sent: number[];
  /** What the log has, as `confirmed` tells it. */
  confirmed: number;
  asked: number;
}

/** Runs `play` with an outbox on the storage of a fresh object, and a queue and a log that are told what to do. */
function withOutbox(name: string, play: (outbox: Outbox, lake: Lake) => Promise<void>): Promise<void> {
  return runInDurableObject(env.VISITOR_PROFILE.getByName(name), async (_, state) => {
    const lake: Lake = { sent: [], confirmed: 0, asked: 0 };
    const sendBatch = async (messages: Iterable<MessageSendRequest<unknown>>) => {
      for (const { body } of messages) {
        const message = decodeMessage(body as string);
        if (message.kind === "rows") message.rows.forEach((_, i) => void lake.sent.push(message.firstSeq + i));
      }
    };
    const ports: OutboxPorts = {
      sql: state.storage.sql,
      queue: { sendBatch } as unknown as Queue,
      confirmed: async () => {
        lake.asked++;
        return lake.confirmed;
      },
      confirmDelayMs: DELAY_MS,
    };
    await play(new Outbox(ports, "", 1), lake);
  });
}

const nothing = (): void => {};

test("under steady traffic confirmations still come, and what is confirmed is forgotten", async () => {
  await withOutbox("steady", async (outbox, lake) => {
    for (let second = 0; second < 120; second++) {
      outbox.append(JSON.stringify({ second }));
      await outbox.advance(ADDRESS, second * 1000, nothing);
      // The lake is three seconds behind.
      lake.confirmed = Math.max(0, lake.sent.length - 3);
    }
    expect(lake.asked).toBeGreaterThanOrEqual(5);
    expect(outbox.encodeInline().split("\n").length).toBeLessThan(30);
    // Nothing was sent twice: the lake was never later than a confirmation.
    expect(lake.sent).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
  });
});

test("what the queue lost is sent again when its confirmation is due, and only then", async () => {
  await withOutbox("lost", async (outbox, lake) => {
    outbox.append("{}");
    expect(await outbox.advance(ADDRESS, 0, nothing)).toBe(DELAY_MS);
    await outbox.advance(ADDRESS, DELAY_MS - 1, nothing);
    expect(lake.sent).toEqual([1]);
    // Not there: sent again, and asked after twice the time.
    expect(await outbox.advance(ADDRESS, DELAY_MS, nothing)).toBe(3 * DELAY_MS);
    expect(lake.sent).toEqual([1, 1]);
    lake.confirmed = 1;
    expect(await outbox.advance(ADDRESS, 3 * DELAY_MS, nothing)).toBeNull();
    expect(outbox.isEmpty).toBe(true);
  });
});
