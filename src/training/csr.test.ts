import fc from "fast-check";
import { expect, test } from "vitest";
import { type Csr, CsrBuilder, multiplyInto, multiplyTransposedInto, normalizeRows } from "./csr.ts";

/** Brute-force twin: the matrix as nested arrays. */
function toDense(matrix: Csr): number[][] {
  return Array.from({ length: matrix.rows }, (_, row) => {
    const cells = new Array<number>(matrix.columns).fill(0);
    for (let at = matrix.offsets[row] ?? 0; at < (matrix.offsets[row + 1] ?? 0); at++) {
      cells[matrix.indices[at] ?? 0] = matrix.values[at] ?? 0;
    }
    return cells;
  });
}

const sizes = fc.record({ rows: fc.integer({ min: 1, max: 7 }), columns: fc.integer({ min: 1, max: 7 }) });
const filled = sizes.chain(({ rows, columns }) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    entries: fc.array(fc.tuple(fc.nat(rows - 1), fc.nat(columns - 1), fc.integer({ min: -8, max: 8 })), {
      maxLength: 40,
    }),
    vector: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 7, maxLength: 7 }),
  }),
);

function build({
  rows,
  columns,
  entries,
}: {
  rows: number;
  columns: number;
  entries: [number, number, number][];
}): Csr {
  const builder = new CsrBuilder(rows, columns);
  for (const [row, column, value] of entries) builder.add(row, column, value);
  return builder.build();
}

test("the builder adds up entries of a cell and sorts columns, whatever the order of adding", () => {
  fc.assert(
    fc.property(filled, (input) => {
      const matrix = build(input);
      const dense = Array.from({ length: input.rows }, () => new Array<number>(input.columns).fill(0));
      for (const [row, column, value] of input.entries)
        (dense[row] as number[])[column] = (dense[row]?.[column] ?? 0) + value;
      expect(toDense(matrix)).toEqual(dense);
      expect(build({ ...input, entries: [...input.entries].reverse() })).toEqual(matrix);
      for (let row = 0; row < matrix.rows; row++) {
        const columns = [...matrix.indices.subarray(matrix.offsets[row], matrix.offsets[row + 1])];
        expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
      }
    }),
    { seed: 1 },
  );
});

test("both products equal those of the dense matrix", () => {
  fc.assert(
    fc.property(filled, (input) => {
      const matrix = build(input);
      const dense = toDense(matrix);
      const right = Float64Array.from(input.vector.slice(0, matrix.columns));
      const left = Float64Array.from(input.vector.slice(0, matrix.rows));
      const product = new Float64Array(matrix.rows);
      multiplyInto(product, matrix, right);
      expect([...product]).toEqual(
        dense.map((cells) => cells.reduce((sum, cell, c) => sum + cell * (right[c] ?? 0), 0) + 0),
      );
      const transposed = new Float64Array(matrix.columns).fill(99);
      multiplyTransposedInto(transposed, matrix, left);
      expect([...transposed]).toEqual(
        [...transposed].map((_, c) => dense.reduce((sum, cells, r) => sum + (cells[c] ?? 0) * (left[r] ?? 0), 0) + 0),
      );
    }),
    { seed: 1 },
  );
});

test("rows are scaled to length 1 and empty rows stay empty", () => {
  const builder = new CsrBuilder(3, 2);
  builder.add(0, 0, 3);
  builder.add(0, 1, -4);
  builder.add(2, 1, 0.5);
  const matrix = builder.build();
  normalizeRows(matrix);
  expect(toDense(matrix)).toEqual([
    [Math.fround(0.6), Math.fround(-0.8)],
    [0, 0],
    [0, 1],
  ]);
});

test("sizes, cells and values that are impossible are refused", () => {
  expect(() => new CsrBuilder(-1, 2)).toThrow(RangeError);
  const builder = new CsrBuilder(2, 2);
  expect(() => builder.add(2, 0, 1)).toThrow(/\(2, 0\) is outside 2 × 2/);
  expect(() => builder.add(0, 2, 1)).toThrow(RangeError);
  expect(() => builder.add(0, 0, Number.NaN)).toThrow(/is NaN/);
});
