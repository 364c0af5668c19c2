// Confidence intervals of means by the bootstrap (Efron 1979): draw as many queries as there are, with replacement, many
// times, and look where 95 % of the means fall. Queries of one visitor hang together; with `clusters` whole visitors
// are drawn, and the interval is honest about it.
import { createRandom } from "../kernels/random.ts";

export interface BootstrapOptions {
  readonly seed: number;
  /** 2,000 by default. */
  readonly resamples?: number;
  /**
   * Cluster of each value, small integers from 0 (such as the index of its visitor). By default each value is its own; so it
   * is where all are of one cluster, which cannot tell how clusters differ and must not look certain.
   */
  readonly clusters?: ArrayLike<number>;
}

export interface MeanWithInterval {
  readonly mean: number;
  /** 2.5 % and 97.5 % percentiles of the resampled means. */
  readonly ci95: readonly [number, number];
}

/** @throws RangeError without values, or when `clusters` has another length */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions): MeanWithInterval {
  const { seed, resamples = 2000, clusters } = options;
  if (values.length === 0) throw new RangeError("bootstrap: there are no values");
  if (clusters !== undefined && clusters.length !== values.length) {
    throw new RangeError(`bootstrap: ${clusters.length} clusters for ${values.length} values`);
  }
  const together = byCluster(values, clusters);
  const { sums, counts } = together.sums.length > 1 ? together : byCluster(values, undefined);
  const random = createRandom(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const drawn = random.integer(sums.length);
      sum += sums[drawn] as number;
      count += counts[drawn] as number;
    }
    means[resample] = sum / count;
  }
  means.sort();
  const mean = sums.reduce((a, b) => a + b, 0) / values.length;
  return { mean, ci95: [percentile(means, 0.025), percentile(means, 0.975)] };
}

/**
 * The mean of a − b over the same queries with its interval: an interval that excludes 0 shows a difference, even where
 * the intervals of the two means overlap.
 * @throws RangeError when the two differ in length, and what `bootstrapMean` throws
 */
export function pairedBootstrap(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions,
): { readonly delta: number; readonly ci95: readonly [number, number] } {
  if (a.length !== b.length) throw new RangeError(`bootstrap: ${a.length} values cannot be paired with ${b.length}`);
  const { mean, ci95 } = bootstrapMean(
    Float64Array.from(a, (value, i) => value - (b[i] as number)),
    options,
  );
  return { delta: mean, ci95 };
}

/** Sum and number of values of each cluster that has any. */
function byCluster(values: ArrayLike<number>, clusters: ArrayLike<number> | undefined) {
  const slots = new Map<number, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const cluster = clusters === undefined ? i : (clusters[i] as number);
    const slot = slots.get(cluster) ?? sums.length;
    slots.set(cluster, slot);
    sums[slot] = (sums[slot] ?? 0) + (values[i] as number);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return { sums: Float64Array.from(sums), counts: Float64Array.from(counts) };
}

/** Linear between the neighbouring order statistics. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  return low + (at - below) * ((sorted[Math.min(below + 1, sorted.length - 1)] as number) - low);
}
