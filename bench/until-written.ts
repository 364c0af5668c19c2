// Waits for the lake at the end of a proof.
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../cli/client/client.ts";
import { LOCAL_KEY } from "../cli/client/connection.ts";

/** The last acknowledged events are on their way through outbox, queue and log; lost ones are sent again after 20 s. */
export async function untilWritten(url: string, rows: number): Promise<void> {
  const client = new Client({ url, key: LOCAL_KEY, timeoutMs: 60_000 });
  for (let waited = 0; waited < 120; waited++) {
    if ((await client.lakeFlush()).written >= rows) return;
    await pause(1000);
  }
}
