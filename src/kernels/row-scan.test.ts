import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileSimd } from "../../scripts/build-wasm.ts";
import { QuantizedRows, quantizeRow } from "./quantized-rows.ts";
import { createRandom } from "./random.ts";
import { nearestRows, type RowRange, scannableBuffer } from "./row-scan.ts";

const bytes = readFileSync(new URL("simd.wasm", import.meta.url));
const module = new WebAssembly.Module(bytes);

/** The same rows in memory that WebAssembly scans, from a place that is not aligned to SIMD's width. */
function inWasm({ codes, scales, dimensions }: QuantizedRows): QuantizedRows {
  const buffer = scannableBuffer(module, 8 + codes.length + scales.byteLength);
  const own = new Int8Array(buffer.buffer, buffer.byteOffset + 8, codes.length);
  const ownScales = new Float32Array(buffer.buffer, own.byteOffset + codes.length, scales.length);
  own.set(codes);
  ownScales.set(scales);
  return new QuantizedRows(own, ownScales, dimensions);
}

function found(rows: QuantizedRows, query: Float32Array, k: number, ranges?: readonly RowRange[]): number[] {
  const out = new Int32Array(k).fill(-7);
  const count = nearestRows(rows, query, out, ranges);
  expect([...out.subarray(count)].every((row) => row === -7)).toBe(true);
  return [...out.subarray(0, count)];
}

/** Sorts all of them. */
function byHand(rows: QuantizedRows, query: Float32Array, k: number, asked: readonly number[]): number[] {
  const codes = new Int8Array(rows.stride);
  quantizeRow(query, 0, rows.dimensions, codes, 0);
  const score = (row: number) => {
    const own = rows.codes.subarray(row * rows.stride, (row + 1) * rows.stride);
    return Math.fround(
      own.reduce((sum, code, i) => sum + code * (codes[i] as number), 0) * (rows.scales[row] as number),
    );
  };
  const scored = asked.map((row): [number, number] => [row, score(row)]);
  return scored
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, k)
    .map(([row]) => row);
}

// Few different values, so that scores are equal and rows zero.
const value = fc.constantFrom(-2, -1, -0.5, 0, 0, 0.5, 1, 3);

test("wasm, its twin and sorting by hand agree: equal scores, zero rows, odd widths, every k, any ranges", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 45 }),
      fc.infiniteStream(value),
      fc.array(fc.nat(40), { maxLength: 6 }),
      (dimensions, count, k, values, cuts) => {
        const next = (): number => values.next().value as number;
        const rows = QuantizedRows.of(Float32Array.from({ length: count * dimensions }, next), dimensions);
        const query = Float32Array.from({ length: dimensions }, next);
        const all = Array.from({ length: count }, (_, row) => row);
        const expected = byHand(rows, query, k, all);
        expect(found(rows, query, k)).toEqual(expected);
        expect(found(inWasm(rows), query, k)).toEqual(expected);

        const bounds = cuts.map((cut) => Math.min(cut, count)).sort((a, b) => a - b);
        const ranges = bounds.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: bounds[i + 1] ?? count }] : []));
        const asked = all.filter((row) => ranges.some(({ from, to }) => row >= from && row < to));
        const some = byHand(rows, query, k, asked);
        expect(found(rows, query, k, ranges)).toEqual(some);
        expect(found(inWasm(rows), query, k, ranges)).toEqual(some);
      },
    ),
    { numRuns: 200 },
  );
});

describe("of many rows", () => {
  const random = createRandom(4);
  const rows = QuantizedRows.of(
    Float32Array.from({ length: 5_000 * 64 }, () => random.normal()),
    64,
  );
  const query = Float32Array.from({ length: 64 }, () => random.normal());

  test("the best hundred are those of the twin, and of float32 nearly all", () => {
    const best = found(inWasm(rows), query, 100);
    expect(best).toEqual(found(rows, query, 100));
    const exact = Array.from({ length: 5_000 }, (_, row): [number, number] => [row, rows.dot(query, row)]);
    const ideal = new Set(
      exact
        .sort((a, b) => b[1] - a[1])
        .slice(0, 100)
        .map(([row]) => row),
    );
    expect(best.filter((row) => ideal.has(row)).length).toBeGreaterThanOrEqual(97);
  });

  test("more than the heap has room for are found by the twin", () => {
    expect(found(inWasm(rows), query, 8_000)).toEqual(found(rows, query, 8_000));
  });
});

test("the widest rows neither overflow nor spill over the heap", () => {
  for (const dimensions of [2_048, 2_049]) {
    const rows = QuantizedRows.of(new Float32Array(3 * dimensions).fill(1), dimensions);
    expect(found(inWasm(rows), new Float32Array(dimensions).fill(-1), 2)).toEqual([0, 1]);
    expect(found(rows, new Float32Array(dimensions).fill(-1), 2)).toEqual([0, 1]);
  }
});

test("the committed wasm is what the compiler makes of its source", async () => {
  expect(Buffer.compare(await compileSimd(), bytes)).toBe(0);
});
