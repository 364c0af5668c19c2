// How a candidate stands among the others of its list: the share of the list that has the same value, and the distance of
// its number from the list's median. They depend on the whole list: pruning it changes them.
import { HashCounts } from "../kernels/hash-counts.ts";
import { bounded } from "./bounded.ts";
import type { Feature } from "./feature.ts";
import {
  endOfNames,
  firstName,
  itemNames,
  type NamesKind,
  nameHashAt,
  namesRequirement,
  numberReader,
  numberRequirement,
} from "./item-fields.ts";

/** Of a candidate with several values, the mean over them; 0 for one without, and in a list of one. */
export function diversityOf(field: string, kind: NamesKind = "name"): Feature {
  const name = `diversity.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.share_alike`],
    parameters: { field, kind },
    stage: "first",
    cost: kind === "list" ? 200 : 50,
    requires: namesRequirement(field, kind),
    listwise: true,
    fill(input, out, offset, stride) {
      const { candidates } = input;
      const names = itemNames(input, field, kind);
      const live = field === "category";
      for (const { from, to } of candidates.spans) {
        const counts = new HashCounts(64);
        for (let row = from; row < to; row++) {
          const item = candidates.index[row] as number;
          if (live) counts.add(candidates.category[row] as number, 1);
          if (live || item < 0) continue;
          const end = endOfNames(names, item);
          for (let n = firstName(names, item); n < end; n++) counts.add(nameHashAt(names, n), 1);
        }
        const others = Math.max(1, to - from - 1);
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          if (live) {
            const category = candidates.category[row] as number;
            out[at] = category === 0 ? 0 : (counts.get(category) - 1) / others;
            continue;
          }
          const item = candidates.index[row] as number;
          const first = item < 0 ? 0 : firstName(names, item);
          const end = item < 0 ? 0 : endOfNames(names, item);
          let sum = 0;
          for (let n = first; n < end; n++) sum += counts.get(nameHashAt(names, n)) - 1;
          out[at] = end === first ? 0 : sum / (others * (end - first));
        }
      }
    },
  };
}

const MOST_DEVIATIONS = 5;

/**
 * (number − median of the list) over the list's mean distance from it, within ±5; 0 for an unknown number, and where all are
 * the same.
 */
export function distanceFromMedian(field: string): Feature {
  const name = `distance_from_median.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.deviations`],
    stage: "first",
    cost: 50,
    requires: numberRequirement(field),
    listwise: true,
    fill(input, out, offset, stride) {
      const { candidates } = input;
      const read = numberReader(input, field);
      for (const { from, to } of candidates.spans) {
        const known = new Float64Array(to - from);
        let count = 0;
        for (let row = from; row < to; row++) {
          const number = read(row);
          if (!Number.isNaN(number)) known[count++] = bounded(number);
        }
        const sorted = known.subarray(0, count).sort();
        const median = ((sorted[(count - 1) >> 1] ?? 0) + (sorted[count >> 1] ?? 0)) / 2;
        let spread = 0;
        for (let i = 0; i < count; i++) spread += Math.abs((sorted[i] as number) - median) / count;
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          const number = read(row);
          const deviations = spread > 0 && !Number.isNaN(number) ? (bounded(number) - median) / spread : 0;
          out[at] = Math.min(MOST_DEVIATIONS, Math.max(-MOST_DEVIATIONS, deviations));
        }
      }
    },
  };
}
