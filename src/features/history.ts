// The visitor and this very item: touched before, clicked before, shown and passed over.
import { logCount } from "./bounded.ts";
import type { Feature } from "./feature.ts";

export const history: Feature = {
  name: "history",
  version: 1,
  columns: ["history.touches", "history.log_clicks", "history.log_passed_over"],
  stage: "first",
  cost: 20,
  fill({ candidates, evidence }, out, offset, stride) {
    for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
      const hash = candidates.hash[row] as number;
      const clicks = evidence.clicks.get(hash);
      out[at] = evidence.touches.get(hash);
      out[at + 1] = logCount(clicks);
      out[at + 2] = logCount(Math.max(0, evidence.showings.get(hash) - clicks));
    }
  },
};
