// Parity on a slice of RankLens: real people, real films. Skipped where the data are not (set NOWCAST_DATA to the folder that
// holds them); `npm run proof:parity` takes all of it.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { convertRankLens } from "../src/training/convert/ranklens.ts";
import type { LogEvent, LogItem, LogRecord } from "../src/training/log.ts";
import { recordShop } from "./support/recorded-shop.ts";
import { useSystem } from "./support/system.ts";

const DATA = join(process.env.NOWCAST_DATA ?? "../shared/data", "ranklens");
const absent = !existsSync(DATA);
const VISITORS = 30;

const system = useSystem();
const dir = mkdtempSync(join(tmpdir(), "nowcast-parity-ranklens-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The first visitors' events, and the films that they saw. */
async function slice(): Promise<LogRecord[]> {
  const items: LogItem[] = [];
  const events: LogEvent[] = [];
  const visitors = new Set<string | undefined>();
  for await (const line of convertRankLens(DATA)) {
    const record = JSON.parse(line) as LogRecord;
    if (record.kind === "item") {
      items.push(record);
      continue;
    }
    const { anonymousId } = record;
    if (visitors.size < VISITORS) visitors.add(anonymousId);
    // What comes later in the log is only theirs.
    if (visitors.has(anonymousId)) events.push({ ...record, kind: "event" });
  }
  const seen = new Set(events.flatMap(({ items = [] }) => items.map(({ id }) => id)));
  return [...items.filter(({ id }) => seen.has(id)), ...events];
}

test.skipIf(absent)(
  `every decision for real visitors is computed again from the lake to the bit${absent ? ` (skipped: no ${DATA}, set NOWCAST_DATA)` : ""}`,
  async () => {
    const { summary, decisions } = await recordShop(system, await slice(), dir);
    expect(summary.mismatches).toEqual([]);
    expect(summary.viewMismatches).toEqual([]);
    expect(summary).toMatchObject({ equal: true, skipped: {}, decisions });
    expect(summary.rows).toBeGreaterThan(3000);
  },
  300_000,
);
