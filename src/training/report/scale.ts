// From values to places on an axis: linear or logarithmic, with ticks at round numbers.

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Where a value stands, in [0, 1] between low and high. */
  readonly at: (value: number) => number;
}

/** Reaches over all values, out to round numbers. @param values at least one, finite */
export function linearScale(values: readonly number[], options: { readonly count?: number } = {}): Scale {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - Math.max(0.5, Math.abs(low) / 2), high + Math.max(0.5, Math.abs(high) / 2)];
  const step = roundStep((high - low) / (options.count ?? 4));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
  const [from, to] = [ticks[0] as number, ticks.at(-1) as number];
  return { low: from, high: to, ticks, at: (value) => (value - from) / (to - from) };
}

/** Reaches from the least to the most of all values; ticks at 1, 2 and 5 times powers of ten, or at powers alone. @param values above 0 */
export function logScale(values: readonly number[]): Scale {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low / 2, high * 2];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, at) => 10 ** (first + at));
  const inside = (tick: number): boolean => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9);
  const fine = powers
    .flatMap((power) => [1, 2, 5].map((factor) => Number((factor * power).toPrecision(3))))
    .filter(inside);
  const ticks = fine.length > 7 ? powers.filter(inside) : fine;
  const [from, to] = [Math.log10(low), Math.log10(high)];
  return { low, high, ticks, at: (value) => (Math.log10(value) - from) / (to - from) };
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A tick's label: as many digits as it needs. */
export function tickLabel(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0).replace("e-", "e−");
  const text =
    Math.abs(value) >= 10_000 ? `${Number((value / 1000).toPrecision(4))}k` : String(Number(value.toPrecision(4)));
  return text.replace(/^-/, "−");
}
