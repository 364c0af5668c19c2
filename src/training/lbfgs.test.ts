import fc from "fast-check";
import { expect, test } from "vitest";
import { minimize, type Objective } from "./lbfgs.ts";

/** Σ scale_i (x_i − target_i)². */
function bowl(target: readonly number[], scale: readonly number[]): Objective {
  return (x, gradient) => {
    let value = 0;
    x.forEach((v, i) => {
      const distance = v - (target[i] ?? 0);
      value += (scale[i] ?? 1) * distance ** 2;
      gradient[i] = 2 * (scale[i] ?? 1) * distance;
    });
    return value;
  };
}

const rosenbrock: Objective = (point, gradient) => {
  const [x = 0, y = 0] = point;
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
  gradient[1] = 200 * (y - x * x);
  return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
};

test("the minimum of an ill-conditioned quadratic is found", () => {
  const coordinate = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.constantFrom(0.01, 1, 30, 1000));
  fc.assert(
    fc.property(fc.array(coordinate, { minLength: 1, maxLength: 8 }), (coordinates) => {
      const target = coordinates.map(([x]) => x);
      const objective = bowl(
        target,
        coordinates.map(([, scale]) => scale),
      );
      const { x } = minimize(objective, new Float64Array(target.length), { tolerance: 1e-15 });
      x.forEach((v, i) => {
        expect(Math.abs(v - (target[i] ?? 0))).toBeLessThan(1e-4);
      });
    }),
    { seed: 1 },
  );
});

test("the curved valley of Rosenbrock is followed to its end, and the value never rises", () => {
  const { x, trace } = minimize(rosenbrock, Float64Array.of(-1.2, 1));
  expect(x[0]).toBeCloseTo(1, 4);
  expect(x[1]).toBeCloseTo(1, 4);
  expect(trace.length).toBeLessThan(60);
  expect(trace.every((value, i) => i === 0 || value <= (trace[i - 1] ?? 0))).toBe(true);
});

test("a start at the minimum stays there, and the start is not changed", () => {
  const start = Float64Array.of(2, 3);
  expect(minimize(bowl([2, 3], [1, 1]), start).trace).toEqual([0]);
  minimize(bowl([0, 0], [1, 1]), start);
  expect([...start]).toEqual([2, 3]);
});

test("no more steps are taken than allowed and progress ends at the total", () => {
  const seen: number[] = [];
  const { trace } = minimize(rosenbrock, Float64Array.of(-1.2, 1), {
    iterations: 3,
    onProgress: (done) => seen.push(done),
  });
  expect(trace).toHaveLength(4);
  expect(seen.at(-1)).toBe(3);
});

test("the steps take on the scale of the curvature, so few evaluations are spent on shortening them", () => {
  let evaluations = 0;
  const steep = bowl([3, -2, 5], [1e6, 2e6, 4e6]);
  const { x } = minimize((point, gradient) => {
    evaluations++;
    return steep(point, gradient);
  }, new Float64Array(3));
  expect([...x].map(Math.round)).toEqual([3, -2, 5]);
  expect(evaluations).toBeLessThan(40);
});
