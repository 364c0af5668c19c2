// Waits for what happens in its own time (a queue, a refresh) by asking again, never by hoping that a pause was enough.
import { setTimeout as pause } from "node:timers/promises";

const BETWEEN_MS = 50;

/**
 * Asks until the answer is not null, and returns it.
 * @throws Error when nothing came within `withinMs`, with what the last probe threw as its cause
 */
export async function eventually<T>(probe: () => Promise<T | null>, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  let cause: unknown = null;
  while (performance.now() < deadline) {
    try {
      const answer = await probe();
      if (answer !== null) return answer;
    } catch (error) {
      cause = error;
    }
    await pause(BETWEEN_MS);
  }
  throw new Error(`it did not happen within ${withinMs} ms`, { cause });
}
