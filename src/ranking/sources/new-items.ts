// Exploration: items of which little is known, drawn at random by the seed of the request, so that each of them is met
// by somebody. First those that came after the training, then those that were hardly ever shown.
import { HashCounts } from "../../kernels/hash-counts.ts";
import { createRandom } from "../../kernels/random.ts";
import type { CandidateSource } from "./source.ts";

/** Shown less often than this, an item counts as new. */
const FEW_IMPRESSIONS = 10;
/** Items of the snapshot that are looked at for each place left. */
const TRIES = 4;

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
    } else while (count < out.length) take(codes.known + (unknown[random.integer(unknown.length)] as number));
    for (let left = TRIES * (out.length - count); left > 0 && count < out.length && codes.known > 0; left--) {
      const code = random.integer(codes.known);
      const slot = codes.slotOf(code);
      if (slot < 0 || (items.impressions[slot] as number) < FEW_IMPRESSIONS) take(code);
    }
    return count;
  },
};
