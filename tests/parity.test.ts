// Parity: what training makes of the lake is what serving saw, bit for bit. A shop in use has every decision recorded; then
// views and features are computed again from the files of the lake alone. docs/parity.md tells what is proven.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { features } from "../nowcast.config.ts";
import { encodeDelta } from "../src/catalog/delta.ts";
import type { Feature } from "../src/features/feature.ts";
import { FeatureSet } from "../src/features/feature-set.ts";
import { decodeFloats } from "../src/kernels/base64.ts";
import { epochKey } from "../src/lake/keys.ts";
import type { Table } from "../src/lake/message.ts";
import { encodeParquet } from "../src/lake/parquet.ts";
import type { LakeRow } from "../src/lake/tables.ts";
import { fieldsOf } from "../src/training/lake-tables.ts";
import { check, type RecordedShop, recordShop } from "./support/recorded-shop.ts";
import { useSystem } from "./support/system.ts";

const system = useSystem();
const dir = mkdtempSync(join(tmpdir(), "nowcast-parity-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const WIDTH = features.flatMap(({ columns }) => columns).length;
let shop: RecordedShop;

beforeAll(async () => {
  const records = simulateLog({ seed: 11, endTs: 1_732_280_000_000, shoppers: 18, days: 3 });
  shop = await recordShop(system, records, dir);
});

type Row = Record<string, unknown>;

const filesOf = (folder: string, table: Table): string[] => globSync(`${folder}/table=${table}/**/*.parquet`).sort();

async function readFileOf(path: string): Promise<Row[]> {
  return parquetReadObjects({ file: Uint8Array.from(readFileSync(path)).buffer });
}

async function readTable(table: Table): Promise<Row[]> {
  return (await Promise.all(filesOf(shop.lake, table).map(readFileOf))).flat();
}

function hasSource(candidates: unknown, source: string): boolean {
  return (candidates as { source: string }[]).some((candidate) => candidate.source === source);
}

function copy(name: string): string {
  const folder = join(dir, name);
  cpSync(shop.lake, folder, { recursive: true });
  return folder;
}

/** That changed most, of those that came before a decision and are not the catalogue itself. */
function largestEpoch(folder: string): number {
  const { min, max } = shop.summary.itemEpochs;
  const epochs = Array.from({ length: max - min }, (_, i) => min + 1 + i);
  const bytes = (epoch: number): number => statSync(join(folder, epochKey("default", epoch))).size;
  return epochs.reduce((largest, epoch) => (bytes(epoch) > bytes(largest) ? epoch : largest));
}

/** Changes the rows of the table's first file that has such a row. */
async function rewrite(
  folder: string,
  table: Table,
  change: (rows: Row[]) => void,
  has: (row: Row) => boolean = () => true,
): Promise<void> {
  for (const path of filesOf(folder, table)) {
    const rows = (await readFileOf(path)).map((row) => fieldsOf(table, row));
    if (!rows.some(has)) continue;
    change(rows);
    writeFileSync(path, new Uint8Array(encodeParquet(table, rows as unknown as LakeRow[])));
    return;
  }
  throw new Error(`no file of ${table} has such a row`);
}

test("every decision of the shop is computed again from its lake: views and rows are the same to the bit, all of them", () => {
  const { summary, decisions } = shop;
  expect(summary.viewMismatches).toEqual([]);
  expect(summary.mismatches).toEqual([]);
  expect(summary).toMatchObject({ equal: true, skipped: {}, decisions, columns: WIDTH });
  expect(summary.rows).toBeGreaterThan(5000);
  expect(summary.values).toBe(summary.rows * WIDTH);
});

test("the shop had everything that could tell serving and training apart", async () => {
  const rows = await readTable("events");
  const count = (type: string): number => rows.filter((row) => row.type === type).length;
  expect(count("identity_merged")).toBeGreaterThan(3);
  expect(count("session_end")).toBeGreaterThan(10);
  expect(count("batch_view")).toBeGreaterThan(3);
  expect(rows.filter(({ late }) => late === true).length).toBeGreaterThan(3);
  expect(shop.summary.itemEpochs.distinct).toBeGreaterThan(2);
  const logged = await readTable("decisions");
  const some = (test: (row: Row) => boolean): boolean => logged.some(test);
  for (const source of ["given", "popular"]) expect(some(({ candidates }) => hasSource(candidates, source))).toBe(true);
  expect(some(({ parts, part, placement }) => Number(parts) > 1 && Number(part) > 0 && placement === "search")).toBe(
    true,
  );
  expect(some(({ query }) => query !== "")).toBe(true);
  const { columnNames } = new FeatureSet(features);
  const pairs = columnNames.indexOf("live_pairs.sum");
  const saysPairs = (row: Row): boolean =>
    decodeFloats(String(row.features)).some((value, at) => at % columnNames.length === pairs && value > 0);
  expect(some(saysPairs)).toBe(true);
  expect(some(({ visitor }) => String(visitor).startsWith("default:u:"))).toBe(true);
});

describe("a skew shows:", () => {
  test("an event that says something else than what was folded", async () => {
    const folder = copy("event");
    const isView = ({ type }: Row): boolean => type === "view_item";
    const change = (rows: Row[]): void => {
      const event = rows.find(isView) as { items: { id: string }[] };
      event.items = [{ ...event.items[0], id: "something-else" }];
    };
    await rewrite(folder, "events", change, isView);
    const skewed = await check(folder, shop);
    expect(skewed).toMatchObject({ equal: false, decisions: shop.decisions });
    expect(skewed.viewsDiffering).toBeGreaterThan(0);
    expect(skewed.valuesDiffering).toBeGreaterThan(0);
    expect(skewed.mismatches[0]).toMatchObject({ visitor: skewed.viewMismatches[0]?.visitor });
  });

  test("a delta of item data that lost its rows", async () => {
    const folder = copy("delta");
    const epoch = largestEpoch(folder);
    writeFileSync(join(folder, epochKey("default", epoch)), encodeDelta(epoch - 1, epoch, []));
    const skewed = await check(folder, shop);
    expect(skewed).toMatchObject({ equal: false, decisions: shop.decisions, viewsDiffering: 0 });
    expect(skewed.valuesDiffering).toBeGreaterThan(0);
  });

  test("one bit of one column", async () => {
    const [first, ...rest] = features as readonly [Feature, ...Feature[]];
    const flipped: Feature = {
      ...first,
      fill(input, out, offset, stride) {
        first.fill(input, out, offset, stride);
        const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
        bits[offset] = (bits[offset] as number) ^ 1;
      },
    };
    const skewed = await check(shop.lake, { ...shop, registry: [flipped, ...rest] });
    const { decisions } = shop;
    expect(skewed).toMatchObject({ valuesDiffering: decisions, decisionsDiffering: decisions, viewsDiffering: 0 });
    expect(Object.keys(skewed.byColumn)).toEqual(first.columns.slice(0, 1));
  });
});

describe("what cannot be compared is counted, never taken for equal:", () => {
  test("decisions after an event that the lake lacks, and decisions without all of their rows", async () => {
    const folder = copy("gap");
    await rewrite(folder, "events", (rows) =>
      rows.splice(
        rows.findIndex(({ seq }) => seq === 2),
        1,
      ),
    );
    await rewrite(folder, "decisions", (rows) =>
      rows.splice(
        rows.findIndex(({ parts }) => Number(parts) > 1),
        1,
      ),
    );
    const { skipped, ...rest } = await check(folder, shop);
    expect(skipped.history_incomplete).toBeGreaterThan(0);
    expect(skipped.parts_missing).toBe(1);
    expect(rest.decisions).toBe(shop.decisions - 1 - (skipped.history_incomplete ?? 0));
    // What the visitor did not allow to record is no fault of the log; rows that it lost are.
    expect(rest).toMatchObject({ equal: false, decisionsDiffering: 0, rowsMissing: 0 });
  });

  test("decisions of a snapshot that is not at hand, or whose features this build has otherwise", async () => {
    const { decisions } = shop;
    expect(await check(shop.lake, { snapshots: [] })).toMatchObject({
      equal: false,
      skipped: { snapshot_not_given: decisions },
    });
    const registry = features.map((feature) => ({ ...feature, version: feature.version + 1 }));
    expect(await check(shop.lake, { ...shop, registry })).toMatchObject({
      skipped: { features_of_another_build: decisions },
    });
  });
});
