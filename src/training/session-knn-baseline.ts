// VS-kNN (Ludewig and Jannach 2018) as a baseline: of the newest sessions that share an item with this one, those most like it
// vote for their items. The newer an item of this session, the more it counts, both for likeness and for what a neighbour's
// vote is worth. Written plainly, to be compared with and not to serve.
import { log } from "../kernels/elementary.ts";
import type { NextItemBaseline } from "./next-item-baseline.ts";

export interface SessionKnnOptions {
  /** Sessions that vote. */
  readonly neighbours: number;
  /** Newest sessions they are chosen from. */
  readonly sample: number;
  /** Exponent of place / length as the weight of an item, and of 1 / steps back as that of a vote. */
  readonly decay: number;
  /** How much votes for rare items count more: × (1 + idf × ln(sessions / sessions with the item)). */
  readonly idf: number;
}

interface KnownSession {
  readonly id: number;
  readonly items: Set<number>;
  at: number;
  /** Of equal times the later one is newer. */
  order: number;
}

export class SessionKnnBaseline implements NextItemBaseline {
  readonly name: string;
  readonly #options: SessionKnnOptions;
  readonly #sessions = new Map<number, KnownSession>();
  /** By item. */
  readonly #having: KnownSession[][];
  #events = 0;

  constructor(name: string, items: number, options: SessionKnnOptions) {
    this.name = name;
    this.#options = options;
    this.#having = Array.from({ length: items }, () => []);
  }

  observe(id: number, item: number, at: number): void {
    const session = this.#sessions.get(id) ?? { id, items: new Set<number>(), at, order: 0 };
    this.#sessions.set(id, session);
    session.at = at;
    session.order = this.#events++;
    if (item < 0 || session.items.has(item)) return;
    session.items.add(item);
    this.#having[item]?.push(session);
  }

  score(own: number, items: readonly number[], scores: Float64Array): void {
    const { neighbours, decay, idf } = this.#options;
    const length = items.length;
    const place = new Map<number, number>();
    items.forEach((item, at) => {
      if (item >= 0) place.set(item, at + 1);
    });
    const weight = new Map([...place].map(([item, at]) => [item, (at / length) ** decay]));
    const norm = Math.sqrt([...weight.values()].reduce((sum, w) => sum + w * w, 0));
    const voters = this.#sample(own, place).map((session) => {
      let shared = 0;
      let newest = 0;
      for (const [item, w] of weight) {
        if (!session.items.has(item)) continue;
        shared += w;
        newest = Math.max(newest, place.get(item) as number);
      }
      return { session, likeness: shared / (norm * Math.sqrt(session.items.size)), newest };
    });
    voters.sort((a, b) => b.likeness - a.likeness || b.session.order - a.session.order);
    for (const { session, likeness, newest } of voters.slice(0, neighbours)) {
      const vote = likeness / (length - newest + 1) ** decay;
      for (const item of session.items) {
        const rarity = idf === 0 ? 1 : 1 + idf * log(this.#sessions.size / (this.#having[item] as []).length);
        scores[item] = (scores[item] as number) + vote * rarity;
      }
    }
  }

  /** The newest sessions that share an item. */
  #sample(own: number, place: ReadonlyMap<number, number>): KnownSession[] {
    const found = new Set<KnownSession>();
    for (const item of place.keys()) for (const session of this.#having[item] ?? []) found.add(session);
    return [...found]
      .filter(({ id }) => id !== own)
      .sort((a, b) => b.order - a.order)
      .slice(0, this.#options.sample);
  }
}
