// What the caller of a rank request says: its own relevance and the order in which it gave the items.
import { log1p } from "../kernels/elementary.ts";
import type { Feature } from "./feature.ts";

export const given: Feature = {
  name: "given",
  version: 1,
  columns: ["given.relevance", "given.log_position"],
  stage: "first",
  cost: 20,
  fill({ candidates }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      out[at] = candidates.relevance[row] as number;
      out[at + 1] = log1p(Math.max(0, candidates.position[row] as number));
    }
  },
};
