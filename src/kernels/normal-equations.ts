// The sums that a Newton step or a least-squares fit solves: H = Σ curvature × x xᵀ and g = Σ residual × x, over observations
// that come one by one. In WebAssembly SIMD (assembly/normal.ts) where `accumulateWith` has been called, else one by one: every
// sum is of the same terms in the same order, so that both give the same bits.

/** Observations that are held until they are added. */
const AT_ONCE = 64;
const PAGE_BYTES = 64 * 1024;

interface Wasm {
  readonly memory: WebAssembly.Memory;
  accumulate(
    x: number,
    count: number,
    size: number,
    stride: number,
    residuals: number,
    curvatures: number,
    hessian: number,
    step: number,
  ): void;
}

let wasm: Wasm | null = null;
/** Whether somebody's sums stand in its memory. */
let isTaken = false;

/** @param module src/kernels/simd.wasm, compiled; null goes back to the plain twin */
export function accumulateWith(module: WebAssembly.Module | null): void {
  isTaken = false;
  if (module === null) {
    wasm = null;
    return;
  }
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  wasm = { memory, accumulate: (exports as unknown as Pick<Wasm, "accumulate">).accumulate };
}

export interface NormalSums {
  /** size × size, row-major; its lower triangle. */
  readonly hessian: Float64Array;
  readonly step: Float64Array;
}

/** One after the other: `at` = next(), the observation into x[at … at + size − 1], add(); at the end finish(). */
export class NormalEquations {
  /** Of one observation. */
  readonly size: number;
  readonly x: Float64Array;
  readonly #stride: number;
  readonly #wasm: Wasm | null;
  readonly #residuals: Float64Array;
  readonly #curvatures: Float64Array;
  readonly #hessian: Float64Array;
  readonly #step: Float64Array;
  #held = 0;

  constructor(size: number) {
    this.size = size;
    this.#stride = size + (size & 1);
    const lengths = [AT_ONCE * this.#stride, AT_ONCE, AT_ONCE, size * this.#stride, this.#stride];
    const length = lengths.reduce((sum, each) => sum + each, 0);
    const fits = wasm !== null && !isTaken && length * 8 <= 2 * PAGE_BYTES;
    this.#wasm = fits ? wasm : null;
    isTaken ||= fits;
    const buffer = fits ? (wasm as Wasm).memory.buffer : new ArrayBuffer(length * 8);
    let from = 0;
    const next = (): Float64Array => {
      const array = new Float64Array(buffer, from, lengths.shift());
      from += array.byteLength;
      return array;
    };
    this.x = next();
    this.#residuals = next();
    this.#curvatures = next();
    this.#hessian = next();
    this.#step = next();
    if (fits) {
      this.#hessian.fill(0);
      this.#step.fill(0);
    }
  }

  /** Where the next observation goes in `x`. */
  next(): number {
    return this.#held * this.#stride;
  }

  /** Adds the observation that stands at `next()`. */
  add(residual: number, curvature: number): void {
    this.#residuals[this.#held] = residual;
    this.#curvatures[this.#held++] = curvature;
    if (this.#held === AT_ONCE) this.#addHeld();
  }

  /** The sums, in buffers of their own; nothing may be added after. */
  finish(): NormalSums {
    this.#addHeld();
    const { size } = this;
    const hessian = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      hessian.set(this.#hessian.subarray(i * this.#stride, i * this.#stride + i + 1), i * size);
    }
    if (this.#wasm !== null) isTaken = false;
    return { hessian, step: this.#step.slice(0, size) };
  }

  #addHeld(): void {
    const { size, x } = this;
    const stride = this.#stride;
    if (this.#wasm !== null) {
      const [residuals, curvatures] = [this.#residuals.byteOffset, this.#curvatures.byteOffset];
      const [hessian, step] = [this.#hessian.byteOffset, this.#step.byteOffset];
      this.#wasm.accumulate(x.byteOffset, this.#held, size, stride, residuals, curvatures, hessian, step);
    } else {
      for (let n = 0; n < this.#held; n++) {
        const own = x.subarray(n * stride, n * stride + size);
        const [residual, curvature] = [this.#residuals[n] as number, this.#curvatures[n] as number];
        addObservation(this.#hessian, this.#step, own, residual, curvature, stride);
      }
    }
    this.#held = 0;
  }
}

/**
 * hessian += curvature × x xᵀ (its lower triangle), step += residual × x.
 * @param step at least as long as `x`; @param stride of the hessian's rows
 */
export function addObservation(
  hessian: Float64Array,
  step: Float64Array,
  x: Float64Array,
  residual: number,
  curvature: number,
  stride: number = x.length,
): void {
  for (let i = 0, at = 0; i < x.length; i++, at += stride) {
    const xi = x[i] as number;
    const weighted = curvature * xi;
    step[i] = (step[i] as number) + residual * xi;
    for (let j = 0; j <= i; j++) hessian[at + j] = (hessian[at + j] as number) + weighted * (x[j] as number);
  }
}
