// Items that do better now than they are used to (src/catalog/trend.ts), by live statistics alone: also those that the
// snapshot does not know.
import type { ItemTable } from "../../catalog/item-table.ts";
import { trend } from "../../catalog/trend.ts";
import { topK } from "../../kernels/top-k.ts";
import type { CandidateSource } from "./source.ts";

/** Trends are made anew once a minute of the decision's clock, and after every change of the items. */
const STEP_MS = 60_000;
const MOST = 1_000;

export const trending: CandidateSource = {
  name: "trending",
  share: 1,
  reads: [],
  find({ items, codes, now }, out) {
    const slots = trendingSlots(items, Math.floor(now / STEP_MS) * STEP_MS);
    const count = Math.min(out.length, slots.length);
    for (let i = 0; i < count; i++) out[i] = codes.codeOfSlot(slots[i] as number);
    return count;
  },
};

interface Trending {
  readonly revision: number;
  readonly now: number;
  readonly slots: Uint32Array;
}

const held = new WeakMap<ItemTable, Trending>();

/** Slots of what is on its way up, the steepest first. */
function trendingSlots(items: ItemTable, now: number): Uint32Array {
  const known = held.get(items);
  if (known?.revision === items.revision && known.now === now) return known.slots;
  const clicks = items.fadingSums("clicks", "1d");
  const rising: number[] = [];
  const trends: number[] = [];
  for (let slot = 0; slot < items.size; slot++) {
    if ((clicks[slot] as number) <= 0) continue;
    const value = trend(items, slot, now);
    if (value <= 0) continue;
    rising.push(slot);
    trends.push(value);
  }
  const slots = topK(Float64Array.from(trends), MOST).map((row) => rising[row] as number);
  held.set(items, { revision: items.revision, now, slots });
  return slots;
}
