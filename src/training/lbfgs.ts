// Minimizes a smooth function by L-BFGS: gradient steps bent by the curvature that the last few steps have shown (Liu and
// Nocedal 1989; two-loop recursion as in Nocedal and Wright, "Numerical Optimization", algorithm 7.4), with a
// backtracking line search. Deterministic: no randomness, one thread.

/** Returns the value at `x` and writes the gradient there. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Steps at most, 200 by default. */
  readonly iterations?: number;
  /** Stops when a step gains less than this part of the value, 1e-9 by default. */
  readonly tolerance?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Minimum {
  readonly x: Float64Array;
  /** The value at the start and after each step; never rises. */
  readonly trace: number[];
}

/** How many steps are remembered. */
const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;
const HALVINGS = 40;

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  /** 1 / (moved · turned). */
  readonly rho: number;
}

/** @param start not changed */
export function minimize(objective: Objective, start: Float64Array, options: LbfgsOptions = {}): Minimum {
  const { iterations = 200, tolerance = 1e-9, onProgress } = options;
  let x = start.slice();
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const trace = [value];
  const memory: Step[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = descend(gradient, memory);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    const next = new Float64Array(x.length);
    const nextGradient = new Float64Array(x.length);
    const nextValue = search(objective, x, value, direction, slope, memory.length === 0, next, nextGradient);
    if (nextValue === null) break;
    remember(memory, x, next, gradient, nextGradient);
    const gained = value - nextValue;
    x = next;
    gradient = nextGradient;
    value = nextValue;
    trace.push(value);
    onProgress?.(iteration + 1, iterations);
    if (gained <= tolerance * Math.max(1e-12, Math.abs(value))) break;
  }
  onProgress?.(iterations, iterations);
  return { x, trace };
}

/**
 * Halves the step until the value falls by a fair part of what the slope promises (Armijo 1966); writes the point and its
 * gradient. @returns the value there, or null when no step helps: the minimum to working precision
 */
function search(
  objective: Objective,
  x: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  first: boolean,
  next: Float64Array,
  nextGradient: Float64Array,
): number | null {
  // The first direction is the bare gradient, whose length says nothing about the step.
  let step = first ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
  for (let halving = 0; halving < HALVINGS; halving++, step /= 2) {
    for (let i = 0; i < x.length; i++) next[i] = (x[i] as number) + step * (direction[i] as number);
    const nextValue = objective(next, nextGradient);
    if (nextValue <= value + SUFFICIENT_DECREASE * step * slope) return nextValue;
  }
  return null;
}

/** −H × gradient, where H is the inverse curvature that the memory implies. */
function descend(gradient: Float64Array, memory: readonly Step[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const alphas = new Float64Array(memory.length);
  for (let i = memory.length - 1; i >= 0; i--) {
    const { moved, turned, rho } = memory[i] as Step;
    const alpha = rho * dot(moved, direction);
    alphas[i] = alpha;
    addScaledTo(direction, turned, -alpha);
  }
  const last = memory[memory.length - 1];
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.turned, last.turned));
    for (let i = 0; i < direction.length; i++) direction[i] = scale * (direction[i] as number);
  }
  memory.forEach(({ moved, turned, rho }, i) => {
    addScaledTo(direction, moved, (alphas[i] as number) - rho * dot(turned, direction));
  });
  return direction;
}

/** Keeps the step unless it showed no positive curvature, which would spoil the directions to come. */
function remember(
  memory: Step[],
  x: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const moved = next.map((v, i) => v - (x[i] as number));
  const turned = nextGradient.map((v, i) => v - (gradient[i] as number));
  const curvature = dot(moved, turned);
  if (!(curvature > 1e-10 * Math.sqrt(dot(moved, moved) * dot(turned, turned)))) return;
  memory.push({ moved, turned, rho: 1 / curvature });
  if (memory.length > MEMORY) memory.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaledTo(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + scale * (source[i] as number);
}
