// Item statistics as they stood at each of some lists: from the log up to the list, frozen at the split, or the epochs that a
// running system used. Each hands out one table that changes from list to list: use it before asking for the next.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ItemTable } from "../catalog/item-table.ts";
import { epochKey } from "../lake/keys.ts";
import type { Query, TimelineEntry } from "./history.ts";
import { follow, itemTableOf } from "./item-statistics.ts";
import type { RecordedDecision } from "./recorded-decisions.ts";

/** Yields every index of `queries` once, with the table of that moment; not necessarily in order. */
export type ItemHistory<Q = Query> = (queries: readonly Q[]) => Iterable<readonly [index: number, items: ItemTable]>;

/**
 * What came before the place in the log that `positionOf` names; before the list by default.
 * @throws RangeError unless the queries are in log order
 */
export function liveItems<Q = Query>(
  timeline: readonly TimelineEntry[],
  positionOf: (query: Q) => number = (query) => (query as unknown as Query).position,
): ItemHistory<Q> {
  return function* (queries) {
    const table = new ItemTable();
    let at = 0;
    for (const [index, query] of queries.entries()) {
      const position = positionOf(query);
      if (position < at) throw new RangeError("the lists are not in log order");
      for (const entry of timeline.slice(at, position)) follow(table, entry);
      at = position;
      yield [index, table];
    }
  };
}

/** The same for all lists: what `entries` end with. */
export function frozenItems(entries: Iterable<TimelineEntry>): ItemHistory<unknown> {
  return function* (queries) {
    const table = itemTableOf(entries);
    for (const index of queries.keys()) yield [index, table];
  };
}

/**
 * The epoch that a query's recorded decision names: deltas 1…n applied in order.
 * @param dir holds `epochs/site=…/<12 digits>.bin`
 * @throws RangeError when a delta is missing or is not one, or a query has no recorded decision
 */
export function recordedEpochs<Q>(
  decisionOf: (query: Q) => RecordedDecision | undefined,
  dir: string,
  site: string,
): ItemHistory<Q> {
  return function* (queries) {
    const table = new EpochTable(dir, site);
    const epochs = queries.map((query, index) => {
      const decision = decisionOf(query);
      if (decision === undefined) throw new RangeError(`no decision is recorded for query ${index}`);
      return decision.itemEpoch;
    });
    for (const index of [...queries.keys()].sort((a, b) => (epochs[a] as number) - (epochs[b] as number))) {
      yield [index, table.at(epochs[index] as number)];
    }
  };
}

/** The item table of one epoch after the other, out of a pulled lake. */
export class EpochTable {
  readonly #dir: string;
  readonly #site: string;
  readonly #table = new ItemTable();
  /** How far deltas have been applied. */
  #epoch = 0;

  /** @param dir holds `epochs/site=…/<12 digits>.bin` */
  constructor(dir: string, site: string) {
    this.#dir = dir;
    this.#site = site;
  }

  /**
   * @param epoch not before that of the last call
   * @returns the one table that there is: its next epoch changes it
   * @throws RangeError when a delta is missing or is not one
   */
  at(epoch: number): ItemTable {
    if (epoch < this.#epoch) throw new RangeError(`epoch ${epoch} is past: the table is at ${this.#epoch}`);
    for (; this.#epoch < epoch; this.#epoch++) {
      const next = this.#epoch + 1;
      this.#table.apply(readDelta(join(this.#dir, epochKey(this.#site, next)), next));
    }
    return this.#table;
  }
}

function readDelta(path: string, epoch: number): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new RangeError(`epoch ${epoch} of the item statistics is missing: ${path}`, { cause });
  }
}
