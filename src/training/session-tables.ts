// From the sessions of a log to the section that serves: the newest sessions under a budget, and rules "after a comes b" as
// shares of what followed (sequential rules: Kamehkhosh, Jannach and Ludewig, RecTemp 2017).
import { decayed } from "../kernels/decay.ts";
import type { SessionTables } from "../snapshot/sessions.ts";
import { DEFAULT_VOTES, type VoteSettings } from "../snapshot/vote-settings.ts";
import type { LogSession } from "./sessions.ts";

export interface SessionTablesOptions {
  /** Items kept over all sessions: 4 bytes each, and as many of the index. 2,000,000 by default. */
  readonly maxItems?: number;
  /** Rules kept an item, 48 by default. */
  readonly rules?: number;
  /** How sessions vote, DEFAULT_VOTES by default. */
  readonly votes?: VoteSettings;
}

/** Steps that a rule reaches back, and events at most that a session teaches rules with. */
const REACH = 10;
const LONGEST = 200;
/** Of different items the newest, in a session that is kept. */
const SESSION_ITEMS = 50;
/** Added to what came after an item before shares are taken: what was seen once or twice is believed less. */
const PRIOR = 5;
const LATELY_HALF_LIFE_MS = 24 * 3_600_000;

/** @param sessions in any order; ids that `indexOf` does not know are passed over */
export function sessionTables(
  sessions: readonly LogSession[],
  indexOf: ReadonlyMap<string, number>,
  { maxItems = 2_000_000, rules = 48, votes = DEFAULT_VOTES }: SessionTablesOptions = {},
): SessionTables {
  const touched = sessions
    .map((session) => touchesOf(session, indexOf))
    .filter(({ items }) => items.length > 0)
    .sort((a, b) => b.endedAt - a.endedAt || a.order - b.order);
  const kept: Touches[] = [];
  let size = 0;
  for (const session of touched) {
    const distinct = lastOccurrences(session.items);
    if (size + distinct.length > maxItems) break;
    size += distinct.length;
    kept.push({ ...session, items: distinct });
  }
  const starts = new Uint32Array(kept.length + 1);
  const items = new Uint32Array(size);
  kept.forEach((session, at) => {
    items.set(session.items, starts[at]);
    starts[at + 1] = (starts[at] as number) + session.items.length;
  });
  return {
    endedAt: Uint32Array.from(kept, ({ endedAt }) => Math.floor(endedAt / 1000)),
    starts,
    items,
    ...rulesOf(touched, indexOf.size, rules),
    lately: latelyOf(touched, indexOf.size),
    votes,
  };
}

interface Touches {
  /** Epoch ms. */
  readonly endedAt: number;
  /** Place of its last event in the log, falling. */
  readonly order: number;
  readonly items: readonly number[];
  readonly at: readonly number[];
}

function touchesOf({ steps }: LogSession, indexOf: ReadonlyMap<string, number>): Touches {
  const items: number[] = [];
  const at: number[] = [];
  for (const step of steps) {
    for (const id of step.items) {
      const item = indexOf.get(id);
      if (item === undefined) continue;
      items.push(item);
      at.push(step.at);
    }
  }
  const last = steps.at(-1);
  return { endedAt: last?.at ?? 0, order: -(last?.position ?? 0), items, at };
}

function lastOccurrences(items: readonly number[]): number[] {
  return [...new Set([...items].reverse())].slice(0, SESSION_ITEMS).reverse();
}

function rulesOf(sessions: readonly Touches[], count: number, most: number) {
  const after: Map<number, { weight: number; next: number }>[] = Array.from({ length: count }, () => new Map());
  for (const { items } of sessions) {
    for (let to = Math.max(1, items.length - LONGEST); to < items.length; to++) {
      const item = items[to] as number;
      for (let distance = 1; distance <= REACH && distance <= to; distance++) {
        const row = after[items[to - distance] as number] as Map<number, { weight: number; next: number }>;
        const rule = row.get(item) ?? { weight: 0, next: 0 };
        row.set(item, rule);
        rule.weight += 1 / distance;
        if (distance === 1) rule.next += 1;
      }
    }
  }
  const rows = after.map((row) => {
    const all = [...row].map(([item, rule]) => ({ item, ...rule }));
    const weights = all.reduce((sum, { weight }) => sum + weight, PRIOR);
    const nexts = all.reduce((sum, { next }) => sum + next, PRIOR);
    all.sort((a, b) => b.weight - a.weight || a.item - b.item);
    return all.slice(0, most).map(({ item, weight, next }) => ({ item, weight: weight / weights, next: next / nexts }));
  });
  const ruleStarts = new Uint32Array(count + 1);
  rows.forEach((row, item) => {
    ruleStarts[item + 1] = (ruleStarts[item] as number) + row.length;
  });
  const flat = rows.flat();
  return {
    ruleStarts,
    ruleItems: Uint32Array.from(flat, ({ item }) => item),
    ruleWeights: Float32Array.from(flat, ({ weight }) => weight),
    ruleNext: Float32Array.from(flat, ({ next }) => next),
  };
}

function latelyOf(sessions: readonly Touches[], count: number): Float32Array {
  const end = sessions[0]?.endedAt ?? 0;
  const sums = new Float64Array(count);
  let total = 0;
  for (const { items, at } of sessions) {
    items.forEach((item, i) => {
      const weight = decayed(end - (at[i] as number), LATELY_HALF_LIFE_MS);
      sums[item] = (sums[item] as number) + weight;
      total += weight;
    });
  }
  return Float32Array.from(sums, (sum) => (total === 0 ? 0 : sum / total));
}
