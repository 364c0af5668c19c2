import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { TABLES } from "./message.ts";
import { encodeParquet, rowProblem } from "./parquet.ts";
import { type LakeRow, TABLE_COLUMNS } from "./tables.ts";

test("an event reads back from Parquet as it was", async () => {
  const row = {
    id: "e1",
    type: "purchase",
    ts: 1_732_280_000_000,
    receivedAt: 1_732_280_000_001,
    visitor: "default:a:x",
    seq: 7,
    value: 12.5,
    items: [{ id: "sku-1", quantity: 2 }],
    receiptVerified: true,
  };
  const [read] = await parquetReadObjects({ file: encodeParquet("events", [row]) });
  expect(read).toMatchObject({
    id: "e1",
    ts: new Date(row.ts),
    received_at: new Date(row.receivedAt),
    seq: 7n,
    value: 12.5,
    items: row.items,
    receipt_verified: true,
    query: null,
  });
});

test("equal rows give equal bytes", () => {
  const rows: LakeRow[] = [
    { receivedAt: 1, id: "a" },
    { receivedAt: 2, id: "b" },
  ];
  expect(encodeParquet("failed_events", rows)).toEqual(encodeParquet("failed_events", rows));
});

test("whatever a row holds, either a field is named or the row can be written", () => {
  for (const table of TABLES) {
    const fields = Object.fromEntries(
      TABLE_COLUMNS[table].map(({ field }) => [
        field,
        fc.option(
          fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(2 ** 31), fc.constant(1e300)),
          {
            nil: undefined,
          },
        ),
      ]),
    );
    let written = 0;
    fc.assert(
      fc.property(fc.record(fields), fc.nat(), (row, receivedAt) => {
        for (const candidate of [row, { receivedAt }] as LakeRow[]) {
          if (rowProblem(table, candidate) !== null) continue;
          encodeParquet(table, [candidate]);
          written++;
        }
      }),
    );
    expect(written).toBeGreaterThan(0);
  }
});
