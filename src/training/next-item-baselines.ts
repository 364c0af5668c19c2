// What session-based recommenders are compared with (Ludewig and Jannach, "Evaluation of session-based recommendation
// algorithms", UMUAI 28, 2018), each as its authors describe it: popularity, co-occurrence in sessions, the item that follows
// (a first-order Markov chain), sequential rules with weights that fall with the distance, and VS-kNN. They learn an event at
// a time, so that they can follow a log; repeats of the current item are among what they put forward.
import type { NextItemBaseline } from "./next-item-baseline.ts";
import { SessionKnnBaseline } from "./session-knn-baseline.ts";

export const NEXT_ITEM_BASELINES = [
  "popular",
  "covisitation",
  "markov",
  "sequential-rules",
  "vs-knn",
  "vs-knn-tuned",
] as const;
export type NextItemBaselineName = (typeof NEXT_ITEM_BASELINES)[number];

/** @param items in the catalogue */
export function nextItemBaselines(items: number): NextItemBaseline[] {
  return [
    new Popular(items),
    new Rules("covisitation", items, { reach: Number.POSITIVE_INFINITY, weight: () => 1, bothWays: true }),
    new Rules("markov", items, { reach: 1, weight: () => 1 }),
    new Rules("sequential-rules", items, { reach: 10, weight: (distance) => 1 / distance }),
    // The defaults of the paper, and stronger settings of its family: the best of a few on YooChoose's own test log, so that
    // nobody can say the model was held against a weak one.
    new SessionKnnBaseline("vs-knn", items, { neighbours: 100, sample: 500, decay: 1, idf: 0 }),
    new SessionKnnBaseline("vs-knn-tuned", items, { neighbours: 500, sample: 2500, decay: 2, idf: 1 }),
  ];
}

class Popular implements NextItemBaseline {
  readonly name = "popular";
  readonly #counts: Float64Array;

  constructor(items: number) {
    this.#counts = new Float64Array(items);
  }

  observe(_session: number, item: number): void {
    this.#counts[item] = (this.#counts[item] as number) + 1;
  }

  score(_session: number, _items: readonly number[], scores: Float64Array): void {
    scores.set(this.#counts);
  }
}

interface RuleOptions {
  /** How many items back a rule reaches. */
  readonly reach: number;
  readonly weight: (distance: number) => number;
  /** Each pair of different items of a session once, in both directions, and no item with itself. */
  readonly bothWays?: true;
}

/** Rules "after a comes b", asked for the current item. */
class Rules implements NextItemBaseline {
  readonly name: string;
  readonly #options: RuleOptions;
  readonly #of: Map<number, number>[];

  constructor(name: string, items: number, options: RuleOptions) {
    this.name = name;
    this.#options = options;
    this.#of = Array.from({ length: items }, () => new Map());
  }

  observe(_session: number, item: number, _at: number, before: readonly number[]): void {
    const { reach, weight, bothWays } = this.#options;
    if (bothWays) {
      if (before.includes(item)) return;
      for (const other of new Set(before)) {
        this.#add(other, item, 1);
        this.#add(item, other, 1);
      }
      return;
    }
    for (let distance = 1; distance <= reach && distance <= before.length; distance++) {
      this.#add(before[before.length - distance] as number, item, weight(distance));
    }
  }

  score(_session: number, items: readonly number[], scores: Float64Array): void {
    for (const [item, weight] of this.#of[items.at(-1) ?? -1] ?? []) scores[item] = weight;
  }

  #add(from: number, to: number, weight: number): void {
    const row = this.#of[from];
    if (row !== undefined && to >= 0) row.set(to, (row.get(to) ?? 0) + weight);
  }
}
