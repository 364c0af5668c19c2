// The items that are on their way up, steepest first: what a shop calls trending. An item rises when its clicks, or the views of
// its page, of the last hour or day are more than its week would give (trend.ts tells the ratio). All items are
// looked at, once for every change of the table, so it is arithmetic alone: ratios are compared, no logarithm is taken.
import { hash32 } from "../kernels/hash.ts";
import { topK } from "../kernels/top-k.ts";
import { HALF_LIVES, type HalfLife } from "./decayed-counts.ts";
import type { ItemTable } from "./item-table.ts";
import type { Outcome } from "./outcomes.ts";
import { TREND_PRIOR } from "./trend.ts";

/** Made anew once a minute of the clock, and after every change. */
const STEP_MS = 60_000;
const MOST = 1_000;
const RISES: readonly (readonly [Outcome, HalfLife])[] = [
  ["clicks", "1h"],
  ["clicks", "1d"],
  ["views", "1h"],
  ["views", "1d"],
];

interface Rising {
  readonly revision: number;
  readonly step: number;
  readonly slots: Uint32Array;
}

const held = new WeakMap<ItemTable, Rising>();

/**
 * Slots of what rises, a thousand at most; equal ones by hash32 of their ids, so that tables of one epoch agree. Good until the
 * table changes.
 */
export function risingItems(items: ItemTable, now: number): Uint32Array {
  const step = Math.floor(now / STEP_MS);
  const { revision } = items;
  const known = held.get(items);
  if (known?.revision === revision && known.step === step) return known.slots;
  const steepest = new Float32Array(items.size);
  for (const [outcome, fast] of RISES) raise(steepest, items, outcome, fast, step * STEP_MS);
  const rising: number[] = [];
  for (let slot = 0; slot < steepest.length; slot++) if ((steepest[slot] as number) > 1) rising.push(slot);
  const ratios = Float64Array.from(rising, (slot) => steepest[slot] as number);
  const keys = Int32Array.from(rising, (slot) => hash32(items.ids[slot] as string));
  const slots = topK(ratios, MOST, ratios.length, keys).map((at) => rising[at] as number);
  held.set(items, { revision, step, slots });
  return slots;
}

/** Raises each item's number to its ratio of one outcome over one half-life, where that is more. */
function raise(steepest: Float32Array, items: ItemTable, outcome: Outcome, fast: HalfLife, now: number): void {
  const { factors, steady } = items.decayFactors(now);
  const [f, s] = [HALF_LIVES.indexOf(fast), HALF_LIVES.indexOf("7d")];
  const fastSums = items.fadingSums(outcome, fast);
  const slowSums = items.fadingSums(outcome, "7d");
  const fastFactor = factors[f] as number;
  const slowFactor = ((factors[s] as number) * (steady[f] as number)) / (steady[s] as number);
  for (let slot = 0; slot < steepest.length; slot++) {
    const sum = fastSums[slot] as number;
    if (sum === 0) continue;
    const ratio = (sum * fastFactor + TREND_PRIOR) / ((slowSums[slot] as number) * slowFactor + TREND_PRIOR);
    if (ratio > (steepest[slot] as number)) steepest[slot] = ratio;
  }
}
