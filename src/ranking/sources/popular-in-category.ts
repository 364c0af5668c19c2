// What is popular in the categories that the request asks for, else in those that the visitor touched lately.
import type { Snapshot } from "../../snapshot/snapshot.ts";
import type { CandidateSource, SourceInput } from "./source.ts";

/** Of a visitor's categories the heaviest. */
const MOST_CATEGORIES = 3;

export const popularInCategory: CandidateSource = {
  name: "popular_in_category",
  share: 2,
  reads: ["categories"],
  find(input, out) {
    const { order, ranges } = categoryLists(input.snapshot);
    const wanted = (input.categories.length > 0 ? input.categories.map(equally) : categoriesOf(input))
      .map(({ category, weight }) => ({ weight, range: ranges.get(category) ?? EMPTY }))
      .filter(({ range }) => range.to > range.from);
    // Seats by D'Hondt: the next one goes where weight / (taken + 1) is highest.
    const taken = new Int32Array(wanted.length);
    const claims = Float64Array.from(wanted, ({ weight }) => weight);
    let count = 0;
    for (; count < out.length; count++) {
      let best = 0;
      for (let i = 1; i < claims.length; i++) if ((claims[i] as number) > (claims[best] as number)) best = i;
      // Nothing left anywhere.
      if (!((claims[best] as number) > 0)) break;
      const { weight, range } = wanted[best] as (typeof wanted)[number];
      const seat = taken[best] as number;
      out[count] = order[range.from + seat] as number;
      taken[best] = seat + 1;
      claims[best] = range.from + seat + 1 < range.to ? weight / (seat + 2) : 0;
    }
    return count;
  },
};

interface Weighted {
  readonly category: number;
  readonly weight: number;
}

const equally = (category: number): Weighted => ({ category, weight: 1 });

/** By the decayed weight of the touches, heaviest first. */
function categoriesOf({ evidence: { touched } }: SourceInput): Weighted[] {
  const weights = new Map<number, number>();
  for (let i = 0; i < touched.count; i++) {
    const category = touched.category[i] as number;
    if (category !== 0) weights.set(category, (weights.get(category) ?? 0) + (touched.weight[i] as number));
  }
  return [...weights]
    .map(([category, weight]) => ({ category, weight }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.category - b.category)
    .slice(0, MOST_CATEGORIES);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const EMPTY: Range = { from: 0, to: 0 };

/** Item indices by category, within one by falling popularity: order[from … to − 1] of its range. */
interface CategoryLists {
  readonly order: Uint32Array;
  /** By nameHash. */
  readonly ranges: ReadonlyMap<number, Range>;
}

const lists = new WeakMap<Snapshot, CategoryLists>();

/** Made once a snapshot, at its first use. */
export function categoryLists(snapshot: Snapshot): CategoryLists {
  const known = lists.get(snapshot);
  if (known !== undefined) return known;
  const { category: column, byPopularity } = snapshot;
  const counts = new Map<number, number>();
  for (let item = 0; item < byPopularity.length; item++) {
    const category = column.hashAt(item);
    counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  counts.delete(0);
  const ranges = new Map<number, { from: number; to: number }>();
  let from = 0;
  for (const [category, count] of counts) {
    ranges.set(category, { from, to: from });
    from += count;
  }
  const order = new Uint32Array(from);
  for (const index of byPopularity) {
    const range = ranges.get(column.hashAt(index));
    if (range !== undefined) order[range.to++] = index;
  }
  const made = { order, ranges };
  lists.set(snapshot, made);
  return made;
}
