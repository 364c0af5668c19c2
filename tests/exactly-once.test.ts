// Every acknowledged event stands exactly once in the Parquet of R2, also when workerd is killed again and again while
// events come in and the client just sends again what was not answered.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import { Client } from "../cli/client/client.ts";
import { importRecords } from "../cli/client/import-records.ts";
import { pullLake } from "../cli/client/pull-lake.ts";
import { waitForLake } from "../cli/client/wait-for-lake.ts";
import { simulateLog } from "../examples/sample/shoppers.ts";
import { KillableServer } from "./support/killable-server.ts";

const KILLS = 5;
const dir = mkdtempSync(join(tmpdir(), "nowcast-exactly-once-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("five kills on the way lose nothing and double nothing", { timeout: 240_000 }, async () => {
  const records = simulateLog({ seed: 5, endTs: 1_732_280_000_000, shoppers: 60 });
  const events = records.filter(({ kind }) => kind === "event");
  const server = await KillableServer.start(join(dir, "state"));
  try {
    const client = new Client({ url: server.url, key: "sk_dev", timeoutMs: 120_000 });
    const before = await client.lakeStatus();
    let kills = 0;
    let dying: Promise<void> | null = null;
    const counts = await importRecords(records, client, {
      concurrency: 3,
      window: 200,
      onSettled: (_, { events: settled }) => {
        // At even distances in the log, whatever the speed of the machine.
        const due = ((kills + 1) * events.length) / (KILLS + 2);
        if (dying === null && kills < KILLS && settled >= due) {
          kills++;
          dying = server
            .kill()
            .then(() => server.start())
            .finally(() => {
              dying = null;
            });
        }
      },
    });
    await dying;
    expect(kills).toBe(KILLS);
    expect(counts.rejected).toBe(0);
    expect(counts.events).toBe(events.length);
    const { complete } = await waitForLake(client, { before, rows: records.length, perhaps: 0 });
    expect(complete).toBe(true);
    await pullLake(join(dir, "lake"), client);
  } finally {
    await server.kill();
  }
  const connection = await (await DuckDBInstance.create()).connect();
  const result = await connection.runAndReadAll(
    `SELECT id, count(*)::INT AS times FROM read_parquet('${dir}/lake/table=events/**/*.parquet') GROUP BY id`,
  );
  const times = new Map(result.getRowObjects().map(({ id, times }) => [id, times]));
  const missing = events.filter(({ id }) => !times.has(id));
  const doubled = [...times].filter(([, count]) => count !== 1);
  expect({ missing: missing.length, doubled: doubled.length, ids: times.size }).toEqual({
    missing: 0,
    doubled: 0,
    ids: events.length,
  });
});
