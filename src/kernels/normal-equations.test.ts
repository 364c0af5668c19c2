import { expect, test } from "vitest";
import { addObservation, NormalEquations } from "./normal-equations.ts";
import { createRandom } from "./random.ts";

test("four observations at once are to the bit what they are one by one", () => {
  const random = createRandom(3);
  for (const size of [1, 2, 7, 18]) {
    for (const count of [0, 1, 3, 4, 5, 8, 31]) {
      const equations = new NormalEquations(size);
      const [hessian, step] = [new Float64Array(size * size), new Float64Array(size)];
      for (let n = 0; n < count; n++) {
        const x = Float64Array.from({ length: size }, () => random.normal());
        const [residual, curvature] = [random.normal(), random.next()];
        equations.x.set(x, equations.next());
        equations.add(residual, curvature);
        addObservation(hessian, step, x, residual, curvature);
      }
      expect(equations.finish()).toEqual({ hessian, step });
    }
  }
});
