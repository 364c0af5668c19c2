// How long to wait before the same request is sent again: exponential with full jitter ("Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015), so that clients which failed together do not come back together.

const FIRST_MS = 100;
/** Short, because what is waited for is mostly a local server that restarts. */
const LONGEST_MS = 3_000;
/** A server that asks for more than this is asked again anyway. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/**
 * @param attempt repetitions before this one, from 0
 * @param random uniform in [0, 1)
 * @param retryAfterMs what the server asked for; the wait is never shorter
 * @returns milliseconds
 */
export function backoffMs(attempt: number, random: () => number, retryAfterMs = 0): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return retryAfterMs + Math.round(random() * ceiling);
}

/** Milliseconds that a Retry-After header asks for: seconds or an HTTP date; 0 when it is absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), LONGEST_RETRY_AFTER_MS) : 0;
}
