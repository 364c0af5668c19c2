// Exploration: items of which little is known, drawn at random by the seed of the request, so that each of them is met
// by somebody. First those that came after the training, then those that were hardly ever shown. Where more came than there
// is room for, a part of it is for the newest, so that what came this minute has not to wait for its luck.
import type { ItemTable } from "../../catalog/item-table.ts";
import { HashCounts } from "../../kernels/hash-counts.ts";
import { createRandom } from "../../kernels/random.ts";
import { topK } from "../../kernels/top-k.ts";
import type { CandidateSource } from "./source.ts";

/** Shown less often than this, an item counts as new. */
const FEW_IMPRESSIONS = 10;
/** Items of the snapshot that are looked at for each place left. */
const TRIES = 4;
/** Of the room, what the newest take when not all find some. */
const NEWEST = 1 / 4;

export const newItems: CandidateSource = {
  name: "new_items",
  share: 0.5,
  reads: [],
  find({ codes, items, seed }, out) {
    const random = createRandom(seed);
    const unknown = codes.unknownSlots;
    const taken = new HashCounts(out.length);
    let count = 0;
    const take = (code: number): void => {
      if (taken.has(code)) return;
      taken.set(code, 1);
      out[count++] = code;
    };
    if (unknown.length <= out.length) {
      for (const slot of unknown) take(codes.known + slot);
      random.shuffle(out.subarray(0, count));
    } else {
      for (const at of newestOf(unknown, items).subarray(0, Math.floor(out.length * NEWEST))) {
        take(codes.known + (unknown[at] as number));
      }
      while (count < out.length) take(codes.known + (unknown[random.integer(unknown.length)] as number));
    }
    for (let left = TRIES * (out.length - count); left > 0 && count < out.length && codes.known > 0; left--) {
      const code = random.integer(codes.known);
      const slot = codes.slotOf(code);
      if (slot < 0 || (items.impressions[slot] as number) < FEW_IMPRESSIONS) take(code);
    }
    return count;
  },
};

const MOST = 100;
const newest = new WeakMap<Int32Array, Uint32Array>();

/** Places in `unknown` of the items that came last, the newest first; found once for each join of snapshot and items. */
function newestOf(unknown: Int32Array, { since }: ItemTable): Uint32Array {
  const known = newest.get(unknown);
  if (known !== undefined) return known;
  const found = topK(
    Float64Array.from(unknown, (slot) => since[slot] as number),
    MOST,
  );
  newest.set(unknown, found);
  return found;
}
