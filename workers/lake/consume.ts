// The queue consumer: gives each message to the log that its source belongs to, and flushes logs that asked for it or
// are full. A message that fails is delivered again; the logs know what they have.

import { lake } from "../../nowcast.config.ts";
import { decodeMessage } from "../../src/lake/message.ts";
import { flushLog } from "./flush.ts";

export async function consume(batch: MessageBatch<string>, env: LakeEnv): Promise<void> {
  const byLog = new Map<string, Message<string>[]>();
  const toFlush = new Set<string>();
  for (const message of batch.messages) {
    try {
      const decoded = decodeMessage(message.body);
      if (decoded.kind === "flush") {
        toFlush.add(decoded.log);
        continue;
      }
      const { log } = decoded;
      byLog.set(log, [...(byLog.get(log) ?? []), message]);
    } catch (error) {
      console.error({ message: "a message of the queue is unreadable", id: message.id, error: String(error) });
      message.retry();
    }
  }
  await Promise.all(
    [...byLog].map(async ([log, messages]) => {
      try {
        const bodies = messages.map((message) => message.body);
        const pendingBytes = await env.LAKE_LOG.getByName(log).append(log, bodies);
        if (pendingBytes >= lake.flushBytes) toFlush.add(log);
      } catch (error) {
        console.error({ message: "a log did not take its messages", log, error: String(error) });
        for (const message of messages) message.retry();
      }
    }),
  );
  for (const log of toFlush) {
    // The rows are safe in the log: its alarm asks again when this fails.
    await flushLog(env, log).catch((error) => {
      console.error({ message: "a log could not be flushed", log, error: String(error) });
    });
  }
}
