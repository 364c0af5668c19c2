// The frequency cap: what a visitor was shown often enough and did not click is not shown again for a while.

import { hash32 } from "../../kernels/hash.ts";
import { HashCounts } from "../../kernels/hash-counts.ts";
import type { VisitorView } from "../../profile/view.ts";
import type { PlacementRules } from "./rule-schema.ts";

const HOUR_MS = 3_600_000;

/** Whether the item with this hash32 of its id has been shown enough. */
export type FrequencyRule = (hash: number) => boolean;

/**
 * By the lists that the view still holds, of whatever placement. Any touch of the item within the window but its removal from the
 * cart lifts the cap.
 * @returns null when nothing is capped
 */
export function frequencyRule(
  cap: PlacementRules["frequencyCap"],
  view: VisitorView,
  now: number,
): FrequencyRule | null {
  if (cap === undefined) return null;
  const since = now - cap.hours * HOUR_MS;
  const shown = new HashCounts(view.shown.length * 16);
  for (const { at, items } of view.shown) if (at >= since) for (const hash of items) shown.add(hash, 1);
  for (const { itemId, kind, at } of view.touches) if (kind !== "uncart" && at >= since) shown.set(hash32(itemId), 0);
  for (const [, times] of shown.entries()) if (times >= cap.times) return (hash) => shown.get(hash) >= cap.times;
  return null;
}
