// What a log holds, as far as it tells whether there is enough to learn from and what the lists looked like.
import type { History } from "../history.ts";

export interface DataCounts {
  readonly eventsByType: readonly { readonly type: string; readonly events: number }[];
  /** Clicked lists by their number of candidates: `from` ≤ candidates ≤ `to`. */
  readonly listSizes: readonly { readonly from: number; readonly to: number; readonly lists: number }[];
  /** Of the clicked lists: how often each position, from 0, was shown and clicked. */
  readonly positions: readonly { readonly position: number; readonly shown: number; readonly clicked: number }[];
  /** Clicks over all positions, shown above or not. */
  readonly clicks: number;
}

const SIZE_BINS = 12;
const POSITIONS = 30;

export function countData({ timeline, queries }: History): DataCounts {
  const types = new Map<string, number>();
  for (const entry of timeline) {
    if ("event" in entry) types.set(entry.event.type, (types.get(entry.event.type) ?? 0) + 1);
  }
  const shown = new Float64Array(POSITIONS);
  const clicked = new Float64Array(POSITIONS);
  let clicks = 0;
  for (const { labels } of queries) {
    for (let position = 0; position < labels.length; position++) {
      const hit = (labels[position] as number) > 0 ? 1 : 0;
      clicks += hit;
      if (position >= POSITIONS) continue;
      shown[position] = (shown[position] as number) + 1;
      clicked[position] = (clicked[position] as number) + hit;
    }
  }
  return {
    eventsByType: [...types]
      .map(([type, events]) => ({ type, events }))
      .sort((a, b) => b.events - a.events || (a.type < b.type ? -1 : 1)),
    listSizes: histogram(queries.map(({ labels }) => labels.length)),
    positions: Array.from(shown.keys(), (position) => ({
      position,
      shown: shown[position] as number,
      clicked: clicked[position] as number,
    })).filter(({ shown }) => shown > 0),
    clicks,
  };
}

/** Bins of equal width over whole numbers. */
function histogram(sizes: readonly number[]): DataCounts["listSizes"] {
  if (sizes.length === 0) return [];
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const size of sizes) [low, high] = [Math.min(low, size), Math.max(high, size)];
  const width = Math.max(1, Math.ceil((high - low + 1) / SIZE_BINS));
  const bins = new Float64Array(Math.floor((high - low) / width) + 1);
  for (const size of sizes) {
    const bin = Math.floor((size - low) / width);
    bins[bin] = (bins[bin] as number) + 1;
  }
  return Array.from(bins, (lists, bin) => ({ from: low + bin * width, to: low + (bin + 1) * width - 1, lists }));
}
