// The newest sessions of a log, held back from training where the next item is what is looked for: each event after the first of
// such a session is a question, what it names the answer.
import { baselineRanks } from "./baseline-ranks.ts";
import { indexOfItems } from "./evaluate-next-item.ts";
import { encodeItems, FEWEST_HELD_OUT, type HeldBack, type HeldOutList, MOST_HELD_OUT } from "./held-out.ts";
import { buildHistory, type History } from "./history.ts";
import { itemTableOf } from "./item-statistics.ts";
import { nextItemBaselines } from "./next-item-baselines.ts";
import { type NextItemQuery, nextItemQueries, viewsAt } from "./next-item-queries.ts";
import { NEXT_ITEM_CUTOFF } from "./next-item-report.ts";
import { NEXT_ITEM_PLACEMENT } from "./next-item-rows.ts";
import { sessionsOf } from "./sessions.ts";
import { type SessionSides, splitSessions } from "./split.ts";

/**
 * Parts a history by time: what trains is everything before the held-out share of the events that touch items.
 * @param share of those events, in [0, 1); fewer where they would be more than {@link MOST_HELD_OUT}
 * @returns null when nothing is held back: the share is 0, or too few sessions begin in it
 */
export function holdBackSessions(history: History, share: number): HeldBack | null {
  const touches = sessionsOf(history).reduce((sum, { steps }) => sum + steps.length, 0);
  const part = Math.min(share, MOST_HELD_OUT / Math.max(1, touches));
  if (part === 0 || touches * part < FEWEST_HELD_OUT) return null;
  const sides = sidesOf(history, 1 - part);
  if (sides === null) return null;
  const train = buildHistory(sides.train, history.config);
  const known = sessionsOf(train);
  const queries = nextItemQueries(sides.test);
  if (queries.length < FEWEST_HELD_OUT || !known.some(({ steps }) => steps.length > 1)) return null;
  const items = encodeItems(itemTableOf(train.timeline));
  const lists = listsOf(history, queries);
  return {
    train,
    heldOut: { protocol: "next-item", items, lists },
    baselines() {
      const indexOf = indexOfItems(known);
      const ranks = baselineRanks({
        ...{ train: known, test: sides.test, queries, indexOf, live: false },
        baselines: nextItemBaselines(indexOf.size),
      });
      return Object.fromEntries(
        [...ranks].map(([name, all]) => [name, lists.map((list, at) => hitAtRank(list, all[at]))]),
      );
    },
  };
}

function sidesOf(history: History, trainShare: number): SessionSides | null {
  try {
    return splitSessions(history, trainShare);
  } catch (error) {
    // No session begins in the newest part.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function listsOf(history: History, queries: readonly NextItemQuery[]): HeldOutList[] {
  const views = viewsAt(history, queries, history.config);
  const numbers = new Map<string, number>();
  return queries.map(({ now, visitor, targets }, index) => {
    const identity = history.visitors[visitor]?.identity as string;
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    return {
      ts: now,
      visitor: number,
      placement: NEXT_ITEM_PLACEMENT,
      request: { type: "recommend", count: NEXT_ITEM_CUTOFF },
      context: {},
      view: views[index] as Uint8Array,
      relevant: [...new Set(targets)],
    };
  });
}

/** Of a baseline only the rank of the answer is known: all that the metrics ask for. @param rank from 1, 0 for a miss */
function hitAtRank({ relevant }: HeldOutList, rank = 0): string[] {
  return rank === 0 ? [] : [...new Array<string>(rank - 1).fill(""), relevant[0] as string];
}
