// Which lists test a model, and which part of the log it may learn from.
import { type History, type Query, recordsBefore } from "./history.ts";
import type { LogRecord } from "./log.ts";

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
