// Item tables made from a log, as live ones are made from the queue: what the catalogue says and what events count.
import { ItemTable } from "../catalog/item-table.ts";
import { type ItemOutcome, outcomesOf } from "../catalog/outcomes.ts";
import { pairsOf } from "../catalog/pairs.ts";
import type { PlacementCounts } from "../catalog/placement-counts.ts";
import { bucketOf } from "../catalog/position-curve.ts";
import { ruleFactsOf } from "../catalog/rule-facts.ts";
import type { AcceptedEvent } from "../events/event.ts";
import type { TimelineEntry } from "./history.ts";
import type { LogItem } from "./log.ts";

export function putItem(table: ItemTable, item: LogItem): void {
  const { id, category, price, available } = item;
  table.put(id, category ?? "", price ?? Number.NaN, available ?? true, ruleFactsOf(item));
}

/** Adds what `events` count to the totals, or with `sign` −1 takes it out again. */
export function countTotals(table: ItemTable, events: Iterable<AcceptedEvent>, sign: 1 | -1 = 1): void {
  for (const event of events) for (const outcome of outcomesOf(event)) table.countTotals(outcome, sign);
}

/**
 * What somebody's events count in the totals, added up: outcomes that count the same are one, however often they came, so
 * that one who has seen everything a thousand times is as quickly counted as one who has seen it once.
 */
export class OwnTotals {
  readonly #counts = new Map<string, { readonly outcome: ItemOutcome; times: number }>();

  add(event: AcceptedEvent): void {
    for (const outcome of outcomesOf(event)) {
      const { itemId, outcome: kind, position, placement, revenue } = outcome;
      const key = `${kind} ${position < 0 ? -1 : bucketOf(position)} ${placement} ${revenue} ${itemId}`;
      const known = this.#counts.get(key);
      if (known === undefined) this.#counts.set(key, { outcome, times: 1 });
      else known.times++;
    }
  }

  /** Each once, with how often it came. */
  entries(): Iterable<{ readonly outcome: ItemOutcome; readonly times: number }> {
    return this.#counts.values();
  }
}

/**
 * Runs `work` with what is somebody's own added to the totals. Then the table is as it was: of an item that is seen in more
 * placements than it keeps, those that were pushed out meanwhile are there again.
 */
export function withTotals(table: ItemTable, own: OwnTotals, work: () => void): void {
  const placements = new Map<number, PlacementCounts[]>();
  for (const { outcome } of own.entries()) {
    const slot = table.slotOf(outcome.itemId);
    if (slot >= 0 && !placements.has(slot)) placements.set(slot, table.placements.read(slot));
  }
  for (const { outcome, times } of own.entries()) table.countTotals(outcome, times);
  work();
  for (const { outcome, times } of own.entries()) table.countTotals(outcome, -times);
  for (const [slot, rows] of placements) table.placements.write(slot, rows);
}

/** Adds what `event` counts to what fades and slides, pairs of items with it. */
export function countRecent(table: ItemTable, event: AcceptedEvent): void {
  for (const pair of pairsOf(event)) table.countPair(pair);
  for (const outcome of outcomesOf(event)) table.countRecent(outcome);
}

/** Takes the next entry of a timeline. */
export function follow(table: ItemTable, entry: TimelineEntry): void {
  if ("event" in entry) table.observe(entry.event);
  else putItem(table, entry.record);
}

/** The table as of the end of `entries`. */
export function itemTableOf(entries: Iterable<TimelineEntry>): ItemTable {
  const table = new ItemTable();
  for (const entry of entries) follow(table, entry);
  return table;
}
