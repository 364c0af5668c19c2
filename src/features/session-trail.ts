// The trail of a visit: what the visitor turned to, newest first, until the last long pause. What session-based features and
// the source of session neighbours begin from.
import type { Touch } from "../profile/profile.ts";
import type { VisitorView } from "../profile/view.ts";

/** Longer than a session's timeout: who comes back from a meal looks on for the same thing. */
const LONGEST_PAUSE_MS = 2 * 3_600_000;
const MAX_DWELL_MS = 5 * 60_000;

export interface SessionTrail {
  /** Touches, items that the snapshot does not know included. */
  readonly length: number;
  /** Different items that the snapshot knows, newest first. */
  readonly items: Int32Array;
  /** Of each: steps back from its newest touch, 0 for the current item. */
  readonly stepsBack: Int32Array;
  /** Of each: touches. */
  readonly times: Int32Array;
  /** Of each: time until the next touch, each up to five minutes, in all; ms. */
  readonly dwellMs: Float64Array;
  /** Snapshot indices of the three newest touches, whatever they repeat; −1 for none or unknown ones. */
  readonly newest: readonly [number, number, number];
  /** From the oldest touch to the newest; ms. */
  readonly spanMs: number;
  /** From the touch before the newest to it; −1 when there is none. */
  readonly lastPauseMs: number;
  /** Epoch ms of the newest touch; 0 for an empty trail. */
  readonly at: number;
}

/**
 * What was taken out of the cart is no part of it.
 * @param indexOf snapshot index of the item of touch i, −1 when it does not know it
 */
export function sessionTrail({ touches }: Pick<VisitorView, "touches">, indexOf: (i: number) => number): SessionTrail {
  const rows = new Map<number, number>();
  const items: number[] = [];
  const stepsBack: number[] = [];
  const times: number[] = [];
  const dwellMs: number[] = [];
  const newest: [number, number, number] = [-1, -1, -1];
  let length = 0;
  let later = 0;
  let at = 0;
  let lastPauseMs = -1;
  for (let i = 0; i < touches.length; i++) {
    const touch = touches[i] as Touch;
    if (touch.kind === "uncart") continue;
    if (length > 0 && later - touch.at > LONGEST_PAUSE_MS) break;
    const index = indexOf(i);
    if (length < 3) newest[length] = index;
    const pause = later - touch.at;
    if (length === 0) at = touch.at;
    else if (length === 1) lastPauseMs = pause;
    if (index >= 0) {
      const row = rows.get(index) ?? items.length;
      if (row === items.length) {
        rows.set(index, row);
        items.push(index);
        stepsBack.push(length);
        times.push(0);
        dwellMs.push(0);
      }
      times[row] = (times[row] as number) + 1;
      if (length > 0) dwellMs[row] = (dwellMs[row] as number) + Math.min(Math.max(0, pause), MAX_DWELL_MS);
    }
    later = touch.at;
    length++;
  }
  return {
    length,
    items: Int32Array.from(items),
    stepsBack: Int32Array.from(stepsBack),
    times: Int32Array.from(times),
    dwellMs: Float64Array.from(dwellMs),
    newest,
    spanMs: at - later,
    lastPauseMs,
    at,
  };
}
