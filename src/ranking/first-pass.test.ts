import fc from "fast-check";
import { expect, test } from "vitest";
import { firstPassOf, scoreFirstPass } from "./first-pass.ts";
import { scoreLinear } from "./linear-scorer.ts";

const WIDTH = 5;
const row = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: WIDTH, maxLength: WIDTH });

test("the pass scores as the whole model does where the other columns are at their mean", () => {
  fc.assert(
    fc.property(
      fc.record({ mean: row, scale: row, weight: row }),
      fc.array(row, { minLength: 1, maxLength: 4 }),
      fc.subarray([0, 1, 2, 3, 4]),
      (values, rows, columns) => {
        const model = {
          mean: Float32Array.from(values.mean),
          scale: Float32Array.from(values.scale),
          weight: Float32Array.from(values.weight),
        };
        const matrix = Float32Array.from(rows.flat());
        const filled = matrix.map((value, at) =>
          columns.includes(at % WIDTH) ? value : (model.mean[at % WIDTH] as number),
        );
        const [own, whole] = [new Float32Array(rows.length), new Float32Array(rows.length)];
        // What is not filled yet may hold anything.
        const half = matrix.map((value, at) => (columns.includes(at % WIDTH) ? value : Number.NaN));
        scoreFirstPass(firstPassOf(model, Int32Array.from(columns)), half, WIDTH, rows.length, own);
        scoreLinear(model, filled, rows.length, whole);
        own.forEach((score, i) => {
          const expected = whole[i] as number;
          // Rounded to float32 in another place: measured by what is added up.
          const parts = Array.from({ length: WIDTH }, (_, column) => {
            const size = Math.abs(filled[i * WIDTH + column] as number) + Math.abs(model.mean[column] as number);
            return size * Math.abs((model.scale[column] as number) * (model.weight[column] as number));
          });
          const magnitude = parts.reduce((sum, part) => sum + part, 0);
          expect(Math.abs(score - expected)).toBeLessThanOrEqual(1e-6 * magnitude + 1e-30);
        });
      },
    ),
  );
});
