// Items that do better now than they are used to (src/catalog/rising.ts), by live statistics alone: also those that the
// snapshot does not know.
import { risingItems } from "../../catalog/rising.ts";
import type { CandidateSource } from "./source.ts";

export const trending: CandidateSource = {
  name: "trending",
  share: 1,
  reads: [],
  find({ items, codes, now }, out) {
    const slots = risingItems(items, now);
    const count = Math.min(out.length, slots.length);
    for (let i = 0; i < count; i++) out[i] = codes.codeOfSlot(slots[i] as number);
    return count;
  },
};
