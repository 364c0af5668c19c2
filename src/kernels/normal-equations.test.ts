import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { accumulateWith, addObservation, NormalEquations } from "./normal-equations.ts";
import { createRandom } from "./random.ts";

const module = new WebAssembly.Module(readFileSync(new URL("simd.wasm", import.meta.url)));
afterEach(() => accumulateWith(null));

function sums(size: number, count: number, seed: number) {
  const random = createRandom(seed);
  const equations = new NormalEquations(size);
  const [hessian, step] = [new Float64Array(size * size), new Float64Array(size)];
  for (let n = 0; n < count; n++) {
    const x = Float64Array.from({ length: size }, () => random.normal());
    const [residual, curvature] = [random.normal(), random.next()];
    equations.x.set(x, equations.next());
    equations.add(residual, curvature);
    addObservation(hessian, step, x, residual, curvature);
  }
  return { equations, byHand: { hessian, step } };
}

for (const [name, scan] of [
  ["the plain twin", null],
  ["WebAssembly", module],
] as const) {
  test(`${name} gives to the bit what observations give one by one`, () => {
    accumulateWith(scan);
    for (const size of [1, 2, 7, 18, 66]) {
      for (const count of [0, 1, 3, 4, 5, 63, 64, 65, 200]) {
        const { equations, byHand } = sums(size, count, size + count);
        expect(equations.finish()).toEqual(byHand);
      }
    }
  });
}

test("two at once do not disturb each other", () => {
  accumulateWith(module);
  const [one, two] = [sums(18, 70, 1), sums(18, 70, 2)];
  expect(two.equations.finish()).toEqual(two.byHand);
  expect(one.equations.finish()).toEqual(one.byHand);
});

test("more dimensions than its memory holds are summed all the same", () => {
  accumulateWith(module);
  const { equations, byHand } = sums(150, 70, 3);
  expect(equations.finish()).toEqual(byHand);
});
