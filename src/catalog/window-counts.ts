// Counts over the last hour, day and week as a sliding window counter, known from rate limits: whole counts of the present
// and the previous fixed window, of which the part still in sight is taken as evenly spread. Counts stay exact integers,
// cost two numbers a window, and have a value at any time without a new event.
import type { Outcome } from "./outcomes.ts";

export const WINDOWS = ["1h", "1d", "7d"] as const;
export type Window = (typeof WINDOWS)[number];
/** Outcomes that are counted over windows. */
export const WINDOWED = ["clicks", "purchases"] as const satisfies readonly Outcome[];
export type Windowed = (typeof WINDOWED)[number];

/** Length of each window in hours. */
const HOURS = [1, 24, 168];
const HOUR_MS = 3_600_000;
/** Numbers an item: for each outcome and window the present count, then the previous one. */
export const WINDOW_COUNTS = WINDOWED.length * WINDOWS.length * 2;

/** Where the present count stands; the previous one follows. */
export function windowIndex(outcome: Windowed, window: Window): number {
  return (WINDOWED.indexOf(outcome) * WINDOWS.length + WINDOWS.indexOf(window)) * 2;
}

/** Moves the item's `counts` from the windows of hour `from` to those of the later hour `to`. */
export function moveWindows(counts: Uint32Array, from: number, to: number): void {
  for (let at = 0; at < WINDOW_COUNTS; at += 2) {
    const hours = HOURS[(at >> 1) % WINDOWS.length] as number;
    const steps = Math.floor(to / hours) - Math.floor(from / hours);
    if (steps === 0) continue;
    counts[at + 1] = steps === 1 ? (counts[at] as number) : 0;
    counts[at] = 0;
  }
}

/** Counts one outcome of hour `hour`, at or before `present`, the hour that `counts` stand at. */
export function countInWindows(counts: Uint32Array, outcome: Windowed, hour: number, present: number): void {
  const first = WINDOWED.indexOf(outcome) * WINDOWS.length;
  for (let window = 0; window < WINDOWS.length; window++) {
    const hours = HOURS[window] as number;
    const back = Math.floor(present / hours) - Math.floor(hour / hours);
    if (back > 1) continue;
    const at = (first + window) * 2 + back;
    counts[at] = (counts[at] as number) + 1;
  }
}

/** The count over the window that ends `now`, of counts that stand at `hour`; not always whole. */
export function slidingCount(present: number, previous: number, hour: number, window: Window, now: number): number {
  const hours = HOURS[WINDOWS.indexOf(window)] as number;
  const ms = hours * HOUR_MS;
  const index = Math.floor(now / ms);
  const steps = index - Math.floor(hour / hours);
  if (steps > 1) return 0;
  // A copy may be some seconds ahead of the decision's clock.
  const [inside, before] = steps === 1 ? [0, present] : [present, previous];
  const seen = Math.max(0, 1 - (now - index * ms) / ms);
  return inside + before * seen;
}
