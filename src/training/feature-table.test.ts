import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { seededNumbers } from "../../tests/fixtures/inference/ranker.ts";
import type { FeatureRows } from "./feature-rows.ts";
import { encodeFeatureTable } from "./feature-table.ts";

const rows: FeatureRows = {
  data: {
    matrix: Float32Array.of(0.1, 1, -2.5, 2, 3e38, 3),
    groups: Uint32Array.of(0, 2, 3),
    labels: Float32Array.of(0, 1, 1),
    columns: 2,
  },
  clickRate: new Float32Array(3),
  visitors: Uint32Array.of(7, 4),
};

test("every candidate is a row with its list, visitor, place, label and features, to the bit", async () => {
  const read = await parquetReadObjects({ file: encodeFeatureTable(rows, ["item_rate.log_ctr", "b"]) });
  expect(read).toEqual([
    { list: 0, visitor: 7, position: 0, label: 0, "item_rate.log_ctr": Math.fround(0.1), b: 1 },
    { list: 0, visitor: 7, position: 1, label: 1, "item_rate.log_ctr": -2.5, b: 2 },
    { list: 1, visitor: 4, position: 0, label: 1, "item_rate.log_ctr": Math.fround(3e38), b: 3 },
  ]);
});

test("a large table is written in row groups, the same every time", () => {
  const count = 120_000;
  const large: FeatureRows = {
    data: {
      matrix: seededNumbers(count, 1),
      groups: Uint32Array.of(0, count),
      labels: new Float32Array(count),
      columns: 1,
    },
    clickRate: new Float32Array(count),
    visitors: Uint32Array.of(0),
  };
  const file = encodeFeatureTable(large, ["a"]);
  expect(parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([50_000, 50_000, 20_000]);
  expect(Buffer.compare(Buffer.from(file), Buffer.from(encodeFeatureTable(large, ["a"])))).toBe(0);
});
