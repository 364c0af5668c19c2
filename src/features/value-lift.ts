// Which values the visitor goes for and which they pass over: of all that was shown and has a value (a tag, a brand), how
// much more was clicked than with everyone else. Each value is one Newton step of a logistic regression of its own, from
// the item's click rate and under a Gaussian prior; a candidate gets the sum over its values, divided by the root of their
// number. Finer than the taste model, which sees values through vectors, and blind where it is not.
import { clickRate } from "../catalog/click-rate.ts";
import type { Feature, FeatureInput } from "./feature.ts";
import {
  endOfNames,
  firstName,
  type ItemNames,
  itemNames,
  type NamesKind,
  nameHashAt,
  namesRequirement,
} from "./item-fields.ts";

/** Prior precision of a value's lift in log-odds. */
const RIDGE = 1;
const LOWEST_RATE = 0.001;
const HIGHEST_RATE = 0.95;

/** Columns: the lift, and the evidence behind it in [0, 1). Both are 0 while nothing was shown. */
export function valueLift(field: string, kind: NamesKind = "name"): Feature {
  const name = `value_lift.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.lift`, `${name}.evidence`],
    parameters: { field, kind },
    stage: "first",
    cost: kind === "list" ? 200 : 100,
    requires: namesRequirement(field, kind),
    fill(input, out, offset, stride) {
      const { candidates } = input;
      const names = itemNames(input, field, kind);
      const lifts = liftsOf(input, names);
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        const first = item < 0 ? 0 : firstName(names, item);
        const end = item < 0 ? 0 : endOfNames(names, item);
        let lift = 0;
        let evidence = 0;
        for (let n = first; n < end; n++) {
          const value = lifts.get(nameHashAt(names, n));
          if (value === undefined) continue;
          lift += value.lift;
          evidence += value.evidence;
        }
        out[at] = end === first ? 0 : lift / Math.sqrt(end - first);
        out[at + 1] = end === first ? 0 : evidence / (end - first);
      }
    },
  };
}

interface Lift {
  lift: number;
  evidence: number;
}

/** By hash of the value. */
function liftsOf({ evidence, snapshot, items }: FeatureInput, names: ItemNames): Map<number, Lift> {
  const sums = new Map<number, Lift>();
  for (const [hash, times] of evidence.showings.entries()) {
    const index = snapshot.ids.indexOfHash(hash);
    if (index < 0) continue;
    const clicked = Math.min(evidence.clicks.get(hash), times);
    const rate = clickRate(items, items.slotOf(snapshot.ids.at(index)), clicked, times);
    const expected = Math.min(HIGHEST_RATE, Math.max(LOWEST_RATE, rate));
    const end = endOfNames(names, index);
    for (let n = firstName(names, index); n < end; n++) {
      const value = nameHashAt(names, n);
      let sum = sums.get(value);
      if (sum === undefined) {
        sum = { lift: 0, evidence: 0 };
        sums.set(value, sum);
      }
      sum.lift += clicked - times * expected;
      sum.evidence += times * expected * (1 - expected);
    }
  }
  for (const sum of sums.values()) {
    sum.lift /= sum.evidence + RIDGE;
    sum.evidence /= sum.evidence + RIDGE;
  }
  return sums;
}
