import { describe, expect, test } from "vitest";
import { QuantizedRows } from "../kernels/quantized-rows.ts";
import { createRandom } from "../kernels/random.ts";
import { normalizeAt } from "../kernels/vectors.ts";
import { VectorTable } from "../snapshot/vector-table.ts";
import { buildInvertedFile } from "./inverted-file.ts";

const D = 24;

/** Points around centres of their own, as items of one kind are. */
function clustered(rows: number, clusters: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const centres = Float32Array.from({ length: clusters * D }, () => random.normal());
  const matrix = new Float32Array(rows * D);
  for (let row = 0; row < rows; row++) {
    const cluster = random.integer(clusters);
    for (let i = 0; i < D; i++) matrix[row * D + i] = (centres[cluster * D + i] as number) + 0.5 * random.normal();
    normalizeAt(matrix, row * D, D);
  }
  return matrix;
}

describe("of clustered rows", () => {
  const rows = QuantizedRows.of(clustered(6_000, 60, 3), D);
  const { items, starts, centroids, probes, recall, rows: ordered } = buildInvertedFile(rows, { seed: 1 });
  const table = new VectorTable(ordered, { centroids, starts, items, probes });
  const exact = new VectorTable(rows, null);

  test("every row stands in one list, with its own vector", () => {
    expect([...items].sort((a, b) => a - b)).toEqual(Array.from({ length: 6_000 }, (_, row) => row));
    expect([starts[0], starts[centroids.rows], centroids.rows]).toEqual([0, 6_000, 77]);
    for (const item of [0, 17, 5_999]) expect(table.vectorOf(item)).toEqual(exact.vectorOf(item));
    expect(table.dotBetween(3, 4)).toBe(exact.dotBetween(3, 4));
  });

  test("few lists are asked, and new queries find in them what an exact scan finds", () => {
    expect(recall).toBeGreaterThanOrEqual(0.98);
    expect(probes).toBeLessThan(centroids.rows / 2);
    const random = createRandom(9);
    let found = 0;
    for (let n = 0; n < 50; n++) {
      const query = exact.vectorOf(random.integer(6_000));
      const [some, all] = [new Int32Array(100), new Int32Array(100)];
      expect([table.nearest(query, some), exact.nearest(query, all)]).toEqual([100, 100]);
      const wanted = new Set(all);
      found += some.filter((item) => wanted.has(item)).length / 100;
    }
    expect(found / 50).toBeGreaterThanOrEqual(0.97);
  });

  test("with all lists asked, the answer is exact", () => {
    const whole = new VectorTable(ordered, { centroids, starts, items, probes: centroids.rows });
    const query = exact.vectorOf(5);
    const [some, all] = [new Int32Array(10), new Int32Array(10)];
    whole.nearest(query, some);
    exact.nearest(query, all);
    expect([...some]).toEqual([...all]);
  });

  test("equal seeds give equal lists", () => {
    const again = buildInvertedFile(rows, { seed: 1 });
    expect([again.items, again.probes, again.recall]).toEqual([items, probes, recall]);
  });
});

test("rows of zeros, equal rows and a single row are no error", () => {
  const zeros = buildInvertedFile(QuantizedRows.of(new Float32Array(40 * D), D), { seed: 1 });
  expect(zeros.items).toHaveLength(40);
  const equal = buildInvertedFile(QuantizedRows.of(new Float32Array(40 * D).fill(1), D), { seed: 1 });
  expect(equal.recall).toBeGreaterThan(0);
  const single = buildInvertedFile(QuantizedRows.of(new Float32Array(D).fill(1), D), { seed: 1 });
  expect([[...single.items], single.probes, single.recall]).toEqual([[0], 1, 1]);
});
