import fc from "fast-check";
import { expect, test } from "vitest";
import { HashRows } from "./hash-rows.ts";

const anyKey = fc.oneof(
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  fc.nat(9),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const anyStep = fc.tuple(anyKey, fc.nat(4), fc.integer({ min: -9, max: 9 }));

test("rows hold what a Map of rows would hold, whatever their width and the room they were made with", () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 200 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(50),
      fc.array(anyKey),
      (steps, width, expected, others) => {
        const rows = new HashRows(width, expected);
        const map = new Map<number, number[]>();
        for (const [key, column, value] of steps) {
          const at = rows.place(key);
          const c = column % width;
          rows.numbers[at + c] = (rows.numbers[at + c] as number) + value;
          const row = map.get(key) ?? new Array<number>(width).fill(0);
          row[c] = (row[c] as number) + value;
          map.set(key, row);
        }
        expect(rows.size).toBe(map.size);
        for (const key of [...map.keys(), ...others]) {
          const at = rows.find(key);
          expect(at < 0 ? undefined : [...rows.numbers.subarray(at, at + width)]).toEqual(map.get(key));
        }
        const keys = new Uint32Array(rows.size);
        rows.keysTo(keys);
        expect(new Set(keys)).toEqual(new Set(map.keys()));
        for (let column = 0; column < width; column++) {
          rows.scaleColumn(column, 0.5);
          const again = new Uint32Array(rows.size);
          const values = new Float64Array(rows.size);
          rows.columnTo(column, again, values);
          expect(again).toEqual(keys);
          expect([...values]).toEqual(Array.from(keys, (key) => ((map.get(key) as number[])[column] as number) * 0.5));
        }
      },
    ),
  );
});
