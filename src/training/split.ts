// Which lists test a model, and which part of the log it may learn from.
import { type History, type Query, recordsBefore } from "./history.ts";
import type { LogRecord } from "./log.ts";
import { type LogSession, sessionsOf } from "./sessions.ts";

export type Split =
  /** The newest lists test, the rest of the log trains. */
  | { readonly kind: "time"; readonly trainShare: number }
  /** The last list of each identity with two or more tests. */
  | { readonly kind: "hold-last" };

export interface Sides {
  readonly train: readonly LogRecord[];
  /** In log order. */
  readonly test: readonly Query[];
}

/** Reads `time:0.8` or `hold-last`. @throws RangeError saying what is supported */
export function parseSplit(text: string): Split {
  if (text === "hold-last") return { kind: "hold-last" };
  const share = /^time:(0?\.\d+)$/.exec(text)?.[1];
  if (share !== undefined && Number(share) > 0) return { kind: "time", trainShare: Number(share) };
  throw new RangeError(`there is no split ${JSON.stringify(text)}: it is time:SHARE, such as time:0.8, or hold-last`);
}

/**
 * `time`: the first `trainShare` of the queries, by order, are for training, and what trains is everything in the log before the
 * first of the others. `hold-last`: what trains is the whole log but for what each tested visitor, and whoever is the
 * same in the end, did from the tested list on.
 * @throws RangeError when no list is left to train on or to test with
 */
export function splitHistory(history: History, split: Split): Sides {
  const sides = split.kind === "time" ? splitByTime(history, split.trainShare) : holdLast(history);
  if (sides.test.length === 0) throw new RangeError(`${history.queries.length} clicked lists leave none to test with`);
  return sides;
}

function splitByTime(history: History, trainShare: number): Sides {
  const cut = Math.floor(history.queries.length * trainShare);
  const test = history.queries.slice(cut);
  return { train: recordsBefore(history, test[0]?.position ?? 0), test };
}

function holdLast({ timeline, queries, visitors }: History): Sides {
  const identityOf = (visitor: number): string => visitors[visitor]?.identity as string;
  const queriesOf = Map.groupBy(queries, ({ visitor }) => identityOf(visitor));
  const last = new Map<string, Query>();
  for (const [identity, own] of queriesOf) if (own.length >= 2) last.set(identity, own.at(-1) as Query);
  const cutOf = (visitor: number): number => last.get(identityOf(visitor))?.position ?? Number.POSITIVE_INFINITY;
  const train = timeline
    .filter((entry, position) => !("event" in entry) || position < cutOf(entry.visitor))
    .map(({ record }) => record);
  return { train, test: queries.filter((query) => last.get(identityOf(query.visitor)) === query) };
}

/** What trains and which sessions test, for the protocol `next-item`. */
export interface SessionSides {
  readonly train: readonly LogRecord[];
  readonly test: readonly LogSession[];
}

/**
 * The first `trainShare` of the events that touch items, by order, and whatever stands before the next one, train. Sessions
 * that begin later test; one that is cut by the split does neither further.
 * @throws RangeError when no session is left to test with
 */
export function splitSessions(history: History, trainShare: number): SessionSides {
  const sessions = sessionsOf(history);
  const positions = sessions.flatMap(({ steps }) => steps.map(({ position }) => position)).sort((a, b) => a - b);
  const cut = positions[Math.floor(positions.length * trainShare)] ?? 0;
  const test = sessions.filter(({ steps }) => (steps[0]?.position ?? 0) >= cut);
  if (test.length === 0) throw new RangeError(`${sessions.length} sessions leave none to test with`);
  return { train: recordsBefore(history, cut), test };
}

/** The sessions that begin in a log of their own. @throws RangeError when there is none */
export function sessionsOfLog(history: History, held: ReadonlySet<LogRecord>): LogSession[] {
  const test = sessionsOf(history).filter(({ steps }) => {
    const record = history.timeline[steps[0]?.position ?? -1]?.record;
    return record !== undefined && held.has(record);
  });
  if (test.length === 0) throw new RangeError("no session begins in the test log");
  return test;
}
