// Every acknowledged event stands exactly once in the Parquet of R2, and counts once in item statistics, also when workerd
// is killed again and again while events come in and the client just sends again what was not answered.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, test } from "vitest";
import { Client } from "../cli/client/client.ts";
import { importRecords } from "../cli/client/import-records.ts";
import { pullLake } from "../cli/client/pull-lake.ts";
import { waitForLake } from "../cli/client/wait-for-lake.ts";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { ItemTable } from "../src/catalog/item-table.ts";
import { epochKey } from "../src/lake/keys.ts";
import { buildHistory } from "../src/training/history.ts";
import { itemTableOf } from "../src/training/item-statistics.ts";
import { eventually } from "./support/eventually.ts";
import { KillableServer } from "./support/killable-server.ts";

const KILLS = 5;
const dir = mkdtempSync(join(tmpdir(), "nowcast-exactly-once-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** How often each event that came from outside stands in the files that a pull has fetched. */
async function timesInLake(): Promise<Map<unknown, unknown>> {
  const connection = await (await DuckDBInstance.create()).connect();
  const files = `read_parquet('${dir}/lake/table=events/**/*.parquet', union_by_name = true)`;
  const result = await connection.runAndReadAll(
    `SELECT id, count(*)::INT AS times FROM ${files} WHERE system IS NULL GROUP BY id`,
  );
  return new Map(result.getRowObjects().map(({ id, times }) => [id, times]));
}

/** What each item did in all; revenue in hundredths. */
function totalsOf(table: ItemTable): Record<string, number[]> {
  const { ids, impressions, clicks, carts, purchases, revenue } = table;
  const columns = [impressions, clicks, carts, purchases, revenue];
  return Object.fromEntries(ids.map((id, slot) => [id, columns.map((column) => column[slot] as number)]));
}

/** The table of an epoch, from the files that a pull has fetched. */
function tableOfEpoch(epoch: number): ItemTable {
  const table = new ItemTable();
  for (let n = 1; n <= epoch; n++) table.apply(readFileSync(join(dir, "lake", epochKey("default", n))));
  return table;
}

test("five kills on the way lose nothing and double nothing", { timeout: 240_000 }, async () => {
  const records = simulateLog({ seed: 5, endTs: 1_732_280_000_000, shoppers: 60 });
  const events = records.filter(({ kind }) => kind === "event");
  let itemEpoch = 0;
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
    // What the system itself puts into a visitor's order are rows too: that there are enough does not say which.
    await eventually(async () => {
      ({ itemEpoch } = await client.lakeFlush());
      await pullLake(join(dir, "lake"), client);
      // Epochs are numbered when a flush answers, and in R2 a second later.
      const isWritten = existsSync(join(dir, "lake", epochKey("default", itemEpoch)));
      return isWritten && (await timesInLake()).size >= events.length ? true : null;
    }, 60_000);
  } finally {
    await server.kill();
  }
  const times = await timesInLake();
  const missing = events.filter(({ id }) => !times.has(id));
  const doubled = [...times].filter(([, count]) => count !== 1);
  expect({ missing: missing.length, doubled: doubled.length, ids: times.size }).toEqual({
    missing: 0,
    doubled: 0,
    ids: events.length,
  });
  const expected = itemTableOf(buildHistory(records).timeline);
  expect(totalsOf(tableOfEpoch(itemEpoch))).toEqual(totalsOf(expected));
  expect(expected.sumOf("purchases")).toBeGreaterThan(0);
});
