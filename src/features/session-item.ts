// This very item in the running visit: whether it is the current one, how often and when the visit has had it, and what the
// moment is like; and how close the item's vector is to the newest ones. Repeats are what visits are full of.
import { log1p, pow } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import type { Feature } from "./feature.ts";

export const sessionItem: Feature = {
  name: "session_item",
  version: 1,
  columns: [
    "session_item.recency",
    "session_item.times",
    "session_item.dwell",
    "session_item.length",
    "session_item.different",
    "session_item.last_pause",
    "session_item.span",
    "session_item.lately",
    "session_item.lately_trend",
    "session_item.current_lately",
    "session_item.rarity",
  ],
  stage: "first",
  cost: 30,
  fill({ snapshot, candidates, evidence: { trail } }, out, offset, stride) {
    const { sessions, popularity } = snapshot;
    const rows = new HashCounts(trail.items.length);
    trail.items.forEach((item, row) => {
      rows.set(item, row + 1);
    });
    const current = trail.newest[0];
    const known = sessions.count > 0;
    const currentLately = known && current >= 0 ? logShare(sessions.lately[current] as number) : 0;
    const length = log1p(trail.length);
    const different = log1p(trail.items.length);
    const pause = trail.lastPauseMs < 0 ? -1 : log1p(trail.lastPauseMs / 1000);
    const span = log1p(trail.spanMs / 1000);
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      const had = index < 0 ? -1 : rows.get(index) - 1;
      out[at] = had < 0 ? 0 : 1 / (1 + (trail.stepsBack[had] as number));
      out[at + 1] = had < 0 ? 0 : (trail.times[had] as number);
      out[at + 2] = had < 0 ? 0 : log1p((trail.dwellMs[had] as number) / 1000);
      out[at + 3] = length;
      out[at + 4] = different;
      out[at + 5] = pause;
      out[at + 6] = span;
      const lately = known && index >= 0 ? (sessions.lately[index] as number) : 0;
      out[at + 7] = known && index >= 0 ? logShare(lately) : 0;
      out[at + 8] = lately === 0 ? 0 : lately / (lately + (popularity[index] as number));
      out[at + 9] = currentLately;
      out[at + 10] = known && index >= 0 ? (sessions.rarity[index] as number) : 0;
    }
  },
};

/** A share, millionths and less being all the same: from 0 up. */
function logShare(share: number): number {
  return log1p(share * 1e6);
}

/** What a step back is worth. */
const STEP_WEIGHT = 0.6;

export const sessionVector: Feature = {
  name: "session_vector",
  version: 1,
  columns: ["session_vector.current", "session_vector.trail"],
  stage: "first",
  cost: 60,
  fill({ snapshot, candidates, evidence: { trail } }, out, offset, stride) {
    const { behaviour } = snapshot;
    const current = new Float32Array(behaviour.dimensions);
    const all = new Float32Array(behaviour.dimensions);
    const newest = trail.newest[0];
    if (newest >= 0) behaviour.addScaledTo(current, newest, 1);
    let total = 0;
    trail.items.forEach((item, i) => {
      const weight = pow(STEP_WEIGHT, trail.stepsBack[i] as number);
      behaviour.addScaledTo(all, item, weight);
      total += weight;
    });
    if (total > 0) for (let i = 0; i < all.length; i++) all[i] = (all[i] as number) / total;
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const index = candidates.index[row] as number;
      if (index < 0) out.fill(0, at, at + 2);
      else behaviour.dotPair(current, all, index, out, at);
    }
  },
};
