// The sums that a Newton step or a least-squares fit solves: H = Σ curvature × x xᵀ and g = Σ residual × x, over observations
// that come one by one. Four are taken at once, so that H is read and written a quarter as often; every sum is of the same
// terms in the same order as with one at a time.

const AT_ONCE = 4;

export class NormalEquations {
  /** Of one observation. */
  readonly size: number;
  /** Where an observation is written to before it is added: `size` places from `next()` on. */
  readonly x: Float64Array;
  readonly #hessian: Float64Array;
  readonly #step: Float64Array;
  readonly #residual = new Float64Array(AT_ONCE);
  readonly #curvature = new Float64Array(AT_ONCE);
  #held = 0;

  constructor(size: number) {
    this.size = size;
    this.x = new Float64Array(AT_ONCE * size);
    this.#hessian = new Float64Array(size * size);
    this.#step = new Float64Array(size);
  }

  /** Where the next observation goes in `x`. */
  next(): number {
    return this.#held * this.size;
  }

  /** Adds the observation that stands at `next()`. */
  add(residual: number, curvature: number): void {
    this.#residual[this.#held] = residual;
    this.#curvature[this.#held++] = curvature;
    if (this.#held === AT_ONCE) this.#addFour();
  }

  /** The sums; nothing may be added after. @returns the lower triangle of H, row-major, and g */
  finish(): { readonly hessian: Float64Array; readonly step: Float64Array } {
    const { size, x } = this;
    for (let n = 0; n < this.#held; n++) {
      const own = x.subarray(n * size, (n + 1) * size);
      addObservation(this.#hessian, this.#step, own, this.#residual[n] as number, this.#curvature[n] as number);
    }
    this.#held = 0;
    return { hessian: this.#hessian, step: this.#step };
  }

  #addFour(): void {
    this.#held = 0;
    const { size, x } = this;
    const [hessian, step] = [this.#hessian, this.#step];
    const [two, three] = [2 * size, 3 * size];
    const r0 = this.#residual[0] as number;
    const r1 = this.#residual[1] as number;
    const r2 = this.#residual[2] as number;
    const r3 = this.#residual[3] as number;
    const c0 = this.#curvature[0] as number;
    const c1 = this.#curvature[1] as number;
    const c2 = this.#curvature[2] as number;
    const c3 = this.#curvature[3] as number;
    for (let i = 0, at = 0; i < size; i++, at += size) {
      const x0 = x[i] as number;
      const x1 = x[size + i] as number;
      const x2 = x[two + i] as number;
      const x3 = x[three + i] as number;
      step[i] = (step[i] as number) + r0 * x0 + r1 * x1 + r2 * x2 + r3 * x3;
      const [w0, w1, w2, w3] = [c0 * x0, c1 * x1, c2 * x2, c3 * x3];
      for (let j = 0; j <= i; j++) {
        hessian[at + j] =
          (hessian[at + j] as number) +
          w0 * (x[j] as number) +
          w1 * (x[size + j] as number) +
          w2 * (x[two + j] as number) +
          w3 * (x[three + j] as number);
      }
    }
  }
}

/** hessian += curvature × x xᵀ (its lower triangle), step += residual × x. @param x as long as `step` */
export function addObservation(
  hessian: Float64Array,
  step: Float64Array,
  x: Float64Array,
  residual: number,
  curvature: number,
): void {
  const d = step.length;
  for (let i = 0, at = 0; i < d; i++, at += d) {
    const xi = x[i] as number;
    const weighted = curvature * xi;
    step[i] = (step[i] as number) + residual * xi;
    for (let j = 0; j <= i; j++) hessian[at + j] = (hessian[at + j] as number) + weighted * (x[j] as number);
  }
}
