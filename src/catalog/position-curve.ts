// How much a place in a list is clicked, whatever stands there: the curve of COEC, clicks over expected clicks (Zhang &
// Jones, Comparing Click Logs for Editorial Training, WWW 2007). Places are taken together by powers of two (0, 1, 2–3, 4–7,
// 8–15, 16 and on), since the curve is steep at the top only. Items keep whole numbers of impressions a bucket, and
// expected clicks are made of them with the curve of the moment: so they do not depend on the order of events, on
// shards, or on what the curve was when it had seen little, and a visitor's own can be taken out exactly.

export const POSITION_BUCKETS = 6;
/** Impressions that the mean rate weighs as much as, in a bucket. */
const PRIOR_IMPRESSIONS = 100;

/** The bucket of a position from 0. */
export function bucketOf(position: number): number {
  return Math.min(POSITION_BUCKETS - 1, 32 - Math.clz32(position));
}

/**
 * Expected clicks of one impression in each bucket; `meanRate` everywhere while no click told its place.
 * @param impressions and @param clicks a bucket, over all items
 */
export function positionRates(impressions: readonly number[], clicks: readonly number[], meanRate: number): number[] {
  const [shown, clicked] = [sum(impressions), sum(clicks)];
  if (shown <= 0 || clicked <= 0) return impressions.map(() => meanRate);
  const mean = clicked / shown;
  return impressions.map(
    (count, bucket) => ((clicks[bucket] ?? 0) + PRIOR_IMPRESSIONS * mean) / (count + PRIOR_IMPRESSIONS),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
