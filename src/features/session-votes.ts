// What past sessions say about the next item of this one: session-based nearest neighbours in the manner of VS-kNN (Ludewig
// and Jannach, UMUAI 28, 2018) with the refinements of STAN (Garg et al., SIGIR 2019): newer items of this session count more,
// newer sessions count more, and so do items that stand near the shared one. Beside it rules "after a comes b".
import { decayed } from "../kernels/decay.ts";
import { pow } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { HashRows } from "../kernels/hash-rows.ts";
import { topK } from "../kernels/top-k.ts";
import type { Sessions } from "../snapshot/sessions.ts";
import type { SessionTrail } from "./session-trail.ts";

/** Of each item of the trail so many of the newest sessions that have it are looked at. */
const SESSIONS_AN_ITEM = 1_000;
/** Different items of the trail that are looked up, newest first. */
const TRAIL_ITEMS = 12;
const HOUR_MS = 3_600_000;
/** Places beyond this are all the same. */
const RANKED = 200;

/** What is known of an item, by column. */
export const VOTE_COLUMNS = [
  // Votes of like sessions: weights by a power of the place, linear ones, faded by the age of the session, by nearness to
  // the shared item, and those only that stand after it.
  "votes",
  "linear",
  "fresh",
  "near",
  "after",
  // Shares of sessions that have the item: of all that vote, and of those that share the current item.
  "voters",
  "lastVoters",
  // Rules from all items of the trail, the newer the more; right after the newest touches; in ten steps after the newest two.
  "rules",
  "next1",
  "next2",
  "next3",
  "rule1",
  "rule2",
] as const;
export type VoteColumn = (typeof VOTE_COLUMNS)[number];

export interface SessionVotes {
  /** Snapshot index of the item in each row. */
  readonly items: Int32Array;
  readonly columns: Readonly<Record<VoteColumn, Float64Array>>;
  /** Highest value of a column; 0 without any. */
  highest(column: VoteColumn): number;
  /** The row of an item, −1 when nothing is said about it. */
  rowOf(item: number): number;
  /** Places from 0 of all rows in a column, made when first asked for; RANKED for those far behind and those without a vote. */
  ranks(column: VoteColumn): Int32Array;
}

/** @param now epoch ms */
export function sessionVotes(trail: SessionTrail, sessions: Sessions, now: number): SessionVotes {
  if (sessions.count === 0 || trail.items.length === 0) {
    noVotes ??= new VoteTable(0).finish();
    return noVotes;
  }
  const looked = Math.min(trail.items.length, TRAIL_ITEMS);
  const alike = likeSessions(trail, looked, sessions);
  const table = new VoteTable(
    Math.min(touchedBy(alike, sessions), sessions.rarity.length) + rulesAbout(trail, sessions),
  );
  vote(table, alike, trail, sessions, now);
  applyRules(table, trail, sessions);
  return table.finish();
}

let noVotes: SessionVotes | undefined;

/** Items of all these sessions, those of several as often. */
function touchedBy({ count, session }: LikeSessions, { starts }: Sessions): number {
  let touched = 0;
  for (let n = 0; n < count; n++) {
    const id = session[n] as number;
    touched += (starts[id + 1] as number) - (starts[id] as number);
  }
  return touched;
}

/** Rules at most that the trail's items have, those that are read twice counted twice. */
function rulesAbout({ items, newest }: SessionTrail, { ruleStarts }: Sessions): number {
  let count = 0;
  for (const item of newest) if (item >= 0) count += (ruleStarts[item + 1] as number) - (ruleStarts[item] as number);
  for (let i = 0; i < Math.min(items.length, TRAIL_ITEMS); i++) {
    const item = items[i] as number;
    count += (ruleStarts[item + 1] as number) - (ruleStarts[item] as number);
  }
  return count;
}

function vote(table: VoteTable, alike: LikeSessions, trail: SessionTrail, sessions: Sessions, now: number): void {
  const { starts, items, endedAt, rarity, votes: settings } = sessions;
  const halfLifeMs = settings.halfLifeHours * HOUR_MS;
  const { votes, linear, fresh, near, after, voters, lastVoters } = table.values;
  // The newest item that is shared counts more the newer it is.
  const stepPower = Float64Array.from(trail.stepsBack.subarray(0, TRAIL_ITEMS), (back) =>
    pow(1 + back, settings.decay),
  );
  let lastTotal = 0;
  for (let n = 0; n < alike.count; n++) {
    const shared = alike.shared[n] as number;
    const step = 1 + (trail.stepsBack[shared] as number);
    const session = alike.session[n] as number;
    const [from, to] = [starts[session] as number, starts[session + 1] as number];
    const strong = (alike.strong[n] as number) / Math.sqrt(to - from) / (stepPower[shared] as number);
    const straight = (alike.straight[n] as number) / Math.sqrt(to - from) / step;
    const young = decayed(now - (endedAt[session] as number) * 1000, halfLifeMs);
    const sharedItem = trail.items[shared] as number;
    if (step === 1) lastTotal++;
    let place = from;
    while (items[place] !== sharedItem) place++;
    for (let at = from; at < to; at++) {
      const item = items[at] as number;
      const row = table.row(item);
      const rare = strong * (1 + settings.rarity * (rarity[item] as number));
      const close = strong / (1 + Math.abs(at - place));
      add(votes, row, rare);
      add(linear, row, straight);
      add(fresh, row, rare * young);
      add(near, row, close);
      if (at >= place) add(after, row, close);
      add(voters, row, 1);
      if (step === 1) add(lastVoters, row, 1);
    }
  }
  table.scale("voters", 1 / (alike.count + 1));
  table.scale("lastVoters", 1 / (lastTotal + 1));
}

interface LikeSessions {
  readonly count: number;
  readonly session: Uint32Array;
  /** Sums of the weights to a power and of the plain ones of what is shared, over the lengths of the trail's weights. */
  readonly strong: Float64Array;
  readonly straight: Float64Array;
  /** The newest item of the trail that is shared, by its place in it. */
  readonly shared: Uint8Array;
}

/** The sessions most like the trail, best first. */
function likeSessions(
  trail: SessionTrail,
  looked: number,
  { postings, postingStarts, starts, votes: { neighbours, sample, decay } }: Sessions,
): LikeSessions {
  // Session → the sums of its shared items' weights, and the newest of these by its place from 1.
  const met = new HashRows(3, 512);
  let strongNorm = 0;
  let straightNorm = 0;
  for (let i = 0; i < looked; i++) {
    const item = trail.items[i] as number;
    const weight = 1 - (trail.stepsBack[i] as number) / trail.length;
    const power = pow(weight, decay);
    strongNorm += power * power;
    straightNorm += weight * weight;
    const from = postingStarts[item] as number;
    const to = Math.min(postingStarts[item + 1] as number, from + SESSIONS_AN_ITEM);
    for (let at = from; at < to; at++) {
      const row = met.place(postings[at] as number);
      const { numbers } = met;
      numbers[row] = (numbers[row] as number) + power;
      numbers[row + 1] = (numbers[row + 1] as number) + weight;
      if (numbers[row + 2] === 0) numbers[row + 2] = i + 1;
    }
  }
  // Newest first, so that of equally alike ones the newer vote; and only the newest of a large sample.
  const ids = new Uint32Array(met.size);
  met.keysTo(ids);
  const newest = ids.sort().subarray(0, sample);
  const { numbers } = met;
  const likeness = new Float64Array(newest.length);
  for (let at = 0; at < newest.length; at++) {
    const id = newest[at] as number;
    const length = (starts[id + 1] as number) - (starts[id] as number);
    likeness[at] = (numbers[met.find(id)] as number) / Math.sqrt(length);
  }
  const best = topK(likeness, neighbours);
  const alike = {
    count: best.length,
    session: new Uint32Array(best.length),
    strong: new Float64Array(best.length),
    straight: new Float64Array(best.length),
    shared: new Uint8Array(best.length),
  };
  const [strongLength, straightLength] = [Math.sqrt(strongNorm), Math.sqrt(straightNorm)];
  for (let at = 0; at < best.length; at++) {
    const id = newest[best[at] as number] as number;
    const row = met.find(id);
    alike.session[at] = id;
    alike.strong[at] = (numbers[row] as number) / strongLength;
    alike.straight[at] = (numbers[row + 1] as number) / straightLength;
    alike.shared[at] = (numbers[row + 2] as number) - 1;
  }
  return alike;
}

function applyRules(table: VoteTable, trail: SessionTrail, sessions: Sessions): void {
  const { ruleStarts, ruleItems, ruleWeights, ruleNext } = sessions;
  const looked = Math.min(trail.items.length, TRAIL_ITEMS);
  const [first, second, third] = trail.newest;
  const { rules, next1, next2, next3, rule1, rule2 } = table.values;
  for (let i = 0; i < looked; i++) {
    const item = trail.items[i] as number;
    const weight = 1 / (1 + (trail.stepsBack[i] as number));
    for (let at = ruleStarts[item] as number; at < (ruleStarts[item + 1] as number); at++) {
      const row = table.row(ruleItems[at] as number);
      add(rules, row, weight * (ruleWeights[at] as number));
    }
  }
  const each = (item: number, values: Float32Array, column: Float64Array): void => {
    if (item < 0) return;
    for (let at = ruleStarts[item] as number; at < (ruleStarts[item + 1] as number); at++) {
      column[table.row(ruleItems[at] as number)] = values[at] as number;
    }
  };
  each(first, ruleNext, next1);
  each(second, ruleNext, next2);
  each(third, ruleNext, next3);
  each(first, ruleWeights, rule1);
  each(second, ruleWeights, rule2);
}

function add(column: Float64Array, row: number, amount: number): void {
  column[row] = (column[row] as number) + amount;
}

/** Rows by item, with room made before they are met. */
class VoteTable {
  readonly #rows = new HashCounts(1024);
  readonly #items: Int32Array;
  readonly values: Record<VoteColumn, Float64Array>;
  #count = 0;

  /** @param room of items */
  constructor(room: number) {
    this.#items = new Int32Array(room);
    this.values = columnsOf(room);
  }

  row(item: number): number {
    const known = this.#rows.get(item);
    if (known > 0) return known - 1;
    this.#items[this.#count] = item;
    this.#rows.set(item, ++this.#count);
    return this.#count - 1;
  }

  scale(name: VoteColumn, factor: number): void {
    const column = this.values[name];
    for (let row = 0; row < this.#count; row++) column[row] = (column[row] as number) * factor;
  }

  finish(): SessionVotes {
    const count = this.#count;
    const rows = this.#rows;
    const columns = {} as Record<VoteColumn, Float64Array>;
    for (const name of VOTE_COLUMNS) columns[name] = this.values[name].subarray(0, count);
    const known = new Map<VoteColumn, Int32Array>();
    return {
      items: this.#items.subarray(0, count),
      columns,
      highest(name) {
        const column = columns[name];
        let most = 0;
        for (let row = 0; row < count; row++) most = Math.max(most, column[row] as number);
        return most;
      },
      rowOf: (item) => rows.get(item) - 1,
      ranks(name) {
        const before = known.get(name);
        if (before !== undefined) return before;
        const ranks = new Int32Array(count).fill(RANKED);
        const column = columns[name];
        topK(column, RANKED, count).forEach((row, rank) => {
          if ((column[row] as number) > 0) ranks[row] = rank;
        });
        known.set(name, ranks);
        return ranks;
      },
    };
  }
}

function columnsOf(size: number): Record<VoteColumn, Float64Array> {
  // One buffer for all: what an allocation costs hardly depends on its size.
  const buffer = new ArrayBuffer(VOTE_COLUMNS.length * size * 8);
  const columns = {} as Record<VoteColumn, Float64Array>;
  VOTE_COLUMNS.forEach((name, at) => {
    columns[name] = new Float64Array(buffer, at * size * 8, size);
  });
  return columns;
}
